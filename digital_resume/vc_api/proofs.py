"""Structure, JSON-LD and proofs of a credential, and what is asked of a verification.

VC-API section 3.3.1 and VCDM 2.0 section 7.1. The structure is always checked; ``options.checks`` limits
the rest; ``verifying`` adds the status. Whether the proof's controller *is* the issuer is checked on request
only (``checks: ["issuer"]``): the suites' vectors are signed for other issuers, and whose signature counts is
what the product's verification decides with its registry. Without it the answer carries a warning when they
differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from digital_resume.core.credentials.vcdm import is_enveloped, read_enveloped, validate_any_credential
from digital_resume.core.credentials.vcdm_values import read_date
from digital_resume.core.encoding.bounded_json import as_list
from digital_resume.core.errors import MalformedError, ProofError, SchemaError
from digital_resume.core.identifiers.did import parse_did_url
from digital_resume.core.securing.data_integrity import verify_proofs
from digital_resume.core.securing.jose import FORMS, Form, VerifiedJose, verify_jwt_v1, verify_token
from digital_resume.core.securing.jws import parse_compact
from digital_resume.error_words import words_of
from digital_resume.vc_api.foreign import is_foreign, verify_foreign
from digital_resume.vc_api.linked_data import check_linked_data, context_bytes, without_foreign_claims
from digital_resume.vc_api.requests import list_option, text_option
from digital_resume.vc_api.service import Service
from digital_resume.vc_api.suites import SUITES

_ALIASES: Final[Mapping[str, str]] = {
    "proof": "proof",
    "credentialStatus": "credentialStatus",
    "status": "credentialStatus",
    "validity": "validity",
    "validityPeriod": "validity",
    "expiration": "validity",
    "issuer": "issuer",
    "format": "structure",
    "structure": "structure",
}
DEFAULT_CHECKS: Final = frozenset({"proof", "credentialStatus", "validity"})
_TOKEN_PURPOSES: Final = {"vc": "assertionMethod", "vp": "authentication"}
_LEGACY_JWT: Final = frozenset({"application/jwt", "application/vc-jwt", "application/vp-jwt"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a verification is asked for.

    Attributes:
        checks: the checks to make besides the structure.
        challenge: challenge that the proof must carry, or ``None``.
        domain: domain that it must name, or ``None``.
        purpose: its purpose, or ``None`` for the usual one.
    """

    checks: frozenset[str] = DEFAULT_CHECKS
    challenge: str | None = None
    domain: str | None = None
    purpose: str | None = None


@dataclass(slots=True)
class Found:
    """What a verification found of a document that is good.

    Attributes:
        document: the credential or presentation, taken out of its envelope.
        methods: DID URLs of the keys that signed.
        warnings: what is worth a look, as codes and sentences.
        statuses: what the status lists say.
    """

    document: dict[str, Any]
    methods: tuple[str, ...] = ()
    warnings: list[dict[str, str]] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)


def read_asked(options: Mapping[str, Any]) -> Asked:
    """Read the options of a verification.

    Raises:
        MalformedError: an option is wrong, or a check is not known here (it could not be promised).
    """
    names = list_option(options, "checks", most=32)
    checks = DEFAULT_CHECKS
    if names is not None:
        unknown = [name for name in names if name not in _ALIASES]
        if unknown:
            raise MalformedError("A check of 'options.checks' is not known here.", code="request_invalid")
        # An empty list asks for nothing in particular: the proof alone is then verified.
        checks = frozenset(_ALIASES[name] for name in names) or frozenset({"proof"})
    return Asked(
        checks | {"proof"},
        text_option(options, "challenge"),
        text_option(options, "domain"),
        text_option(options, "expectedProofPurpose"),
    )


def open_credential(service: Service, secured: dict[str, Any] | str, asked: Asked) -> Found:
    """Verify a credential with an embedded proof, enveloped, or as a token: all of ``asked`` but its status.

    Raises:
        ResumeError: it does not hold, or could not be checked.
    """
    if isinstance(secured, str) or is_enveloped(secured):
        found = _open(service, secured, asked)
        validate_any_credential(found.document, resources=context_bytes)
        check_linked_data(found.document)
    elif is_foreign(secured):
        method = verify_foreign(
            service, secured, challenge=asked.challenge, domain=asked.domain, purpose=asked.purpose
        )
        found = Found(secured, (method,))
    else:
        validate_any_credential(secured, resources=context_bytes)
        check_linked_data(secured)
        found = Found(secured, verify_embedded(service, secured, asked, ("assertionMethod",)))
    _check_issuer(found, asked)
    if "validity" in asked.checks:
        check_validity(found.document, service.now())
    return found


def verify_embedded(
    service: Service, document: Mapping[str, Any], asked: Asked, purposes: tuple[str, ...]
) -> tuple[str, ...]:
    """Verify a document's proofs and return the DID URLs of their keys.

    Args:
        service: the service.
        document: the secured document.
        asked: what is asked for.
        purposes: the purposes that count; all proofs must have the same one of them.

    Raises:
        ResumeError: a proof is missing or does not hold.
    """
    proofs = as_list(document.get("proof"))
    first = proofs[0] if proofs else None
    said = first.get("proofPurpose") if isinstance(first, dict) else None
    purpose = asked.purpose or (said if isinstance(said, str) and said in purposes else purposes[0])
    verified = verify_proofs(
        document,
        purpose=purpose,
        now=service.now(),
        challenge=asked.challenge,
        domain=asked.domain,
        resolve_key=service.resolver.key,
        suites=SUITES,
        # Part of a request's body.
        parsed=True,
    )
    return tuple(proof.verification_method for proof in verified)


def open_token(
    service: Service, token: str, media_type: str | None, kind: Literal["vc", "vp"], asked: Asked
) -> VerifiedJose:
    """Verify a JOSE token.

    Args:
        service: the service.
        token: the token.
        media_type: what its envelope says it is; ``None`` finds it out from the token.
        kind: credential or presentation.
        asked: what is asked for.

    Raises:
        ResumeError: it does not hold.
    """
    if asked.purpose not in (None, _TOKEN_PURPOSES[kind]):
        raise ProofError(
            "A token has no such purpose; ask for it of an embedded proof.", code="purpose_mismatch"
        )
    form = None if media_type is None else media_type.removeprefix("application/")
    if form is None:
        form = f"{kind}+sd-jwt" if "~" in token else f"{kind}+jwt"
    resolve = service.resolver.key
    if media_type in _LEGACY_JWT or (form == f"{kind}+jwt" and _is_old(token)):
        return verify_jwt_v1(
            token,
            kind=kind,
            now=service.now(),
            resolve_key=resolve,
            nonce=asked.challenge,
            audience=asked.domain,
        )
    chosen: Form | None = next((f for f in FORMS if f == form and f.startswith(kind)), None)
    if chosen is None:
        raise SchemaError("The envelope's media type is not one that is accepted here.", code="enveloped")
    return verify_token(
        token,
        form=chosen,
        now=service.now(),
        resolve_key=resolve,
        nonce=asked.challenge,
        audience=asked.domain,
    )


def _is_old(token: str) -> bool:
    """Tell whether a JWT is of the VC 1.1 encoding, which others still put into the new envelopes.

    ``typ`` is optional in both; the older one has its document in a claim of its own.
    """
    jws = parse_compact(token)
    said = str(jws.header.get("typ", "JWT")).lower() in ("jwt", "application/jwt")
    return said and not {"vc", "vp"}.isdisjoint(jws.claims())


def check_validity(document: Mapping[str, Any], now: datetime) -> None:
    """Check that a credential is in its period of validity.

    Raises:
        ProofError: ``not_yet_valid`` or ``expired``.
    """
    begin = read_date(document, "validFrom") or read_date(document, "issuanceDate")
    end = read_date(document, "validUntil") or read_date(document, "expirationDate")
    if begin is not None and begin > now:
        raise ProofError("The credential is not yet valid.", code="not_yet_valid")
    if end is not None and end < now:
        raise ProofError("The credential has expired.", code="expired")


def issuer_id(document: Mapping[str, Any]) -> str | None:
    """Return the issuer's identifier."""
    issuer = document.get("issuer")
    issuer = issuer.get("id") if isinstance(issuer, dict) else issuer
    return issuer if isinstance(issuer, str) else None


def controllers(methods: tuple[str, ...]) -> set[str]:
    """Return the DIDs of verification methods."""
    return {parse_did_url(method).did for method in methods}


def _open(service: Service, secured: dict[str, Any] | str, asked: Asked) -> Found:
    if isinstance(secured, str):
        opened = open_token(service, secured, None, "vc", asked)
    else:
        envelope = read_enveloped(secured)
        opened = open_token(service, envelope.content, envelope.media_type, "vc", asked)
    found = Found(without_foreign_claims(opened.document), (opened.verification_method,))
    if opened.hidden_above:
        found.warnings.append(
            {
                "code": "members_hidden",
                "detail": "The holder hides something beside the claims, perhaps when the credential ends or "
                "its status. Ask for all of it if that matters.",
                "detail_ko": words_of("members_hidden").ko,
            }
        )
    return found


def _check_issuer(found: Found, asked: Asked) -> None:
    issuer = issuer_id(found.document)
    if issuer in controllers(found.methods):
        return
    if "issuer" in asked.checks:
        raise ProofError("The proof was not made by the credential's issuer.", code="wrong_signer")
    found.warnings.append(
        {
            "code": "issuer_not_controller",
            "detail": "The proof's key does not belong to the issuer; check whose signature counts for you.",
            "detail_ko": words_of("issuer_not_controller").ko,
        }
    )
