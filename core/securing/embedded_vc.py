"""An institution's credential with an embedded proof: the second form of what ``sd_jwt_vc`` issues and reads.

    { @context: [VCDM 2.0, our vocabulary], id, type: [VerifiableCredential, <Type>], issuer, validFrom,
      validUntil, credentialStatus, credentialSubject: { id: <holder's did:key>, …claims }, proof }

VCDM 2.0 with one Data Integrity proof. It is bound to its holder by ``credentialSubject.id``: whoever
presents it signs the presentation with that key.

A suite that signs statements (RDFC-1.0) leaves it open how they are written down. So that a holder cannot
rename a member, or write one where nobody reads it, only one way of writing is read here: exactly our two
contexts, and plain names everywhere else. A holder of an ``ecdsa-sd-2023`` credential may leave out what is
not mandatory, so status and end must be *there*: an issuer that sets no end writes ``NO_END``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from core.anchoring.leaf import Mechanism, anchor_leaf
from core.credentials.catalog import CredentialType
from core.credentials.claims import validate_claims
from core.credentials.vcdm import CONTEXT_V2, validate_credential
from core.errors import MalformedError, ProofError, SchemaError
from core.identifiers.did import parse_did, parse_did_url, resolve_did_key
from core.ports import Signer
from core.securing.cryptosuites import CRYPTOSUITES, Cryptosuite
from core.securing.data_integrity import VerifiedProof, add_proof
from core.securing.dates import format_datetime, parse_datetime
from core.securing.ecdsa_sd_2023 import NAME as SD_SUITE
from core.securing.ecdsa_sd_2023 import EcdsaSd2023
from core.securing.encoding import as_list, as_text
from core.securing.proof_material import ProofMaterial
from core.securing.sd_jwt_vc import TERMS, CredentialView, check_credential_id, new_credential_id
from core.status.bitstring_entry import ENTRY_TYPE, read_status_entries

MECHANISMS: Final[Mapping[str, Mechanism]] = {
    "eddsa-rdfc-2022": Mechanism.EDDSA_RDFC_2022,
    "eddsa-jcs-2022": Mechanism.EDDSA_JCS_2022,
    "ecdsa-rdfc-2019": Mechanism.ECDSA_RDFC_2019,
    "ecdsa-jcs-2019": Mechanism.ECDSA_JCS_2019,
    SD_SUITE: Mechanism.ECDSA_SD_2023,
}
"""The suites whose proofs can be anchored, and the byte each has in the anchor entry."""

CONTEXTS: Final = [CONTEXT_V2, {"@vocab": TERMS}]
NO_END: Final = "9999-12-31T23:59:59Z"
"""An end that is none, for where one must stand (the value of RFC 5280 section 4.1.2.5)."""

STATUS_PURPOSES: Final = ("revocation", "suspension")

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}", re.ASCII)
_STATUS_URL: Final = re.compile(r"(.{1,2000})/bitstring/(revocation|suspension)", re.ASCII)
_MEMBERS: Final = frozenset(
    ["@context", "id", "type", "issuer", "validFrom", "validUntil", "credentialStatus", "credentialSubject"]
)
_MANDATORY: Final = ("id", "type", "issuer", "validFrom", "validUntil", "credentialStatus")


@dataclass(frozen=True, slots=True)
class IssuedDocument:
    """A secured credential and its anchor leaf."""

    document: dict[str, Any]
    leaf: bytes
    credential_id: str


def proof_leaf(cryptosuite: str, material: ProofMaterial | VerifiedProof) -> bytes:
    """Return the anchor leaf of a proof; the same for every disclosure of an ``ecdsa-sd-2023`` credential.

    Raises:
        ProofError: ``cryptosuite_not_supported``: proofs of this suite are not anchored.
    """
    if cryptosuite not in MECHANISMS:
        raise ProofError("Proofs of this cryptosuite are not anchored.", code="cryptosuite_not_supported")
    return anchor_leaf(MECHANISMS[cryptosuite], material.hash_data, material.signature)


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
        SchemaError: the claims break the type's rules.
        ProofError: the suite is not known, or not for this key.
        MalformedError: another argument is wrong.
        IdentifierError: ``issuer`` or ``holder`` is not one.
    """
    if cryptosuite not in MECHANISMS:
        raise ProofError("The cryptosuite is not one of this product's.", code="cryptosuite_not_supported")
    parse_did(issuer)
    if parse_did_url(signer.verification_method).did != issuer:
        raise MalformedError("The signing key belongs to another issuer.", code="wrong_signer")
    resolve_did_key(holder)
    validate_claims(credential_type, claims)
    identifier = credential_id or new_credential_id()
    check_credential_id(identifier)
    begin = valid_from or issued_at
    end = valid_until or credential_type.valid_until(claims, begin)
    if end is not None and end <= begin:
        raise MalformedError("The credential's validity ends before it begins.")
    document = {
        "@context": [CONTEXT_V2, {"@vocab": TERMS}],
        "id": identifier,
        "type": ["VerifiableCredential", credential_type.name],
        "issuer": issuer,
        "validFrom": format_datetime(begin),
        "validUntil": NO_END if end is None else format_datetime(end),
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
    suite = _Recording(_suite(cryptosuite, credential_type, claims))
    secured = add_proof(
        document,
        signer,
        cryptosuite=cryptosuite,
        purpose="assertionMethod",
        created=issued_at,
        suites={cryptosuite: suite},
    )
    assert suite.material is not None
    return IssuedDocument(secured, proof_leaf(cryptosuite, suite.material), identifier)


def _suite(cryptosuite: str, credential_type: CredentialType, claims: Mapping[str, Any]) -> Cryptosuite:
    if cryptosuite != SD_SUITE:
        return CRYPTOSUITES[cryptosuite]
    hideable = {name.removesuffix("[]") for name in credential_type.selectively_disclosable}
    shown = ["id", *(name for name in claims if name not in hideable)]
    return EcdsaSd2023([f"/{name}" for name in _MANDATORY] + [f"/credentialSubject/{name}" for name in shown])


def check_form(document: Mapping[str, Any]) -> None:
    """Accept only the one way of writing: our contexts and members, and plain names below them.

    Args:
        document: the credential, with or without its proof; what its values are is not looked at.

    Raises:
        MalformedError: ``unsupported_form``: a form that is not read here, which says nothing against it.
    """
    plain = document.get("@context") == CONTEXTS and document.keys() - {"proof"} == _MEMBERS
    level: list[object] = [document[name] for name in _MEMBERS - {"@context"}] if plain else []
    while level:
        following: list[object] = []
        for item in level:
            if isinstance(item, dict):
                plain = plain and all(_NAME.fullmatch(name) for name in item)
                following += item.values()
            elif isinstance(item, list):
                following += item
        level = following
    if not plain:
        raise MalformedError(
            "The credential has other contexts, members or names than are read here.", code="unsupported_form"
        )


def read_embedded(proof: VerifiedProof) -> CredentialView:
    """Read a credential whose embedded proof was verified.

    Whether it is in force, accredited, anchored and of a known type are checks of their own.

    Raises:
        MalformedError: as ``check_form``, or a member that is not what it must be.
        ProofError: ``wrong_signer``: the proof's key is not the issuer's.
        IdentifierError: the subject's id is not a did:key.
    """
    document = proof.document
    check_form(document)
    try:
        validate_credential(document)
        uri, index = _status(document)
    except SchemaError as error:
        raise MalformedError(error.message, code=error.code) from error
    subject = document["credentialSubject"]
    if not isinstance(subject, dict):
        raise MalformedError("The credential must speak of exactly one subject.")
    if document["issuer"] != proof.controller:
        raise ProofError("The signing key does not belong to the credential's issuer.", code="wrong_signer")
    holder = resolve_did_key(as_text(subject.get("id"), "The subject's id"))
    types = tuple(sorted((str(name) for name in as_list(document["type"])), key=_base_type_first))
    if len(types) != 2:
        raise MalformedError("The credential must have exactly one type besides VerifiableCredential.")
    return CredentialView(
        vct=f"urn:vdr:{types[1]}:1",
        issuer=proof.controller,
        credential_id=as_text(document.get("id"), "The credential's id"),
        types=types,
        claims={name: value for name, value in subject.items() if name not in ("id", "type")},
        holder_jwk=holder.jwk(),
        issued_at=proof.created,
        valid_from=_time(document, "validFrom"),
        valid_until=_end(document),
        status_uri=uri,
        status_index=index,
    )


def _base_type_first(name: str) -> bool:
    return name != "VerifiableCredential"


def _status(document: Mapping[str, Any]) -> tuple[str, int]:
    """Return the list and the place that revocation and suspension name, which must be the same."""
    members, entries = as_list(document["credentialStatus"]), read_status_entries(document)
    found = {(match[1], entry.index) for entry in entries if (match := _STATUS_URL.fullmatch(entry.list_url))}
    purposes = sorted(entry.purpose for entry in entries)
    named = all(entry.list_url.endswith(f"/{entry.purpose}") and entry.size == 1 for entry in entries)
    if len(members) != len(entries) or purposes != sorted(STATUS_PURPOSES) or len(found) != 1 or not named:
        raise MalformedError("The credential's status is not one entry each for revocation and suspension.")
    return found.pop()


def _time(document: Mapping[str, Any], name: str) -> datetime:
    try:
        return parse_datetime(document[name], f"The credential's {name}").astimezone(UTC)
    except OverflowError as error:
        raise MalformedError(f"The credential's {name} lies beyond the calendar.") from error


def _end(document: Mapping[str, Any]) -> datetime | None:
    return None if document["validUntil"] == NO_END else _time(document, "validUntil")
