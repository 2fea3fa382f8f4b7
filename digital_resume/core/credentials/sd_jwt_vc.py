"""The default credential: an SD-JWT VC in its VCLD form (``dc+sd-jwt`` with an ``ld`` member).

OpenID4VP 1.0, appendix B.3.7: ``vct``, ``iss``, ``nbf``/``exp`` and ``status`` of the SD-JWT VC replace their
VCDM counterparts; ``ld`` holds the W3C credential with its subject. One token is both. The claims a holder
may hide are digests in ``ld.credentialSubject``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from digital_resume.core.anchoring.leaf import Mechanism, SignedContent
from digital_resume.core.credentials.catalog import CredentialType
from digital_resume.core.credentials.issuance import settle
from digital_resume.core.credentials.vcdm import CONTEXT_V2, validate_linked_data
from digital_resume.core.encoding.base64url import b64u_decode
from digital_resume.core.encoding.bounded_json import as_list, as_seconds, as_text
from digital_resume.core.errors import MalformedError, ProofError, SchemaError
from digital_resume.core.identifiers.did import parse_did, parse_did_url
from digital_resume.core.keys.signing import public_key_from_jwk
from digital_resume.core.ports import Signer
from digital_resume.core.securing.sd_jwt import Path, VerifiedSdJwt, issue_sd_jwt

TERMS: Final = "urn:vdr:terms#"
SUBJECT: Final[Path] = ("ld", "credentialSubject")
DECOYS: Final = 2
"""Decoy digests a credential carries, so that the number of hidden claims tells nothing exact."""

# SD-JWT VC section 2.2.2.2: what a verifier relies on to accept the credential at all cannot be hidden.
_NEVER_HIDDEN: Final = frozenset({"iss", "nbf", "exp", "iat", "cnf", "vct", "vct#integrity", "status", "ld"})
_SUBJECT_NEVER_HIDDEN: Final = frozenset({"@context", "id", "type"})


@dataclass(frozen=True, slots=True)
class IssuedCredential:
    """A signed credential and what of it its issuer signed, for the anchor leaf."""

    token: str
    content: SignedContent
    credential_id: str


@dataclass(frozen=True, slots=True)
class CredentialView:
    """A credential's contents, read from a *verified* SD-JWT's payload.

    Attributes:
        vct: verifiable credential type.
        issuer: the issuer's DID (``iss``).
        credential_id: ``ld.id``.
        types: ``ld.type``.
        claims: the subject's claims that are visible or disclosed.
        holder_jwk: the key it is bound to.
        issued_at: ``iat``.
        valid_from: ``nbf``, or ``iat``.
        valid_until: ``exp``, or ``None``.
        status_uri: status list, or ``None`` when it has none.
        status_index: index in it.
    """

    vct: str
    issuer: str
    credential_id: str
    types: tuple[str, ...]
    claims: dict[str, Any]
    holder_jwk: dict[str, Any]
    issued_at: datetime | None
    valid_from: datetime | None
    valid_until: datetime | None
    status_uri: str | None
    status_index: int | None


def issue_credential(
    credential_type: CredentialType,
    claims: Mapping[str, Any],
    *,
    issuer: str,
    signer: Signer,
    holder_jwk: Mapping[str, Any],
    status_uri: str,
    status_index: int,
    issued_at: datetime,
    valid_from: datetime | None,
    valid_until: datetime | None,
    credential_id: str | None = None,
    x5c: Sequence[str] = (),
) -> IssuedCredential:
    """Sign a credential of ``credential_type`` for the holder of a key.

    Args:
        credential_type: schema and disclosure policy.
        claims: claims of the subject; validated.
        issuer: the issuer's DID; the signer's key must be one of its.
        signer: the issuer's key.
        holder_jwk: the holder's public key, for ``cnf``.
        status_uri: the status list's URI.
        status_index: its index there.
        issued_at: moment of signing.
        valid_from: begin of validity; ``issued_at`` when ``None``.
        valid_until: end of validity; by the type's rule when ``None``.
        credential_id: ``urn:uuid:`` of version 4; made when ``None``.
        x5c: certificates of the signer's key for the header (RFC 7515 section 4.1.6).

    Raises:
        SchemaError: the claims break the type's rules.
        MalformedError: another argument is wrong.
        IdentifierError: ``issuer`` or the holder's key is not one.
    """
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
    if valid_until is not None:  # by its rule a credential may be over when it is issued
        terms.require_order()
    if isinstance(status_index, bool) or status_index < 0:
        raise MalformedError("The status index must not be negative.")
    payload: dict[str, Any] = {
        "iss": issuer,
        "vct": credential_type.vct,
        "iat": int(issued_at.timestamp()),
        "nbf": int(terms.begin.timestamp()),
    }
    if terms.end is not None:
        payload["exp"] = int(terms.end.timestamp())
    payload |= {
        "cnf": {"jwk": public_key_from_jwk(holder_jwk).jwk()},
        "status": {"status_list": {"idx": status_index, "uri": as_text(status_uri, "The status list's URI")}},
        "ld": {
            "@context": [CONTEXT_V2, {"@vocab": TERMS}],
            "id": terms.identifier,
            "type": ["VerifiableCredential", credential_type.name],
            "credentialSubject": dict(claims),
        },
    }
    hidden = {(*SUBJECT, *path) for path in credential_type.disclosable_paths(claims)}
    header = {"x5c": list(x5c)} if x5c else None
    token = issue_sd_jwt(payload, hidden, signer, decoys=DECOYS, header=header)
    signed, _, signature = token.split("~", 1)[0].rpartition(".")
    content = SignedContent(Mechanism.JOSE, signed.encode("ascii"), b64u_decode(signature))
    return IssuedCredential(token, content, terms.identifier)


def read_credential(verified: VerifiedSdJwt) -> CredentialView:
    """Read a verified SD-JWT VC of the VCLD form.

    Whether it is in force, accredited, anchored and of a known type are checks of their own.

    Raises:
        MalformedError: a required member is missing or of the wrong kind.
        ProofError: a member that must always be visible was selectively disclosed, or ``kid`` is not a key of
            ``iss``.
    """
    for path in verified.disclosed:
        if (len(path) == 1 and path[0] in _NEVER_HIDDEN) or (
            path[:1] == ("ld",) and not _may_be_hidden(path)
        ):
            raise ProofError(
                "A member that must always be visible was disclosed selectively.", code="disclosure_misused"
            )
    view = read_payload(verified.payload)
    if verified.kid is None or parse_did_url(verified.kid).did != view.issuer:
        raise ProofError("The signing key does not belong to the credential's issuer.", code="wrong_signer")
    return view


def _may_be_hidden(path: Path) -> bool:
    return path[:2] == SUBJECT and len(path) > 2 and path[2] not in _SUBJECT_NEVER_HIDDEN


def read_payload(payload: Mapping[str, Any]) -> CredentialView:
    """Read the reassembled payload of an SD-JWT VC of the VCLD form; errors as ``read_credential``."""
    ld = _member(payload, "ld")
    subject = ld.get("credentialSubject")
    if not isinstance(subject, dict) or not subject:
        raise MalformedError("The credential has no credentialSubject.")
    try:
        validate_linked_data(ld)
    except SchemaError as error:
        raise MalformedError(error.message, code=error.code) from error
    types = as_list(ld.get("type"))
    # What the SD-JWT VC says once must not be said a second time, and differently, inside (B.3.7).
    if not {"issuer", "validFrom", "validUntil", "credentialStatus"}.isdisjoint(ld):
        raise MalformedError("The credential repeats issuer, validity or status inside ld.")
    issuer = as_text(payload.get("iss"), "The issuer (iss)")
    parse_did(issuer)
    jwk = _member(_member(payload, "cnf"), "jwk")
    uri, index = _status(payload)
    issued, begin, end = (_time(payload, name) for name in ("iat", "nbf", "exp"))
    return CredentialView(
        vct=as_text(payload.get("vct"), "The type (vct)"),
        issuer=issuer,
        credential_id=as_text(ld.get("id"), "The credential's id"),
        types=tuple(str(t) for t in types),
        claims={k: v for k, v in subject.items() if k not in _SUBJECT_NEVER_HIDDEN},
        holder_jwk=public_key_from_jwk(jwk).jwk(),
        issued_at=issued,
        valid_from=begin or issued,
        valid_until=end,
        status_uri=uri,
        status_index=index,
    )


def _member(holder: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = holder.get(name)
    if not isinstance(value, dict):
        raise MalformedError(f"The credential's '{name}' is missing or not an object.")
    return value


def _status(payload: Mapping[str, Any]) -> tuple[str | None, int | None]:
    if "status" not in payload:
        return None, None
    entry = _member(_member(payload, "status"), "status_list")
    index = entry.get("idx")
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < 2**32:
        raise MalformedError("The credential's status index is not a number.")
    return as_text(entry.get("uri"), "The status list's URI"), index


def _time(payload: Mapping[str, Any], name: str) -> datetime | None:
    if name not in payload:
        return None
    return datetime.fromtimestamp(as_seconds(payload[name], f"The credential's {name}"), UTC)
