"""Issuing: validate, give statuses, check the JSON-LD, secure.

VC-API section 3.2.1. A credential is signed in the name of the issuer it says: the suites' vectors do so,
and who may sign for whom is the product's question (issuer registry), not this API's.
"""

from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any, Final

from digital_resume.core.credentials.vcdm import CONTEXT_V2, validate_any_credential
from digital_resume.core.credentials.vcdm_v1 import CONTEXT_V1
from digital_resume.core.credentials.vcdm_values import check_typed
from digital_resume.core.encoding.bounded_json import as_list
from digital_resume.core.encoding.dates import format_datetime, parse_datetime
from digital_resume.core.errors import MalformedError
from digital_resume.core.securing.data_integrity import PURPOSES, add_proof
from digital_resume.core.securing.disclosures import Path
from digital_resume.core.securing.jose import issue_jwt, issue_sd
from digital_resume.vc_api.issuers import Issuer
from digital_resume.vc_api.linked_data import check_linked_data, context_bytes
from digital_resume.vc_api.proofs import issuer_id
from digital_resume.vc_api.requests import list_option, text_option
from digital_resume.vc_api.sd import with_pointers
from digital_resume.vc_api.service import Service
from digital_resume.vc_api.suites import SUITES

DATA_INTEGRITY_CONTEXT: Final = "https://w3id.org/security/data-integrity/v2"


def issue(
    service: Service, issuer: Issuer, credential: Mapping[str, Any], options: Mapping[str, Any]
) -> dict[str, Any]:
    """Secure a credential.

    Args:
        service: the service.
        issuer: the one whose mechanism and key are asked for.
        credential: the credential as it came in; it is not changed.
        options: ``created``, ``expires``, ``challenge``, ``domain``, ``proofId``, ``previousProof``,
            ``mandatoryPointers``, ``credentialStatus``, ``credentialId``.

    Raises:
        ResumeError: the credential or an option is wrong; nothing was issued.
    """
    document: dict[str, Any] = deepcopy(dict(credential))
    _add_issuance_date(document, service.now())
    version = validate_any_credential(document, resources=context_bytes)
    _check_proofs(document)
    proof_options = _proof_options(service.now(), options)
    pointers = list_option(options, "mandatoryPointers")
    wanted = options.get("credentialStatus")
    if version == "1.1":
        if issuer.is_jose or wanted is not None:
            raise MalformedError(
                "A version 1.1 credential is issued with an embedded proof and without status only.",
                code="request_invalid",
            )
        document["@context"] = _with_context(document["@context"], DATA_INTEGRITY_CONTEXT)
    check_linked_data(document)
    if wanted is not None and wanted != []:
        name = text_option(options, "credentialId") or document.get("id")
        entries = service.lists.allocate(issuer.name, wanted, name)
        found = [*as_list(document.get("credentialStatus")), *entries]
        document["credentialStatus"] = found[0] if len(found) == 1 else found
        validate_any_credential(document)
        check_linked_data(document)
    if issuer.is_jose:
        return _enveloped(issuer, document, pointers, proof_options["created"])
    return add_proof(
        document,
        issuer.signer,
        cryptosuite=issuer.mechanism,
        suites=with_pointers(SUITES, issuer.mechanism, document, pointers),
        parsed=True,
        **proof_options,
    )


def _add_issuance_date(document: dict[str, Any], now: datetime) -> None:
    """Date a version 1.1 credential that does not say when it is issued (VCDM 1.1, section 4.6)."""
    contexts = as_list(document.get("@context"))
    if contexts and contexts[0] == CONTEXT_V1 and "issuanceDate" not in document:
        document["issuanceDate"] = format_datetime(now)


def _check_proofs(document: Mapping[str, Any]) -> None:
    """Check proofs that the credential brings along: a further proof makes a set or a chain of them."""
    check_typed(document, "proof", needs_id=False)


def _proof_options(now: datetime, options: Mapping[str, Any]) -> dict[str, Any]:
    created = options.get("created")
    expires = options.get("expires")
    purpose = text_option(options, "proofPurpose") or "assertionMethod"
    if purpose not in PURPOSES - {"keyAgreement"}:
        raise MalformedError("'options.proofPurpose' is not one.", code="request_invalid")
    domain = options.get("domain")
    previous = options.get("previousProof")
    return {
        "purpose": purpose,
        "created": now if created is None else parse_datetime(created, "options.created"),
        "expires": None if expires is None else parse_datetime(expires, "options.expires"),
        "challenge": text_option(options, "challenge"),
        "domain": list_option(options, "domain")
        if isinstance(domain, list)
        else text_option(options, "domain"),
        "proof_id": text_option(options, "proofId"),
        "previous_proof": (
            list_option(options, "previousProof")
            if isinstance(previous, list)
            else text_option(options, "previousProof")
        ),
    }


def _with_context(contexts: list[Any], url: str) -> list[Any]:
    """Add the context that the proof's terms need, where the document has not them yet (section 2.4.1)."""
    return contexts if url in contexts else [*contexts, url]


def _enveloped(
    issuer: Issuer, document: dict[str, Any], pointers: list[str] | None, created: datetime
) -> dict[str, Any]:
    claims = {"iat": int(created.timestamp())}
    if issuer.mechanism == "vc+sd-jwt":
        paths = _hideable(document, pointers or [])
        token = issue_sd(document, paths, issuer.signer, claims=claims, decoys=1)
    else:
        # Verifiers that know JWTs rather than documents find the key by iss (VC-JOSE-COSE section 3.1.3).
        token = issue_jwt(document, issuer.signer, claims={"iss": issuer_id(document) or "", **claims})
    return {
        "@context": CONTEXT_V2,
        "id": f"data:application/{issuer.mechanism},{token}",
        "type": "EnvelopedVerifiableCredential",
    }


def _hideable(document: Mapping[str, Any], mandatory: list[str]) -> set[Path]:
    """Return the subject's claims that become selectively disclosable: all but the mandatory ones."""
    kept = set(mandatory)
    subject = document["credentialSubject"]
    if not isinstance(subject, dict) or "/credentialSubject" in kept:
        return set()
    return {
        ("credentialSubject", name)
        for name in subject
        if name not in ("id", "type", "@context")
        and not any(
            p == f"/credentialSubject/{name}" or p.startswith(f"/credentialSubject/{name}/") for p in kept
        )
    }
