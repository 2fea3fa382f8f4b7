"""DIDs and DID URLs: parsing, did:key, did:jwk and the URL of a did:web document.

DID Core 1.0 section 3 (syntax), the did:key method (error codes included), the did:jwk method, and the
did:web method (section 3.2). Everything is decided from the identifier; fetching a document is a port's work.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

from digital_resume.core.encoding.base64url import b64u_decode, b64u_encode
from digital_resume.core.encoding.bounded_json import dump_json, parse_json_object
from digital_resume.core.errors import IdentifierError, MalformedError
from digital_resume.core.keys.multikey import encode_multikey
from digital_resume.core.keys.signing import PublicKey, public_key_from_jwk, public_key_from_multikey

MAX_DID_CHARS: Final = 2_048

_IDCHAR = r"(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})"
_DID_URL = re.compile(
    rf"(?P<did>did:(?P<method>[a-z0-9]+):(?P<id>(?:{_IDCHAR}*:)*{_IDCHAR}+))"
    r"(?P<path>(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*)*)"
    r"(?:\?(?P<query>(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*))?"
    r"(?:#(?P<fragment>(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*))?",
    re.ASCII,
)
_HOST = re.compile(
    r"(?=.{1,253}\Z)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*",
    re.ASCII,
)
_SEGMENT = re.compile(r"(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})+", re.ASCII)


@dataclass(frozen=True, slots=True)
class DidUrl:
    """The parts of a DID URL; ``path``, ``query`` and ``fragment`` are without their leading mark."""

    did: str
    method: str
    method_specific_id: str
    path: str = ""
    query: str | None = None
    fragment: str | None = None


@lru_cache(maxsize=4_096)
def parse_did_url(text: str) -> DidUrl:
    """Parse a DID URL, or a DID.

    Raises:
        IdentifierError: ``invalidDidUrl`` when it is not one or is longer than ``MAX_DID_CHARS``;
            ``methodNotSupported`` for an https URL (Controlled Identifiers 1.0, section 3.3).
    """
    match = _DID_URL.fullmatch(text) if len(text) <= MAX_DID_CHARS else None
    if match is None:
        if text[:8].lower() == "https://":
            raise IdentifierError(
                "A verification method at an https address is not dereferenced here; use a DID's.",
                code="methodNotSupported",
            )
        raise IdentifierError("The text is not a DID URL (did:method:id…).", code="invalidDidUrl")
    return DidUrl(
        match["did"],
        match["method"],
        match["id"],
        match["path"].removeprefix("/"),
        match["query"],
        match["fragment"],
    )


def parse_did(text: str) -> DidUrl:
    """Parse a DID without path, query and fragment.

    Raises:
        IdentifierError: ``invalidDid``.
    """
    try:
        url = parse_did_url(text)
    except IdentifierError:
        url = None
    if url is None or url.did != text:
        raise IdentifierError("The text is not a DID (did:method:id).", code="invalidDid")
    return url


def did_key_from_public_key(key: PublicKey) -> str:
    """Return the did:key of a public key."""
    return f"did:key:{key.multikey}"


def did_jwk_from_public_key(key: PublicKey) -> str:
    """Return the did:jwk of a public key."""
    return f"did:jwk:{b64u_encode(dump_json(key.jwk()))}"


def resolve_did_key(did: str) -> PublicKey:
    """Return the key that a did:key is.

    Args:
        did: ``did:key:[version:]z…``, the version a positive integer.

    Raises:
        IdentifierError: ``invalidDid``, ``methodNotSupported``, ``unsupportedPublicKeyType``,
            ``invalidPublicKeyLength`` or ``invalidPublicKey``.
    """
    parsed = _of_method(did, "key")
    *version, multibase = parsed.method_specific_id.split(":")
    if len(version) > 1 or (version and not re.fullmatch(r"[1-9][0-9]{0,8}", version[0], re.ASCII)):
        raise IdentifierError("A did:key has at most a positive version number before its key.")
    return public_key_from_multikey(multibase)


def resolve_did_jwk(did: str) -> PublicKey:
    """Return the key that a did:jwk is.

    Raises:
        IdentifierError: as ``resolve_did_key``; ``invalidDid`` when the JWK cannot be read.
    """
    parsed = _of_method(did, "jwk")
    try:
        jwk = parse_json_object(b64u_decode(parsed.method_specific_id, max_bytes=4_096), max_depth=4)
        return public_key_from_jwk(jwk)
    except MalformedError as error:
        raise IdentifierError("The did:jwk does not hold a public JWK.") from error


def did_web_url(did: str) -> str:
    """Return the address of a did:web's document.

    ``did:web:example.com`` → ``https://example.com/.well-known/did.json``;
    ``did:web:localhost%3A8001:i:univ`` → ``http://localhost:8001/i/univ/did.json``. Plain http is for
    ``localhost`` and names under it only.

    Raises:
        IdentifierError: ``invalidDid`` (also for IP addresses and path segments that could leave the host),
            ``methodNotSupported``.
    """
    parsed = _of_method(did, "web")
    encoded, *segments = parsed.method_specific_id.split(":")
    authority = unquote(encoded)
    host, colon, port = authority.partition(":")
    if not _is_host_name(host) or (colon and not _is_port(port)):
        raise IdentifierError("The did:web does not begin with a host name and, if any, a port as %3A.")
    if not all(_is_segment(part) for part in segments):
        raise IdentifierError("The did:web has a path segment that is empty or has forbidden characters.")
    scheme = "http" if _is_localhost(host) else "https"
    path = "/".join(segments) if segments else ".well-known"
    return f"{scheme}://{host.lower()}{colon}{port}/{path}/did.json"


def _is_segment(part: str) -> bool:
    """Tell whether a path segment may stand in the address as it is: only the colon of a port is decoded."""
    decoded = unquote(part, errors="replace")
    leaves = decoded in {".", ".."} or any(mark in decoded for mark in "/\\?#%")
    return _SEGMENT.fullmatch(part) is not None and not leaves and decoded.isprintable()


def did_web_from_url(url: str) -> str:
    """Return the did:web whose document lies below ``url``, e.g. ``http://localhost:8001/i/univ``.

    Raises:
        IdentifierError: not an https URL (http for localhost) that a did:web can name.
    """
    if not url.isascii() or len(url) > MAX_DID_CHARS:
        raise IdentifierError("The URL has other characters than ASCII or is too long.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise IdentifierError("The URL cannot be read.") from error
    host = parts.hostname or ""
    segments = [segment for segment in parts.path.split("/") if segment]
    encoded = quote(host if port is None else f"{host}:{port}", safe="")
    did = ":".join(["did:web", encoded, *segments])
    if (
        parts.query
        or parts.fragment
        or parts.username is not None
        or not did_web_url(did).startswith(f"{parts.scheme}://")
    ):
        raise IdentifierError("The URL is not one that a did:web can name.")
    return did


@lru_cache(maxsize=4_096)
def verification_key(did_url: str) -> PublicKey:
    """Return the key that a verification method's DID URL carries in itself.

    For did:key and did:jwk this resolves the method. For did:web the fragment is the multikey; that the key
    belongs to the DID is *not* shown by it: the institution registry (or the DID document) must say so.

    Raises:
        IdentifierError: not a DID URL with a fragment, a fragment that names another key, or a method whose
            keys do not travel in the identifier (``methodNotSupported``).
    """
    url = parse_did_url(did_url)
    if url.fragment is None or url.path or url.query is not None:
        raise IdentifierError(
            "A verification method is a DID with a #fragment and nothing else.", code="invalidDidUrl"
        )
    if url.method == "web":
        did_web_url(url.did)
        return public_key_from_multikey(url.fragment)
    if url.method not in _RESOLVERS:
        raise IdentifierError(
            f"Keys of the method did:{url.method} cannot be read from the identifier.",
            code="methodNotSupported",
        )
    key = _RESOLVERS[url.method](url.did)
    if url.fragment != _own_fragment(url):
        raise IdentifierError("The fragment does not name the DID's key.", code="invalidDidUrl")
    return key


def build_did_document(did: str) -> dict[str, Any]:
    """Build the DID document of a did:key or did:jwk.

    Raises:
        IdentifierError: as ``resolve_did_key`` and ``resolve_did_jwk``.
    """
    parsed = parse_did(did)
    if parsed.method not in _RESOLVERS:
        raise IdentifierError(f"The method did:{parsed.method} is not supported.", code="methodNotSupported")
    key = _RESOLVERS[parsed.method](did)
    method_id = f"{did}#{_own_fragment(parsed)}"
    if parsed.method == "jwk":
        method: dict[str, Any] = {"id": method_id, "type": "JsonWebKey", "controller": did}
        method["publicKeyJwk"] = key.jwk()
        suite_context = "https://w3id.org/security/jwk/v1"
    else:
        method = {"id": method_id, "type": "Multikey", "controller": did}
        method["publicKeyMultibase"] = key.multikey
        suite_context = "https://w3id.org/security/multikey/v1"
    purposes = ("authentication", "assertionMethod", "capabilityDelegation", "capabilityInvocation")
    return {
        "@context": ["https://www.w3.org/ns/did/v1", suite_context],
        "id": did,
        "verificationMethod": [method],
        **{purpose: [method_id] for purpose in purposes},
    }


def public_key_from_verification_method(method: dict[str, Any]) -> PublicKey:
    """Return the key of a ``Multikey`` or ``JsonWebKey`` verification method of a controller document.

    Raises:
        IdentifierError: another type, or a key that cannot be read.
        MalformedError: a JWK that is not one.
    """
    kind = method.get("type")
    multikey, jwk = method.get("publicKeyMultibase"), method.get("publicKeyJwk")
    if kind in ("Multikey", "Ed25519VerificationKey2020") and isinstance(multikey, str):
        return public_key_from_multikey(multikey)
    if kind in ("JsonWebKey", "JsonWebKey2020") and isinstance(jwk, dict):
        return public_key_from_jwk(jwk)
    raise IdentifierError(
        "The verification method is neither a Multikey nor a JsonWebKey.", code="unsupportedPublicKeyType"
    )


def multikey_from_jwk(jwk: dict[str, Any]) -> str:
    """Return a public JWK's Multikey string; errors as ``public_key_from_jwk``."""
    key = public_key_from_jwk(jwk)
    return encode_multikey(key.curve, key.raw)


_RESOLVERS: Final[dict[str, Callable[[str], PublicKey]]] = {"key": resolve_did_key, "jwk": resolve_did_jwk}


def _own_fragment(url: DidUrl) -> str:
    return "0" if url.method == "jwk" else url.method_specific_id.rsplit(":", 1)[-1]


def _of_method(did: str, method: str) -> DidUrl:
    parsed = parse_did(did)
    if parsed.method != method:
        raise IdentifierError(
            f"A did:{method} was expected, not a did:{parsed.method}.", code="methodNotSupported"
        )
    return parsed


def _is_localhost(host: str) -> bool:
    return host.lower() == "localhost" or host.lower().endswith(".localhost")


def _is_host_name(host: str) -> bool:
    # did:web forbids IP addresses; an all-numeric last label would be one, or one of its odd spellings.
    return bool(_HOST.fullmatch(host)) and not re.fullmatch(
        r"(?:[0-9]+|0[xX][0-9A-Fa-f]*)", host.rsplit(".", 1)[-1]
    )


def _is_port(port: str) -> bool:
    return bool(re.fullmatch(r"[1-9][0-9]{0,4}", port, re.ASCII)) and int(port) <= 65_535
