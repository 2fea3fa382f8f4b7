"""``ecdsa-sd-2023``: the issuer signs statement by statement, the holder discloses some (vc-di-ecdsa 3.4).

A **base proof** is the issuer's: it has a signature over every statement that may be left out, made with a
key that only this credential has, and the base signature over the proof options, that key and the statements
that are always disclosed. A **derived proof** carries the base signature and the signatures of what is
disclosed. So what the issuer signed, and with it the anchor leaf, is the same for every disclosure.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from digital_resume.core.encoding.base64url import b64u_decode, b64u_encode
from digital_resume.core.encoding.bounded_json import as_list, check_json_value
from digital_resume.core.encoding.cbor import decode_cbor, encode_cbor
from digital_resume.core.errors import IdentifierError, MalformedError, ProofError
from digital_resume.core.keys.multikey import base58_decode, multibase_encode
from digital_resume.core.keys.signing import LocalSigner, PublicKey, public_key_from_multikey
from digital_resume.core.ports import Signer
from digital_resume.core.securing.linked_data.canonicalizer import Canonicalizer, default_canonicalizer
from digital_resume.core.securing.linked_data.rdfc import canonicalize_quads
from digital_resume.core.securing.linked_data.selective import (
    group_statements,
    parse_pointer,
    relabel,
    select,
)
from digital_resume.core.securing.proof_material import ProofMaterial

NAME: Final = "ecdsa-sd-2023"

_BASE: Final = b"\xd9\x5d\x00"
_DERIVED: Final = b"\xd9\x5d\x01"
_MAX_BYTES: Final = 1_048_576
_ALGORITHM: Final = "ES256"


@dataclass(frozen=True, slots=True)
class BaseProof:
    """The content of a base proof's ``proofValue`` (section 3.4.2)."""

    base_signature: bytes
    public_key: bytes
    hmac_key: bytes
    signatures: Sequence[bytes]
    mandatory_pointers: Sequence[str]


@dataclass(frozen=True, slots=True)
class DerivedProof:
    """The content of a derived proof's ``proofValue`` (section 3.4.7).

    Attributes:
        base_signature: the issuer's signature.
        public_key: Multikey bytes of the credential's own key.
        signatures: one for each disclosed statement that is not mandatory, in order.
        labels: number of a canonical label → the label under which the statements were signed.
        mandatory_indexes: which of the disclosed statements are mandatory.
    """

    base_signature: bytes
    public_key: bytes
    signatures: Sequence[bytes]
    labels: Mapping[int, str]
    mandatory_indexes: Sequence[int]


class EcdsaSd2023:
    """The suite. An instance that issues knows which parts are mandatory.

    Args:
        mandatory_pointers: JSON pointers to what every disclosure must show.
        canonicalizer: canonicaliser with the contexts that documents may name; the installed ones by default.
        hmac_key: 32 bytes that make the labels; fresh for each proof when absent (the specification's vectors
            fix it).
        proof_secret: secret key of the credential's own key pair; as ``hmac_key``.
    """

    def __init__(
        self,
        mandatory_pointers: Sequence[str] = (),
        canonicalizer: Canonicalizer | None = None,
        *,
        hmac_key: bytes | None = None,
        proof_secret: bytes | None = None,
    ) -> None:
        for pointer in mandatory_pointers:
            parse_pointer(pointer)
        self._pointers = list(mandatory_pointers)
        self._canonicalizer = canonicalizer
        self._hmac_key = hmac_key
        self._proof_secret = proof_secret

    @property
    def name(self) -> str:
        """The ``cryptosuite`` member's value."""
        return NAME

    @property
    def algorithms(self) -> frozenset[str]:
        """JOSE names of the algorithms whose keys may be used."""
        return frozenset({_ALGORITHM})

    def prepare_options(self, _document: Mapping[str, Any], options: dict[str, Any]) -> dict[str, Any]:
        """Return the options as they are: the document's ``@context`` is applied, not written."""
        return options

    def _canonical(self) -> Canonicalizer:
        return self._canonicalizer or default_canonicalizer()

    def _proof_hash(self, document: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
        configuration = {**options, "@context": document.get("@context")}
        return hashlib.sha256(self._canonical().canonicalize(configuration)).digest()

    def create(
        self, document: Mapping[str, Any], options: Mapping[str, Any], signer: Signer
    ) -> tuple[str, ProofMaterial]:
        """Make a base proof (section 3.4.1)."""
        if signer.algorithm != _ALGORITHM:
            raise ProofError(f"The key cannot be used with {NAME}.", code="algorithm_not_allowed")
        # Copied before it is expanded, so what copying cannot stand is refused first.
        check_json_value(dict(document))
        hmac_key = self._hmac_key or secrets.token_bytes(32)
        own = (
            LocalSigner("P-256", self._proof_secret) if self._proof_secret else LocalSigner.generate("P-256")
        )
        grouped = group_statements(
            document, {"mandatory": self._pointers}, _hmac_labels(hmac_key), self._canonical()
        )
        mandatory = grouped.groups["mandatory"].matching
        public_key = multikey_bytes(own.public_key)
        data = self._proof_hash(document, options) + public_key + hash_statements(mandatory.values())
        signature = signer.sign(data)
        signatures = [
            own.sign(line.encode()) for index, line in enumerate(grouped.lines) if index not in mandatory
        ]
        value = encode_proof_value(_BASE, [signature, public_key, hmac_key, signatures, list(self._pointers)])
        return value, ProofMaterial(data, signature, document)

    def verify(
        self, document: Mapping[str, Any], options: Mapping[str, Any], proof_value: str, key: PublicKey
    ) -> ProofMaterial:
        """Verify a derived proof (section 3.4.4); a base proof is not for verifiers."""
        if key.algorithm != _ALGORITHM:
            raise ProofError(f"The key cannot be used with {NAME}.", code="algorithm_not_allowed")
        proof = parse_derived(proof_value)
        quads = self._canonical().quads(document)
        canonical = canonicalize_quads(quads)
        labels = {}
        for node, label in canonical.labels.items():
            signed_label = proof.labels.get(int(label.removeprefix("c14n")))
            if signed_label is None:
                raise ProofError("The proof does not name every object of the document.")
            labels[node] = signed_label
        if len(proof.labels) != len(labels):
            raise ProofError("The proof names objects that the document does not have.")
        lines = sorted(relabel(quads, labels))
        mandatory = set(proof.mandatory_indexes)
        if any(index >= len(lines) for index in mandatory):
            raise ProofError("The proof names statements that the document does not have.")
        others = [line for index, line in enumerate(lines) if index not in mandatory]
        if len(others) != len(proof.signatures):
            raise ProofError("The proof does not have one signature for each disclosed statement.")
        data = (
            self._proof_hash(document, options)
            + proof.public_key
            + hash_statements(line for index, line in enumerate(lines) if index in mandatory)
        )
        key.verify(proof.base_signature, data)
        own = public_key_from_bytes(proof.public_key)
        for line, signature in zip(others, proof.signatures, strict=True):
            own.verify(signature, line.encode())
        return ProofMaterial(data, proof.base_signature, document)

    def verify_base(
        self, document: Mapping[str, Any], options: Mapping[str, Any], proof_value: str, key: PublicKey
    ) -> ProofMaterial:
        """Verify a base proof, as its holder may who received it.

        Raises:
            ProofError: it does not hold.
        """
        if key.algorithm != _ALGORITHM:
            raise ProofError(f"The key cannot be used with {NAME}.", code="algorithm_not_allowed")
        proof = parse_base(proof_value)
        grouped = group_statements(
            document,
            {"mandatory": proof.mandatory_pointers},
            _hmac_labels(proof.hmac_key),
            self._canonical(),
        )
        mandatory = grouped.groups["mandatory"].matching
        data = self._proof_hash(document, options) + proof.public_key + hash_statements(mandatory.values())
        key.verify(proof.base_signature, data)
        own = public_key_from_bytes(proof.public_key)
        others = [line for index, line in enumerate(grouped.lines) if index not in mandatory]
        if len(others) != len(proof.signatures):
            raise ProofError("The proof does not have one signature for each statement.")
        for line, signature in zip(others, proof.signatures, strict=True):
            own.verify(signature, line.encode())
        return ProofMaterial(data, proof.base_signature, document)


ECDSA_SD_2023: Final = EcdsaSd2023()


def derive_proof(
    document: Mapping[str, Any],
    selective_pointers: Sequence[str],
    *,
    proof_id: str | None = None,
    canonicalizer: Canonicalizer | None = None,
) -> dict[str, Any]:
    """Return the part of a document that pointers select, with a derived proof (section 3.4.3).

    Args:
        document: document with a base proof.
        selective_pointers: JSON pointers to what is disclosed beside what is mandatory.
        proof_id: ``id`` of the base proof, when there are several.
        canonicalizer: as of ``EcdsaSd2023``.

    Raises:
        ProofError: ``base_proof_missing``: no base proof of this suite, or not a single one.
        MalformedError: ``pointer``, or nothing is selected.
        SchemaError: as ``group_statements``.
    """
    check_json_value(dict(document))
    proof = _base_proof(document, proof_id)
    base = parse_base(proof.get("proofValue"))
    combined = [*base.mandatory_pointers, *selective_pointers]
    if not combined:
        raise MalformedError("Nothing is selected for disclosure.", code="pointer")
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    disclosed = select(unsecured, combined)
    assert disclosed is not None
    pointers = {"mandatory": base.mandatory_pointers, "selective": selective_pointers, "all": combined}
    grouped = group_statements(
        unsecured, pointers, _hmac_labels(base.hmac_key), canonicalizer or default_canonicalizer()
    )
    mandatory, selective, everything = (grouped.groups[name] for name in pointers)
    # The signatures are those of the non-mandatory statements, in order.
    indexes = [index for index in range(len(grouped.lines)) if index not in mandatory.matching]
    if len(indexes) != len(base.signatures):
        raise ProofError("The base proof is not this document's.", code="base_proof_missing")
    signatures = [
        signature
        for index, signature in zip(indexes, base.signatures, strict=True)
        if index in selective.matching
    ]
    mandatory_indexes = [
        position for position, index in enumerate(everything.matching) if index in mandatory.matching
    ]
    # The labels a verifier will see, which has only the disclosed statements.
    seen = canonicalize_quads(everything.quads).labels
    labels = {
        int(label.removeprefix("c14n")): _label_bytes(grouped.labels[node])
        for node, label in sorted(seen.items(), key=lambda item: int(item[1].removeprefix("c14n")))
    }
    value = encode_proof_value(
        _DERIVED, [base.base_signature, base.public_key, signatures, labels, mandatory_indexes]
    )
    derived = {name: item for name, item in proof.items() if name != "@context"}
    return {**disclosed, "proof": {**derived, "proofValue": value}}


def _base_proof(document: Mapping[str, Any], proof_id: str | None) -> Mapping[str, Any]:
    found = [
        proof
        for proof in as_list(document.get("proof"))
        if isinstance(proof, dict)
        and proof.get("cryptosuite") == NAME
        and (proof_id is None or proof.get("id") == proof_id)
    ]
    if len(found) != 1:
        raise ProofError(f"The document has not one {NAME} base proof.", code="base_proof_missing")
    return found[0]


def multikey_bytes(key: PublicKey) -> bytes:
    """Return the bytes that a key's Multikey string encodes: codec and compressed point."""
    return base58_decode(key.multikey[1:])


def public_key_from_bytes(data: bytes) -> PublicKey:
    """Return the P-256 key of Multikey bytes.

    Raises:
        ProofError: not a P-256 key.
    """
    try:
        key = public_key_from_multikey(multibase_encode(data))
    except IdentifierError as error:
        raise ProofError("The proof's own key cannot be read.") from error
    if key.curve != "P-256":
        raise ProofError("The proof's own key is not a P-256 key.")
    return key


def hash_statements(lines: Any) -> bytes:
    """Return SHA-256 over statements in their order."""
    return hashlib.sha256("".join(lines).encode()).digest()


def encode_proof_value(header: bytes, content: list[Any]) -> str:
    """Return the ``proofValue``: multibase base64url of the header and CBOR."""
    return "u" + b64u_encode(header + encode_cbor(content))


def parse_base(proof_value: object) -> BaseProof:
    """Read a base proof's ``proofValue``.

    Raises:
        ProofError: it is not one (``base_proof_missing``).
    """
    content = _content(proof_value, _BASE)
    if content is None:
        raise ProofError(f"The proof is not a base proof of {NAME}.", code="base_proof_missing")
    if len(content) != 5:
        raise ProofError("The proofValue does not have its five parts.")
    signature, public_key, hmac_key, signatures, pointers = content
    if not (
        _is_bytes(signature, 64)
        and _is_bytes(public_key, 35)
        and _is_bytes(hmac_key, 32)
        and isinstance(signatures, list)
        and all(_is_bytes(entry, 64) for entry in signatures)
        and isinstance(pointers, list)
        and all(isinstance(entry, str) for entry in pointers)
    ):
        raise ProofError("A part of the proofValue is not what it must be.")
    return BaseProof(signature, public_key, hmac_key, signatures, pointers)


def parse_derived(proof_value: object) -> DerivedProof:
    """Read a derived proof's ``proofValue``.

    Raises:
        ProofError: it is not one (``not_a_derived_proof``).
    """
    content = _content(proof_value, _DERIVED)
    if content is None:
        raise ProofError(
            f"The proof is not a derived proof of {NAME}; its holder must derive one to show it.",
            code="not_a_derived_proof",
        )
    if len(content) != 5:
        raise ProofError("The proofValue does not have its five parts.")
    signature, public_key, signatures, labels, indexes = content
    if not (
        _is_bytes(signature, 64)
        and _is_bytes(public_key, 35)
        and isinstance(signatures, list)
        and all(_is_bytes(entry, 64) for entry in signatures)
        and isinstance(labels, dict)
        and all(isinstance(name, int) and _is_bytes(label, 32) for name, label in labels.items())
        # Two objects under one label would become one.
        and len(set(labels.values())) == len(labels)
        and isinstance(indexes, list)
        and all(isinstance(index, int) for index in indexes)
        and len(set(indexes)) == len(indexes)
    ):
        raise ProofError("A part of the proofValue is not what it must be.")
    names = {number: "u" + b64u_encode(label) for number, label in labels.items()}
    return DerivedProof(signature, public_key, signatures, names, indexes)


def _content(proof_value: object, header: bytes) -> list[Any] | None:
    if not isinstance(proof_value, str) or not proof_value.startswith("u"):
        raise ProofError("The proofValue is not base64url multibase.")
    try:
        data = b64u_decode(proof_value[1:], max_bytes=_MAX_BYTES)
        content = decode_cbor(data[3:]) if data.startswith(header) else None
    except MalformedError as error:
        raise ProofError("The proofValue cannot be read.") from error
    if content is not None and not isinstance(content, list):
        raise ProofError("The proofValue does not have its five parts.")
    return content


def _is_bytes(value: object, length: int) -> bool:
    return isinstance(value, bytes) and len(value) == length


def _hmac_labels(key: bytes) -> Any:
    def make(labels: Mapping[str, str]) -> Mapping[str, str]:
        return {
            node: "u" + b64u_encode(hmac.digest(key, label.encode(), "sha256"))
            for node, label in labels.items()
        }

    return make


def _label_bytes(label: str) -> bytes:
    return b64u_decode(label[1:])
