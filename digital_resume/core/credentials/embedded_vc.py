"""An institution's credential with an embedded proof: the second form of what ``sd_jwt_vc`` issues and reads.

    { @context: [VCDM 2.0, vocabulary], id, type: [VerifiableCredential, <Type>], issuer, validFrom,
      validUntil, credentialStatus, credentialSubject: { id: <holder's did:key>, …claims }, proof }

VCDM 2.0 with one Data Integrity proof. It is bound to its holder by ``credentialSubject.id``: whoever
presents it signs the presentation with that key.

A suite that signs statements (RDFC-1.0) leaves it open how they are written down. So that a holder cannot
rename a member, or write one where nobody reads it, only one canonical form is accepted here: exactly these
contexts and members, and with these suites claims without rows, whose order is not signed. A holder of an
``ecdsa-sd-2023`` credential may leave out what is not mandatory, so status and end must be *there*: an issuer
that sets no end writes ``NO_END``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from digital_resume.core.anchoring.leaf import Mechanism, SignedContent
from digital_resume.core.credentials.catalog import CredentialType
from digital_resume.core.credentials.issuance import settle
from digital_resume.core.credentials.sd_jwt_vc import TERMS, CredentialView
from digital_resume.core.credentials.status_entry import ENTRY_TYPE, read_status_entries
from digital_resume.core.credentials.vcdm import CONTEXT_V2, validate_credential
from digital_resume.core.encoding.bounded_json import as_text
from digital_resume.core.encoding.dates import format_datetime, parse_datetime
from digital_resume.core.errors import MalformedError, ProofError, SchemaError
from digital_resume.core.identifiers.did import resolve_did_key
from digital_resume.core.ports import Signer
from digital_resume.core.securing.cryptosuites import CRYPTOSUITES, Cryptosuite
from digital_resume.core.securing.data_integrity import VerifiedProof, add_proof
from digital_resume.core.securing.ecdsa_sd_2023 import NAME as SD_SUITE
from digital_resume.core.securing.ecdsa_sd_2023 import EcdsaSd2023
from digital_resume.core.securing.proof_material import ProofMaterial

MECHANISMS: Final[Mapping[str, Mechanism]] = {
    "eddsa-rdfc-2022": Mechanism.EDDSA_RDFC_2022,
    "eddsa-jcs-2022": Mechanism.EDDSA_JCS_2022,
    "ecdsa-rdfc-2019": Mechanism.ECDSA_RDFC_2019,
    "ecdsa-jcs-2019": Mechanism.ECDSA_JCS_2019,
    SD_SUITE: Mechanism.ECDSA_SD_2023,
}
"""The suites whose proofs can be anchored, and the byte each has in the anchor entry."""

JCS_SUITES: Final = frozenset({"eddsa-jcs-2022", "ecdsa-jcs-2019"})
"""Those that sign the JSON as it is written; the others sign its statements, in any order and spelling."""

CONTEXTS: Final = [CONTEXT_V2, {"@vocab": TERMS}]
UNDEFINED_TERMS: Final = "https://www.w3.org/ns/credentials/undefined-terms/v2"
"""The context that W3C publishes for claims of an issuer's own."""

JCS_CONTEXTS: Final = [CONTEXT_V2, UNDEFINED_TERMS]
"""Those of what ``JCS_SUITES`` sign: addresses only, for libraries that refuse a context written out."""
NO_END: Final = "9999-12-31T23:59:59Z"
"""An end that is none, for where one must stand (the value of RFC 5280 section 4.1.2.5)."""

STATUS_PURPOSES: Final = ("revocation", "suspension")

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}", re.ASCII)
_STATUS_URL: Final = re.compile(r"(.{1,2000})/bitstring/(revocation|suspension)", re.ASCII)
_MEMBERS: Final = frozenset(
    ["@context", "id", "type", "issuer", "validFrom", "validUntil", "credentialStatus", "credentialSubject"]
)
_PROOF_MEMBERS: Final = frozenset(
    [
        "@context",
        "type",
        "cryptosuite",
        "created",
        "expires",
        "verificationMethod",
        "proofPurpose",
        "proofValue",
    ]
)
_STATUS_MEMBERS: Final = frozenset(["type", "statusPurpose", "statusListIndex", "statusListCredential"])
_MAX_CLAIMS: Final = 256
_MANDATORY: Final = ("id", "type", "issuer", "validFrom", "validUntil", "credentialStatus")


@dataclass(frozen=True, slots=True)
class IssuedDocument:
    """A secured credential and what of it its issuer signed, for the anchor leaf."""

    document: dict[str, Any]
    content: SignedContent
    credential_id: str


def proof_content(cryptosuite: str, material: ProofMaterial | VerifiedProof) -> SignedContent:
    """Return what a proof's signer signed; the same for every disclosure of an ``ecdsa-sd-2023`` credential.

    Raises:
        ProofError: ``cryptosuite_not_supported``: proofs of this suite are not anchored.
    """
    if cryptosuite not in MECHANISMS:
        raise ProofError("Proofs of this cryptosuite are not anchored.", code="cryptosuite_not_supported")
    return SignedContent(MECHANISMS[cryptosuite], material.hash_data, material.signature)


class _Recording:
    """A suite that remembers what its last proof is made of."""

    def __init__(self, suite: Cryptosuite) -> None:
        self.name, self.algorithms = suite.name, suite.algorithms
        self.prepare_options, self.verify = suite.prepare_options, suite.verify
        self._suite = suite
        self.material: ProofMaterial | None = None

    def create(
        self, document: Mapping[str, Any], options: Mapping[str, Any], signer: Signer
    ) -> tuple[str, ProofMaterial]:
        value, self.material = self._suite.create(document, options, signer)
        return value, self.material


def issue_embedded(
    credential_type: CredentialType,
    claims: Mapping[str, Any],
    *,
    cryptosuite: str,
    issuer: str,
    signer: Signer,
    holder: str,
    status_uri: str,
    status_index: int,
    issued_at: datetime,
    valid_from: datetime | None,
    valid_until: datetime | None,
    credential_id: str | None = None,
) -> IssuedDocument:
    """Secure a credential of ``credential_type`` with an embedded proof.

    Args:
        credential_type: schema and disclosure policy.
        claims: claims of the subject; validated.
        cryptosuite: one of ``MECHANISMS`` that fits the key. With ``ecdsa-sd-2023`` the holder can leave out
            what the type lets them hide; with the others everything is always shown.
        issuer: the issuer's DID; the signer's key must be one of its.
        signer: the issuer's key.
        holder: the holder's did:key.
        status_uri: the status list's URI, without ``/bitstring/…``.
        status_index: its index there.
        issued_at: moment of signing.
        valid_from: begin of validity; ``issued_at`` when ``None``.
        valid_until: end of validity; by the type's rule when ``None``.
        credential_id: ``urn:uuid:`` of version 4; made when ``None``.

    Raises:
        SchemaError: the claims break the type's rules; ``cryptosuite_without_tables``.
        ProofError: the suite is not known, or not for this key.
        MalformedError: another argument is wrong.
        IdentifierError: ``issuer`` or ``holder`` is not one.
    """
    if cryptosuite not in MECHANISMS:
        raise ProofError("The cryptosuite is not one of this product's.", code="cryptosuite_not_supported")
    resolve_did_key(holder)
    terms = settle(
        credential_type,
        claims,
        issuer=issuer,
        signer=signer,
        issued_at=issued_at,
        valid_from=valid_from,
        valid_until=valid_until,
        credential_id=credential_id,
    )
    terms.require_order()
    if cryptosuite not in JCS_SUITES and any(isinstance(value, (dict, list)) for value in claims.values()):
        raise SchemaError(
            f"{cryptosuite} does not fix the order of rows, nor that a table is shown whole. Use "
            "ecdsa-jcs-2019 for claims with tables.",
            code="cryptosuite_without_tables",
        )
    document = {
        "@context": list(JCS_CONTEXTS if cryptosuite in JCS_SUITES else CONTEXTS),
        "id": terms.identifier,
        "type": ["VerifiableCredential", credential_type.name],
        "issuer": issuer,
        "validFrom": format_datetime(terms.begin),
        "validUntil": NO_END if terms.end is None else format_datetime(terms.end),
        "credentialStatus": [
            {
                "type": ENTRY_TYPE,
                "statusPurpose": purpose,
                "statusListIndex": str(status_index),
                "statusListCredential": f"{status_uri}/bitstring/{purpose}",
            }
            for purpose in STATUS_PURPOSES
        ],
        "credentialSubject": {"id": holder, **claims},
    }
    return secure_document(document, signer, _suite(cryptosuite, credential_type, claims), issued_at)


def secure_document(
    document: dict[str, Any], signer: Signer, suite: Cryptosuite, created: datetime
) -> IssuedDocument:
    """Sign a credential and return it with what its leaf is made of.

    Args:
        document: the credential, with its ``id``.
        signer: the issuer's key.
        suite: one of ``MECHANISMS``.
        created: moment of signing.

    Raises:
        ProofError: the suite is not for this key.
        MalformedError: the document has terms that its contexts do not define.
    """
    recording = _Recording(suite)
    secured = add_proof(
        document,
        signer,
        cryptosuite=suite.name,
        purpose="assertionMethod",
        created=created,
        suites={suite.name: recording},
    )
    assert recording.material is not None
    return IssuedDocument(secured, proof_content(suite.name, recording.material), document["id"])


def _suite(cryptosuite: str, credential_type: CredentialType, claims: Mapping[str, Any]) -> Cryptosuite:
    if cryptosuite != SD_SUITE:
        return CRYPTOSUITES[cryptosuite]
    hideable = {name.removesuffix("[]") for name in credential_type.selectively_disclosable}
    shown = ["id", *(name for name in claims if name not in hideable)]
    return EcdsaSd2023([f"/{name}" for name in _MANDATORY] + [f"/credentialSubject/{name}" for name in shown])


def check_form(document: Mapping[str, Any], proof: Mapping[str, Any]) -> None:
    """Accept only the canonical form, whose meaning no holder can change without breaking the proof.

    Args:
        document: the credential, with or without its proof.
        proof: its proof.

    Raises:
        MalformedError: ``unsupported_form``: a form that is not read here, which says nothing against it.
    """
    rest = {name: value for name, value in document.items() if name != "proof"}
    # JCS signs the contexts as they are written; under an RDF suite another one gives terms another meaning.
    jcs = proof.get("cryptosuite") in JCS_SUITES
    holds = (
        rest.get("@context") in ([CONTEXTS, JCS_CONTEXTS] if jcs else [CONTEXTS])
        and rest.keys() == _MEMBERS
        and _is_own_proof(proof)
        and all(_is_text(rest[name]) for name in ("id", "issuer", "validFrom", "validUntil"))
        and _are_own_types(rest["type"])
        and _are_own_statuses(rest["credentialStatus"])
        and _is_own_subject(rest["credentialSubject"], not jcs)
    )
    if not holds:
        raise _unsupported()


def _unsupported() -> MalformedError:
    return MalformedError(
        "The credential has other contexts, members or values than are read here.", code="unsupported_form"
    )


def _is_text(value: object) -> bool:
    """Tell whether a value is text, and no name of an unnamed node."""
    return isinstance(value, str) and not value.startswith("_:")


def _is_own_proof(proof: Mapping[str, Any]) -> bool:
    # An option under another name is covered by an RDF suite's signature and read by nobody.
    return proof.keys() <= _PROOF_MEMBERS and all(
        _is_text(value) for name, value in proof.items() if name != "@context"
    )


def _are_own_types(types: object) -> bool:
    return (
        isinstance(types, list)
        and len(types) == 2
        and all(_is_text(name) for name in types)
        and "VerifiableCredential" in types
        and types[0] != types[1]
    )


def _are_own_statuses(entries: object) -> bool:
    return (
        isinstance(entries, list)
        and len(entries) == len(STATUS_PURPOSES)
        and all(
            isinstance(entry, dict)
            and _STATUS_MEMBERS <= entry.keys() <= _STATUS_MEMBERS | {"id"}
            and all(_is_text(value) for value in entry.values())
            for entry in entries
        )
    )


def _is_own_subject(subject: object, flat: bool) -> bool:
    if not isinstance(subject, dict) or not _is_text(subject.get("id")) or len(subject) > _MAX_CLAIMS:
        return False
    # A suite that signs statements leaves the order of rows open; ecdsa-sd-2023 lets single cells be hidden.
    return not flat or all(
        _NAME.fullmatch(name) and isinstance(value, (str, int, float)) for name, value in subject.items()
    )


def read_embedded(proof: VerifiedProof) -> CredentialView:
    """Read a credential whose embedded proof was verified.

    Whether it is in force, accredited, anchored and of a known type are checks of their own.

    Raises:
        MalformedError: as ``check_form``; or a member that is not what it must be.
        ProofError: ``wrong_signer``: the proof's key is not the issuer's.
        IdentifierError: the subject's id is not a did:key.
    """
    document = proof.document
    check_form(document, proof.proof)
    try:
        validate_credential(document)
        uri, index = _status(document)
    except SchemaError as error:
        raise MalformedError(error.message, code=error.code) from error
    if document["issuer"] != proof.controller:
        raise ProofError("The signing key does not belong to the credential's issuer.", code="wrong_signer")
    subject = document["credentialSubject"]
    types = tuple(sorted(document["type"], key=_base_type_first))
    return CredentialView(
        vct=f"urn:vdr:{types[1]}:1",
        issuer=proof.controller,
        credential_id=document["id"],
        types=types,
        claims={name: value for name, value in subject.items() if name != "id"},
        holder_jwk=resolve_did_key(as_text(subject["id"], "The subject's id")).jwk(),
        issued_at=proof.created,
        valid_from=_time(document, "validFrom"),
        valid_until=min(filter(None, (_end(document), proof.expires)), default=None),
        status_uri=uri,
        status_index=index,
    )


def _base_type_first(name: str) -> bool:
    return name != "VerifiableCredential"


def _status(document: Mapping[str, Any]) -> tuple[str, int]:
    """Return the list and the place that revocation and suspension name, which must be the same."""
    entries = read_status_entries(document)
    found = {(match[1], entry.index) for entry in entries if (match := _STATUS_URL.fullmatch(entry.list_url))}
    purposes = sorted(entry.purpose for entry in entries)
    named = all(entry.list_url.endswith(f"/{entry.purpose}") for entry in entries)
    if purposes != sorted(STATUS_PURPOSES) or len(found) != 1 or not named:
        raise _unsupported()
    return found.pop()


def _time(document: Mapping[str, Any], name: str) -> datetime:
    try:
        return parse_datetime(document[name], f"The credential's {name}").astimezone(UTC)
    except OverflowError as error:
        raise MalformedError(f"The credential's {name} lies beyond the calendar.") from error


def _end(document: Mapping[str, Any]) -> datetime | None:
    return None if document["validUntil"] == NO_END else _time(document, "validUntil")
