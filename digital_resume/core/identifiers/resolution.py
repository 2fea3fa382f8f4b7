"""DID resolution: from a DID (URL) to a resolution result with the specs' error codes.

DID Resolution 0.3 (results, errors, dereferencing of fragments), the did:key method (its options and errors),
did:jwk, did:web behind the ``Fetcher`` port, and controller documents (Controlled Identifiers 1.0 section
3.3) whose verification methods are Multikey or JsonWebKey. Syntax is ``did``'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import nacl.bindings

from digital_resume.core.encoding.base64url import b64u_encode
from digital_resume.core.encoding.bounded_json import as_list, parse_json_object
from digital_resume.core.encoding.dates import parse_datetime
from digital_resume.core.errors import IdentifierError, MalformedError, ResumeError, SourceUnavailableError
from digital_resume.core.identifiers.did import (
    DidUrl,
    build_did_document,
    did_web_url,
    parse_did,
    parse_did_url,
    public_key_from_verification_method,
    resolve_did_jwk,
    resolve_did_key,
    verification_key,
)
from digital_resume.core.keys.multikey import multibase_encode
from digital_resume.core.keys.signing import PublicKey
from digital_resume.core.ports import Clock, Fetcher

RESULT_CONTEXT: Final = "https://w3id.org/did-resolution/v1"
DOCUMENT_TYPE: Final = "application/did"
RELATIONSHIPS: Final = (
    "authentication",
    "assertionMethod",
    "keyAgreement",
    "capabilityInvocation",
    "capabilityDelegation",
)
MAX_DOCUMENT_BYTES: Final = 65_536
MAX_METHODS: Final = 512
"""Verification methods that a document may have, and entries of a relationship; DID Core has no limit."""

_FORMATS: Final = {"Multikey", "JsonWebKey", "JsonWebKey2020"}
# Formats that name one kind of key, as the did:key method lists them.
_SIGNATURE_FORMATS: Final = {"Ed25519VerificationKey2020"}
_ENCRYPTION_FORMATS: Final = {"X25519KeyAgreementKey2020"}
# Known, but experimental: they need options.enableExperimentalPublicKeyTypes, which this product never
# grants.
_EXPERIMENTAL: Final = {
    "Ed25519VerificationKey2018",
    "X25519KeyAgreementKey2019",
    "EcdsaSecp256k1VerificationKey2019",
    "EcdsaSecp256r1VerificationKey2019",
    "P256Key2021",
    "JwsVerificationKey2020",
}
_CONTEXTS: Final[Mapping[str, str]] = {
    "Multikey": "https://w3id.org/security/multikey/v1",
    "JsonWebKey": "https://w3id.org/security/jwk/v1",
    "JsonWebKey2020": "https://w3id.org/security/suites/jws-2020/v1",
    "Ed25519VerificationKey2020": "https://w3id.org/security/suites/ed25519-2020/v1",
    "X25519KeyAgreementKey2020": "https://w3id.org/security/suites/x25519-2020/v1",
}
_X25519_PREFIX: Final = b"\xec\x01"


@dataclass(frozen=True, slots=True)
class ResolutionOptions:
    """Options of the did:key method.

    Attributes:
        public_key_format: type of the verification methods.
        derive_encryption_key: whether an Ed25519 key's X25519 key is listed under ``keyAgreement``.
        experimental_key_types: ``enableExperimentalPublicKeyTypes``; no such type can be written anyway.
    """

    public_key_format: str = "Multikey"
    derive_encryption_key: bool = False
    experimental_key_types: bool = False


DEFAULT_OPTIONS: Final = ResolutionOptions()


@dataclass(frozen=True, slots=True)
class Resolution:
    """A resolution result.

    Attributes:
        document: the DID document, or the verification method a DID URL with fragment names; ``None`` on
            error.
        error: the spec's error code, or ``None``.
        message: what is wrong, safe to show.
        dereferenced: whether a DID URL was asked for, not a DID.
        document_metadata: ``didDocumentMetadata``.
    """

    document: dict[str, Any] | None
    error: str | None = None
    message: str = ""
    dereferenced: bool = False
    document_metadata: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the result as the HTTP binding writes it."""
        metadata: dict[str, Any] = {}
        if self.error is not None:
            metadata = {"error": self.error, "errorMessage": self.message}
        elif self.document is not None:
            metadata = {"contentType": DOCUMENT_TYPE}
        result: dict[str, Any] = {
            "@context": RESULT_CONTEXT,
            "didDocument": {} if self.document is None else self.document,
            "didDocumentMetadata": dict(self.document_metadata),
        }
        if self.dereferenced:
            result["didDereferencingMetadata"] = metadata
        result["didResolutionMetadata"] = metadata
        return result


class Resolver:
    """Resolves DIDs and dereferences their fragments.

    Args:
        fetcher: fetches did:web documents; without it the method is not supported.
        clock: the present moment, for verification methods that expire or are revoked; without it one that
            has such a limit is refused.
    """

    def __init__(self, fetcher: Fetcher | None = None, *, clock: Clock | None = None) -> None:
        self._fetcher = fetcher
        self._clock = clock

    def resolve(self, text: str, options: ResolutionOptions = DEFAULT_OPTIONS) -> Resolution:
        """Resolve a DID, or dereference a DID URL; never raises for what is asked.

        Args:
            text: DID or DID URL.
            options: the did:key method's options.
        """
        url: DidUrl | None = None
        try:
            url = _parse(text)
            if url.did == text:
                return Resolution(self.document(text, options))
            return self._dereference(url, options)
        except SourceUnavailableError as error:
            return Resolution(None, "notFound", error.message, dereferenced=_is_url(text))
        except IdentifierError as error:
            return Resolution(None, error.code, error.message, dereferenced=_is_url(text))
        except ResumeError as error:
            return Resolution(None, "invalidDidDocument", error.message, dereferenced=_is_url(text))

    def document(self, did: str, options: ResolutionOptions = DEFAULT_OPTIONS) -> dict[str, Any]:
        """Return a DID's document.

        Raises:
            IdentifierError: ``invalidDid``, ``methodNotSupported``, ``unsupportedPublicKeyType``,
                ``invalidPublicKeyType``, ``invalidPublicKeyLength``, ``invalidPublicKey`` or
                ``invalidDidDocument``.
            MalformedError: a did:web document that is not JSON.
            SourceUnavailableError: a did:web document that cannot be had.
        """
        parsed = parse_did(did)
        if parsed.method == "key":
            key = resolve_did_key(did)
            _check_format(options)
            return _did_key_document(did, key, options)
        if parsed.method == "jwk":
            resolve_did_jwk(did)
            return build_did_document(did)
        if parsed.method == "web" and self._fetcher is not None:
            return self._web_document(did, self._fetcher)
        raise IdentifierError(
            f"The method did:{parsed.method} is not supported here.", code="methodNotSupported"
        )

    def key(self, did_url: str, purpose: str) -> PublicKey:
        """Return the key of a verification method if its controller document allows it for ``purpose``.

        A ``digital_resume.core.securing.data_integrity.KeyResolver``: did:key and did:jwk are decided from
        the identifier, other controllers from their document.

        Raises:
            IdentifierError: also ``invalidRelationship`` when the document does not list it for the purpose.
            SourceUnavailableError: the document cannot be had.
        """
        url = parse_did_url(did_url)
        if purpose not in RELATIONSHIPS:
            raise IdentifierError("The proof's purpose is not one.", code="invalidRelationship")
        if url.method in ("key", "jwk"):
            return verification_key(did_url)
        document = self.document(url.did)
        now = self._clock.now() if self._clock is not None else None
        return method_key(find_method(document, did_url, purpose), now=now)

    def _web_document(self, did: str, fetcher: Fetcher) -> dict[str, Any]:
        address = did_web_url(did)
        body = fetcher.fetch(
            address, accept="application/did+json, application/json", max_bytes=MAX_DOCUMENT_BYTES
        )
        document = parse_json_object(body, max_bytes=MAX_DOCUMENT_BYTES)
        check_controller_document(document, did)
        return document

    def _dereference(self, url: DidUrl, options: ResolutionOptions) -> Resolution:
        if url.path or url.query is not None:
            raise IdentifierError("Only a fragment of a DID document can be dereferenced.", code="notFound")
        derive = ResolutionOptions(options.public_key_format, True, options.experimental_key_types)
        document = self.document(url.did, derive if url.method == "key" else options)
        wanted = f"{url.did}#{url.fragment}"
        for method in _methods(document):
            if _absolute(method.get("id"), url.did) == wanted:
                return Resolution({"@context": document.get("@context"), **method}, dereferenced=True)
        raise IdentifierError("The DID document has nothing of that name.", code="notFound")


def check_controller_document(document: Mapping[str, Any], identifier: str) -> None:
    """Check that a controller document is that of ``identifier`` and has the form it must have.

    Raises:
        IdentifierError: ``invalidDidDocument``.
    """
    if document.get("id") != identifier:
        raise _invalid_document("The document is not that of the identifier that was asked for.")
    methods = document.get("verificationMethod", [])
    if not isinstance(methods, list):
        raise _invalid_document("verificationMethod must be an array of objects.")
    if len(methods) > MAX_METHODS:
        raise _invalid_document(f"The document has more than {MAX_METHODS} verification methods.")
    embedded = []
    for name in RELATIONSHIPS:
        entries = document.get(name, [])
        if not isinstance(entries, list):
            raise _invalid_document(f"{name} must be an array.")
        if len(entries) > MAX_METHODS:
            raise _invalid_document(f"{name} has more than {MAX_METHODS} entries.")
        if not all(isinstance(entry, (str, dict)) for entry in entries):
            raise _invalid_document(f"{name} must hold DID URLs or verification methods.")
        embedded += [entry for entry in entries if isinstance(entry, dict)]
    for method in [*methods, *embedded]:
        if not isinstance(method, dict) or not all(
            isinstance(method.get(member), str) for member in ("id", "type", "controller")
        ):
            raise _invalid_document("Each verification method needs an id, a type and a controller.")


def find_method(document: Mapping[str, Any], did_url: str, purpose: str) -> dict[str, Any]:
    """Return the verification method ``did_url`` if the document lists it for ``purpose``.

    Controlled Identifiers 1.0 section 3.3, "retrieve verification method".

    Raises:
        IdentifierError: ``invalidVerificationMethod`` or ``invalidRelationship``.
    """
    owner = document.get("id")
    owner = owner if isinstance(owner, str) else ""
    method = next((m for m in _methods(document) if _absolute(m.get("id"), owner) == did_url), None)
    if method is None:
        raise IdentifierError(
            "The controller document has no such verification method.", code="invalidVerificationMethod"
        )
    listed = {
        _absolute(entry.get("id") if isinstance(entry, dict) else entry, owner)
        for entry in as_list(document.get(purpose))
    }
    if did_url not in listed:
        raise IdentifierError(
            f"The controller does not allow this key for {purpose}.", code="invalidRelationship"
        )
    if method.get("controller") != owner:
        raise IdentifierError(
            "The verification method says another controller.", code="invalidVerificationMethod"
        )
    return method


def method_key(method: dict[str, Any], *, now: datetime | None) -> PublicKey:
    """Return the key of a verification method that is in force.

    Controlled Identifiers 1.0 section 2.2: nothing is verified with a method from the moment of its
    ``expires`` or ``revoked`` on, whenever the proof says that it was made.

    Args:
        method: a member of the controller document.
        now: present moment; ``None`` refuses every method that has such a limit.

    Raises:
        IdentifierError: another type, a key that cannot be read, or a method that is no longer in force
            (``invalidVerificationMethod``).
    """
    for limit in ("expires", "revoked"):
        if limit not in method:
            continue
        try:
            over = now is None or parse_datetime(method[limit], f"The method's {limit}") <= now
        except MalformedError:
            over = True
        if over:
            raise IdentifierError(
                f"The verification method is no longer in force ({limit}).", code="invalidVerificationMethod"
            )
    try:
        return public_key_from_verification_method(method)
    except MalformedError as error:
        raise IdentifierError(error.message, code="invalidPublicKey") from error


def _parse(text: str) -> DidUrl:
    try:
        return parse_did_url(text)
    except IdentifierError:
        # What begins with a DID is a broken DID URL; anything else a broken DID.
        did = text.split("/", 1)[0].split("?", 1)[0].split("#", 1)[0]
        if did != text:
            parse_did(did)
            raise
        raise IdentifierError("The text is not a DID (did:method:id).", code="invalidDid") from None


def _is_url(text: str) -> bool:
    return any(mark in text for mark in "/?#")


def _check_format(options: ResolutionOptions) -> None:
    """Check ``publicKeyFormat`` (did:key, encode verification method, steps 3 to 6)."""
    wanted = options.public_key_format
    if wanted in _FORMATS | _SIGNATURE_FORMATS | _ENCRYPTION_FORMATS:
        return
    if wanted in _EXPERIMENTAL and not options.experimental_key_types:
        raise IdentifierError(
            "This type of verification method is experimental.", code="invalidPublicKeyType"
        )
    raise IdentifierError("This publicKeyFormat is not known here.", code="unsupportedPublicKeyType")


def _did_key_document(did: str, key: PublicKey, options: ResolutionOptions) -> dict[str, Any]:
    kind = options.public_key_format
    if (kind in _SIGNATURE_FORMATS | _ENCRYPTION_FORMATS) and key.curve != "Ed25519":
        raise IdentifierError(
            "This publicKeyFormat is for Ed25519 keys only.", code="unsupportedPublicKeyType"
        )
    signing = "Ed25519VerificationKey2020" if kind in _ENCRYPTION_FORMATS else kind
    document = build_did_document(did)
    method = _method(did, key.multikey, signing, key.multikey, key.jwk())
    document["verificationMethod"] = [method]
    contexts = ["https://www.w3.org/ns/did/v1", _CONTEXTS[signing]]
    if options.derive_encryption_key and key.curve == "Ed25519":
        raw = nacl.bindings.crypto_sign_ed25519_pk_to_curve25519(key.raw)
        encryption = "X25519KeyAgreementKey2020" if signing in _SIGNATURE_FORMATS else signing
        multikey = multibase_encode(_X25519_PREFIX + raw)
        jwk = {"kty": "OKP", "crv": "X25519", "x": b64u_encode(raw)}
        agreement = _method(did, multikey, encryption, multikey, jwk)
        document["verificationMethod"].append(agreement)
        document["keyAgreement"] = [agreement["id"]]
        contexts.append(_CONTEXTS[encryption])
    document["@context"] = list(dict.fromkeys(contexts))
    return document


def _method(did: str, fragment: str, kind: str, multikey: str, jwk: dict[str, str]) -> dict[str, Any]:
    method: dict[str, Any] = {"id": f"{did}#{fragment}", "type": kind, "controller": did}
    if kind in ("JsonWebKey", "JsonWebKey2020"):
        return {**method, "publicKeyJwk": jwk}
    return {**method, "publicKeyMultibase": multikey}


def _methods(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = list(as_list(document.get("verificationMethod")))
    for name in RELATIONSHIPS:
        found += as_list(document.get(name))
    return [method for method in found if isinstance(method, dict)]


def _absolute(identifier: object, owner: str) -> str | None:
    if not isinstance(identifier, str):
        return None
    return owner + identifier if identifier.startswith("#") else identifier


def _invalid_document(message: str) -> IdentifierError:
    return IdentifierError(message, code="invalidDidDocument")
