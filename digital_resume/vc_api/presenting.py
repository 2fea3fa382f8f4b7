"""Verifying presentations: with and without proof, enveloped, and the credentials in them.

VC-API section 3.3.2, VCDM 2.0 sections 4.13 and 7.1. An unsigned presentation verifies when its credentials
do; where a challenge or domain is asked for, it must be signed.
"""

from collections.abc import Mapping
from typing import Any

from digital_resume.core.credentials.vcdm import (
    is_enveloped,
    read_enveloped,
    validate_any_credential,
    validate_any_presentation,
)
from digital_resume.core.encoding.bounded_json import as_list
from digital_resume.core.errors import ProofError, SchemaError
from digital_resume.vc_api.linked_data import check_linked_data, context_bytes, without_foreign_claims
from digital_resume.vc_api.proofs import (
    Asked,
    Found,
    check_validity,
    issuer_id,
    open_token,
    verify_embedded,
)
from digital_resume.vc_api.service import Service
from digital_resume.vc_api.verifying import verify_credential

_PURPOSES = ("authentication", "assertionMethod")


def verify_presentation(
    service: Service, secured: dict[str, Any] | str, asked: Asked
) -> tuple[Found, list[Found]]:
    """Verify a presentation and every credential in it.

    Raises:
        ResumeError: presentation or credential does not hold, or could not be checked.
    """
    found = _presentation(service, secured, asked)
    inner = Asked(checks=asked.checks)
    credentials = []
    for credential in as_list(found.document.get("verifiableCredential")):
        if isinstance(credential, str):  # of a VC 1.1 JWT
            credentials.append(verify_credential(service, credential, inner))
            continue
        # validate_any_presentation has made sure that they are objects.
        assert isinstance(credential, dict)
        if "proof" not in credential and not is_enveloped(credential):
            credentials.append(_self_asserted(service, found, credential, inner))
            continue
        verified = verify_credential(service, credential, inner)
        _check_holder(found, verified)
        credentials.append(verified)
    return found, credentials


def _presentation(service: Service, secured: dict[str, Any] | str, asked: Asked) -> Found:
    if isinstance(secured, str) or is_enveloped(secured, "EnvelopedVerifiablePresentation"):
        if isinstance(secured, str):
            opened = open_token(service, secured, None, "vp", asked)
        else:
            envelope = read_enveloped(secured, "EnvelopedVerifiablePresentation")
            opened = open_token(service, envelope.content, envelope.media_type, "vp", asked)
        document = without_foreign_claims(opened.document)
        validate_any_presentation(_with_objects(document, opened.form), resources=context_bytes)
        _check_linked_data(document)
        return Found(document, (opened.verification_method,))
    validate_any_presentation(secured, resources=context_bytes)
    _check_linked_data(secured)
    if "proof" in secured:
        return Found(secured, verify_embedded(service, secured, asked, _PURPOSES))
    if asked.challenge is not None or asked.domain is not None or asked.purpose is not None:
        raise ProofError(
            "The presentation must be signed for this challenge and domain, and has no proof.",
            code="proof_missing",
        )
    return Found(secured)


def _with_objects(document: dict[str, Any], form: str) -> dict[str, Any]:
    """Return a presentation without the credentials that VC 1.1 lets a JWT hold as JWTs (section 6.3.1)."""
    if form != "jwt" or "verifiableCredential" not in document:
        return document
    objects = [each for each in as_list(document["verifiableCredential"]) if not isinstance(each, str)]
    rest = {name: value for name, value in document.items() if name != "verifiableCredential"}
    return {**rest, "verifiableCredential": objects} if objects else rest


def _check_linked_data(presentation: Mapping[str, Any]) -> None:
    """Check the presentation's own terms; each credential is a document of its own and checked there."""
    check_linked_data({name: value for name, value in presentation.items() if name != "verifiableCredential"})


def _self_asserted(service: Service, found: Found, credential: dict[str, Any], asked: Asked) -> Found:
    """Check a credential that only the presentation's proof secures (VCDM 2.0 section 4.13.4)."""
    if not found.methods:
        raise ProofError("A credential of the presentation is not secured.", code="proof_missing")
    holder = holder_id(found.document)
    if holder is None:
        raise SchemaError(
            "A presentation with a self-asserted credential must name its holder.", code="holder"
        )
    if issuer_id(credential) != holder:
        raise SchemaError("A self-asserted credential's issuer must be the holder.", code="holder")
    validate_any_credential(credential, resources=context_bytes)
    check_linked_data(credential)
    if "validity" in asked.checks:
        check_validity(credential, service.now())
    return Found(credential, found.methods)


def _check_holder(found: Found, credential: Found) -> None:
    """Where the presenter's key signed the credential as well, its issuer must be the holder."""
    holder = holder_id(found.document)
    if (
        holder is not None
        and set(credential.methods) & set(found.methods)
        and issuer_id(credential.document) != holder
    ):
        raise SchemaError("A self-asserted credential's issuer must be the holder.", code="holder")


def holder_id(presentation: Mapping[str, Any]) -> str | None:
    """Return the holder's identifier, ``None`` when none is named."""
    holder = presentation.get("holder")
    holder = holder.get("id") if isinstance(holder, dict) else holder
    return holder if isinstance(holder, str) else None
