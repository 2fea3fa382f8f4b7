"""The digital resume: a W3C VerifiablePresentation signed by the holder, built and read.

    { @context, id, type: [VerifiablePresentation, DigitalResume], holder: did:key,
      verifiableCredential: [enveloped SD-JWT with its key binding …, self-declaration …],
      receipts: […], proof: ecdsa-jcs-2019, purpose authentication, challenge = share id, domain = recipient }

VCDM 2.0 section 4.13 (presentations), 4.13.1 (EnvelopedVerifiableCredential). Parsing says what the document
is and whose key it names; whether signatures hold is the work of ``digital_resume.core.verification``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from digital_resume.core.anchoring.receipt import Receipt
from digital_resume.core.credentials.sd_jwt_vc import TERMS
from digital_resume.core.credentials.vcdm import CONTEXT_V2
from digital_resume.core.encoding.bounded_json import (
    as_list,
    as_text,
    check_json_value,
    dump_json,
    parse_json_object,
)
from digital_resume.core.encoding.dates import format_datetime, parse_datetime
from digital_resume.core.errors import LimitError, MalformedError
from digital_resume.core.identifiers.did import parse_did_url, resolve_did_key
from digital_resume.core.keys.signing import PublicKey
from digital_resume.core.ports import Signer
from digital_resume.core.resume.envelope import MAX_PRESENTATION_BYTES
from digital_resume.core.securing.data_integrity import add_proof
from digital_resume.core.securing.sd_jwt import Path, create_key_binding, present

MAX_CREDENTIALS: Final = 64
MAX_RECEIPTS: Final = 64
MAX_STATEMENT_CHARS: Final = 10_000
CRYPTOSUITE: Final = "ecdsa-jcs-2019"
ENVELOPE_PREFIX: Final = "data:application/dc+sd-jwt,"

_RESUME_TERMS: Final[Mapping[str, Any]] = {
    "vdr": TERMS,
    "DigitalResume": "vdr:DigitalResume",
    "receipts": {"@id": "vdr:receipts", "@type": "@json"},
}
_MEMBERS: Final = frozenset({"@context", "id", "type", "holder", "verifiableCredential", "receipts", "proof"})


@dataclass(frozen=True, slots=True)
class ChosenCredential:
    """A credential for a resume and the claims of it to disclose.

    Attributes:
        token: SD-JWT with all disclosures the holder has.
        disclose: paths in the payload, e.g. ``("ld", "credentialSubject", "birthDate")``.
    """

    token: str
    disclose: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedPresentation:
    """A presentation whose form is right; no signature has been looked at.

    Attributes:
        document: the whole document as it came in, for verifying its proof.
        holder: the holder's did:key.
        holder_key: the key that DID is.
        credentials: ``verifiableCredential`` as it came in: objects, at most ``MAX_CREDENTIALS``.
        receipts: receipts as they came in, not parsed.
        challenge: the proof's challenge.
        domain: the proof's domain.
        created: when the proof says it was made.
        expires: when the proof says it ends.
    """

    document: dict[str, Any]
    holder: str
    holder_key: PublicKey
    credentials: tuple[dict[str, Any], ...]
    receipts: tuple[object, ...]
    challenge: str
    domain: str
    created: datetime
    expires: datetime


def build_self_declaration(statement: str, signer: Signer, *, created: datetime) -> dict[str, Any]:
    """Build the holder's own words as a credential issued by the holder.

    Raises:
        LimitError: longer than ``MAX_STATEMENT_CHARS``.
        MalformedError: empty.
    """
    holder = parse_did_url(signer.verification_method).did
    document = {
        "@context": [CONTEXT_V2, {"@vocab": TERMS}],
        "id": f"urn:uuid:{uuid4()}",
        "type": ["VerifiableCredential", "SelfDeclaration"],
        "issuer": holder,
        "validFrom": format_datetime(created),
        "credentialSubject": {
            "id": holder,
            "statement": as_text(statement, "A statement", max_chars=MAX_STATEMENT_CHARS),
        },
    }
    return add_proof(document, signer, cryptosuite=CRYPTOSUITE, purpose="assertionMethod", created=created)


def build_presentation(
    holder: str,
    *,
    credentials: Sequence[str],
    self_declarations: Sequence[Mapping[str, Any]] = (),
    receipts: Sequence[Receipt | Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Build an unsigned resume.

    Args:
        holder: the holder's did:key.
        credentials: SD-JWTs with the chosen disclosures and their key binding.
        self_declarations: as ``build_self_declaration`` makes them.
        receipts: the credentials' receipts, in any order.

    Raises:
        LimitError: more than ``MAX_CREDENTIALS`` credentials.
    """
    if len(credentials) + len(self_declarations) > MAX_CREDENTIALS or len(receipts) > MAX_RECEIPTS:
        raise LimitError(f"A resume holds at most {MAX_CREDENTIALS} credentials; share fewer at once.")
    enveloped: list[dict[str, Any]] = [
        {"@context": CONTEXT_V2, "type": "EnvelopedVerifiableCredential", "id": ENVELOPE_PREFIX + token}
        for token in credentials
    ]
    return {
        "@context": [CONTEXT_V2, dict(_RESUME_TERMS)],
        "id": f"urn:uuid:{uuid4()}",
        "type": ["VerifiablePresentation", "DigitalResume"],
        "holder": holder,
        "verifiableCredential": enveloped + [dict(declaration) for declaration in self_declarations],
        "receipts": [
            receipt.to_json() if isinstance(receipt, Receipt) else dict(receipt) for receipt in receipts
        ],
    }


def sign_presentation(
    presentation: Mapping[str, Any],
    signer: Signer,
    *,
    challenge: str,
    domain: str,
    created: datetime,
    expires: datetime,
) -> dict[str, Any]:
    """Sign a resume with the holder's key.

    Args:
        presentation: as ``build_presentation`` makes it.
        signer: the holder's key.
        challenge: the share id, or the verifier's nonce.
        domain: the verifier's URL or ``urn:vdr:recipient:<name>``.
        created: moment of signing.
        expires: end of the share.

    Raises:
        MalformedError: the signer is not the holder, or the times are the wrong way round.
    """
    if parse_did_url(signer.verification_method).did != presentation.get("holder"):
        raise MalformedError("Only the holder can sign a resume.", code="wrong_signer")
    return add_proof(
        presentation,
        signer,
        cryptosuite=CRYPTOSUITE,
        purpose="authentication",
        created=created,
        expires=expires,
        challenge=challenge,
        domain=domain,
    )


def compose_resume(
    chosen: Sequence[ChosenCredential],
    signer: Signer,
    *,
    challenge: str,
    domain: str,
    created: datetime,
    expires: datetime,
    statements: Sequence[str] = (),
    receipts: Sequence[Receipt | Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Compose and sign a resume: disclose what was chosen, bind every credential to this share, sign.

    Raises:
        MalformedError: a claim to disclose is not the credential's.
        LimitError: too many credentials, or more than ``MAX_PRESENTATION_BYTES``.
    """
    bound = [
        create_key_binding(
            present(choice.token, choice.disclose),
            signer,
            nonce=challenge,
            audience=domain,
            issued_at=created,
        )
        for choice in chosen
    ]
    unsigned = build_presentation(
        parse_did_url(signer.verification_method).did,
        credentials=bound,
        self_declarations=[build_self_declaration(text, signer, created=created) for text in statements],
        receipts=receipts,
    )
    signed = sign_presentation(
        unsigned, signer, challenge=challenge, domain=domain, created=created, expires=expires
    )
    if len(dump_json(signed)) > MAX_PRESENTATION_BYTES:
        raise LimitError(
            f"This resume is larger than {MAX_PRESENTATION_BYTES} bytes; share fewer credentials at once."
        )
    return signed


def parse_presentation(presentation: bytes | Mapping[str, Any]) -> ParsedPresentation:
    """Parse a presentation, strictly and within bounds.

    Args:
        presentation: the JSON text, or the document when it was parsed already.

    Raises:
        LimitError: more than ``MAX_PRESENTATION_BYTES``, ``MAX_CREDENTIALS`` or ``MAX_RECEIPTS``.
        MalformedError: it does not have the form of a resume.
        IdentifierError: the holder is not a did:key.
    """
    if isinstance(presentation, bytes):
        document = parse_json_object(presentation, max_bytes=MAX_PRESENTATION_BYTES)
    else:
        document = dict(presentation)
        check_json_value(document)
        if len(dump_json(document)) > MAX_PRESENTATION_BYTES:
            raise LimitError(f"A resume has at most {MAX_PRESENTATION_BYTES} bytes.")
    if not document.keys() <= _MEMBERS:
        raise MalformedError("The presentation has members that a resume does not have.")
    contexts = document.get("@context")
    if not isinstance(contexts, list) or not contexts or contexts[0] != CONTEXT_V2:
        raise MalformedError("The presentation's first @context must be that of VCDM 2.0.")
    if "VerifiablePresentation" not in as_list(document.get("type")):
        raise MalformedError("The document is not a VerifiablePresentation.")
    if "id" in document:
        as_text(document["id"], "The presentation's id")
    holder = as_text(document.get("holder"), "The presentation's holder")
    proof = document.get("proof")
    if not isinstance(proof, dict):
        raise MalformedError("The presentation must have exactly one proof.")
    return ParsedPresentation(
        document=document,
        holder=holder,
        holder_key=resolve_did_key(holder),
        credentials=_credentials(document.get("verifiableCredential")),
        receipts=_receipts(document.get("receipts", [])),
        challenge=as_text(proof.get("challenge"), "The proof's challenge"),
        domain=as_text(proof.get("domain"), "The proof's domain"),
        created=parse_datetime(proof.get("created"), "The proof's created"),
        expires=parse_datetime(proof.get("expires"), "The proof's expires"),
    )


def _credentials(value: object) -> tuple[dict[str, Any], ...]:
    if not isinstance(value, list):
        raise MalformedError("The presentation's verifiableCredential must be an array.")
    if len(value) > MAX_CREDENTIALS:
        raise LimitError(f"A resume holds at most {MAX_CREDENTIALS} credentials.")
    for credential in value:
        if not isinstance(credential, dict):
            raise MalformedError("Every credential of a presentation must be an object.")
    return tuple(value)


def _receipts(value: object) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise MalformedError("The presentation's receipts must be an array.")
    if len(value) > MAX_RECEIPTS:
        raise LimitError(f"A resume holds at most {MAX_RECEIPTS} receipts.")
    return tuple(value)


def enveloped_token(credential: Mapping[str, Any]) -> str | None:
    """Return the SD-JWT that an EnvelopedVerifiableCredential holds, ``None`` when it is something else."""
    identifier = credential.get("id")
    if (
        list(as_list(credential.get("type"))) == ["EnvelopedVerifiableCredential"]
        and list(as_list(credential.get("@context"))) == [CONTEXT_V2]
        and credential.keys() == {"@context", "type", "id"}
        and isinstance(identifier, str)
        and identifier.startswith(ENVELOPE_PREFIX)
    ):
        return identifier.removeprefix(ENVELOPE_PREFIX)
    return None


def self_issuer(credential: Mapping[str, Any]) -> str | None:
    """Return the issuer an embedded credential names, ``None`` when it names none."""
    issuer = credential.get("issuer")
    if isinstance(issuer, dict):
        issuer = issuer.get("id")
    return issuer if isinstance(issuer, str) else None
