"""The routes of the VC-API (W3C CCG VC-API 0.3) and of the DID resolution HTTP binding.

Every body is read strictly, whatever content type it says; the work runs in threads, for it is computing.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import orjson
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from digital_resume.core.encoding.bounded_json import as_list
from digital_resume.core.errors import MalformedError, ResumeError, SourceUnavailableError
from digital_resume.core.identifiers.resolution import Resolution, ResolutionOptions
from digital_resume.vc_api import openapi
from digital_resume.vc_api.issuers import Issuer
from digital_resume.vc_api.issuing import issue
from digital_resume.vc_api.presenting import verify_presentation
from digital_resume.vc_api.problems import problem_response
from digital_resume.vc_api.proofs import Found, read_asked
from digital_resume.vc_api.requests import list_option, member, options_of, read_body, secured, text_option
from digital_resume.vc_api.sd import derive
from digital_resume.vc_api.service import Service
from digital_resume.vc_api.status_lists import ListKey
from digital_resume.vc_api.verifying import verify_credential

router = APIRouter()

_Result = TypeVar("_Result")
_DOCUMENT_TYPES: Final = ("application/did+ld+json", "application/did+json", "application/did")
_RESULT_TYPES: Final = (
    "application/did-resolution",
    "application/ld+json",
    "application/json",
    "application/*",
    "*/*",
)
_STATUSES: Final[Mapping[str, int]] = {
    "notFound": 404,
    "methodNotSupported": 501,
    "representationNotSupported": 406,
    "featureNotSupported": 501,
}


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _json(body: Mapping[str, Any], status: int = 200, media_type: str = "application/json") -> Response:
    return Response(
        _dump(body),
        status_code=status,
        media_type=media_type,
        headers={"Cache-Control": "no-store"},
    )


def _dump(body: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(dict(body))
    except TypeError:
        # A token's claims may hold integers beyond 64 bits, which orjson does not write.
        return json.dumps(dict(body)).encode()


def _issuer(service: Service, name: str, key_type: object = None) -> Issuer:
    # A '+' of a media type may come as it is, or as a space that a client made of it.
    found = service.issuers.find(name.replace(" ", "+"), key_type)
    if found is None:
        raise HTTPException(404, "There is no such issuer; GET /issuers lists them.")
    return found


async def _attempt(work: Callable[[], _Result]) -> _Result:
    return await run_in_threadpool(work)


# --- issuing ---------------------------------------------------------------------------------------------


@router.get("/issuers", openapi_extra=openapi.LIST_ISSUERS)
async def list_issuers(request: Request) -> Response:
    """List the service's issuers."""
    return _json({"issuers": [_described(issuer) for issuer in _service(request).issuers]})


@router.get("/issuers/{name}", openapi_extra=openapi.GET_ISSUER)
async def get_issuer(request: Request, name: str) -> Response:
    """Tell an issuer's DID."""
    return _json(_described(_issuer(_service(request), name, request.query_params.get("keyType"))))


def _described(issuer: Issuer) -> dict[str, str]:
    return {
        "id": issuer.did,
        "name": issuer.name,
        "cryptosuite": issuer.mechanism,
        "keyType": issuer.curve,
        "verificationMethod": issuer.signer.verification_method,
    }


@router.post("/issuers/{name}/credentials/issue", status_code=201, openapi_extra=openapi.ISSUE)
async def issue_credential(request: Request, name: str) -> Response:
    """Issue a credential: 201 with ``verifiableCredential``, or 400."""
    service = _service(request)
    try:
        body = await read_body(request)
        options = options_of(body)
        issuer = _issuer(service, name, options.get("keyType"))
        credential = member(body, "credential")
        issued = await _attempt(lambda: issue(service, issuer, credential, options))
    except ResumeError as error:
        return problem_response([error])
    return _json({"verifiableCredential": issued}, 201)


@router.post("/issuers/{name}/credentials/status", openapi_extra=openapi.STATUS)
async def update_status_of_issuer(request: Request, name: str) -> Response:  # noqa: ARG001  # ids are unique
    """Change the status of a credential, as ``/credentials/status`` does."""
    return await update_status(request)


@router.post("/credentials/status", openapi_extra=openapi.STATUS)
async def update_status(request: Request) -> Response:
    """Change the status of a credential that this service gave a status entry: 200, 400 or 404."""
    service = _service(request)
    try:
        body = await read_body(request)
        credential_id = body.get("credentialId")
        if not isinstance(credential_id, str):
            raise _invalid("The request must have 'credentialId', a string.")
        changes = [_change(entry, body) for entry in as_list(body.get("credentialStatus"))]
        if not changes:
            raise _invalid("The request must have 'credentialStatus' with a statusPurpose.")
        done = [service.lists.update(credential_id, purpose, value) for purpose, value in changes]
    except ResumeError as error:
        return problem_response([error])
    if not all(done):
        raise HTTPException(404, "No credential of that id has such a status here.")
    return _json({"credentialId": credential_id, "updated": True})


def _change(entry: object, body: Mapping[str, Any]) -> tuple[str, int]:
    purpose = entry.get("statusPurpose") if isinstance(entry, dict) else None
    value = entry.get("status", body.get("status", True)) if isinstance(entry, dict) else True
    if isinstance(value, str) and value in ("0", "1"):
        value = int(value)
    if not isinstance(purpose, str) or not isinstance(value, int) or not 0 <= value < 256:
        raise _invalid("Each credentialStatus needs a statusPurpose and, if any, a status from 0 to 255.")
    return purpose, int(value)


@router.get("/status/{issuer}/{purpose}/{size}/{number}", openapi_extra=openapi.STATUS_LIST)
async def get_status_list(request: Request, issuer: str, purpose: str, size: str, number: str) -> Response:
    """Serve a status list as a signed BitstringStatusListCredential."""
    service = _service(request)
    if not (size.isascii() and size.isdigit() and number.isascii() and number.isdigit()):
        raise HTTPException(404, "There is no such status list.")
    if len(size) > 2 or len(number) > 6:
        raise HTTPException(404, "There is no such status list.")
    key = ListKey(issuer, purpose, int(size), int(number))
    found = await run_in_threadpool(service.status_list, key)
    if found is None:
        raise HTTPException(404, "There is no such status list.")
    if "timestamp" in request.query_params:
        # Bitstring Status List 1.0 section 3.2: the list as it was then, or this error, never another one.
        raise SourceUnavailableError(
            "Status lists are served as they are now only; ask without 'timestamp'.",
            code="status_unavailable",
        )
    wanted = request.headers.get("accept", "")
    return _json(found, 200, "application/vc" if "application/vc" in wanted else "application/ld+json")


# --- holding ---------------------------------------------------------------------------------------------


@router.post("/credentials/derive", status_code=201, openapi_extra=openapi.DERIVE)
async def derive_credential(request: Request) -> Response:
    """Derive a credential that discloses selectively: 201 with ``verifiableCredential``, or 400."""
    try:
        body = await read_body(request)
        options = options_of(body)
        pointers = list_option(options, "selectivePointers") or []
        proof_id = text_option(options, "proofId")
        credential = member(body, "verifiableCredential")
        derived = await _attempt(lambda: derive(credential, pointers, proof_id))
    except ResumeError as error:
        return problem_response([error])
    return _json({"verifiableCredential": derived}, 201)


# --- verifying -------------------------------------------------------------------------------------------


@router.post("/credentials/verify", openapi_extra=openapi.VERIFY)
async def verify_credential_route(request: Request) -> Response:
    """Verify a credential: 200 when it holds, 400 with problem details when not."""
    service = _service(request)
    try:
        body = await read_body(request)
        options = options_of(body)
        asked = read_asked(options)
        credential = secured(body, "verifiableCredential")
        found = await _attempt(lambda: verify_credential(service, credential, asked))
    except ResumeError as error:
        return problem_response([error], verified=False)
    answer = {**_good(found), "checks": sorted(asked.checks)}
    if options.get("returnCredential") is True:
        answer["credential"] = found.document
    return _json(answer)


@router.post("/presentations/verify", openapi_extra=openapi.VERIFY_PRESENTATION)
async def verify_presentation_route(request: Request) -> Response:
    """Verify a presentation and its credentials: 200 when all hold, 400 with problem details when not."""
    service = _service(request)
    try:
        body = await read_body(request)
        options = options_of(body)
        asked = read_asked(options)
        # One without proof may come as 'presentation' (VC-API, ProoflessVerifyPresentationRequest).
        bare = "presentation" in body and "verifiablePresentation" not in body
        presentation = secured(body, "presentation" if bare else "verifiablePresentation")
        found, credentials = await _attempt(lambda: verify_presentation(service, presentation, asked))
    except ResumeError as error:
        return problem_response([error], verified=False)
    answer = {
        **_good(found),
        "checks": sorted(asked.checks),
        "presentationResult": {"verified": True, "signed": bool(found.methods)},
        "credentialResults": [_good(credential) for credential in credentials],
    }
    if options.get("returnPresentation") is True:
        answer["presentation"] = found.document
    return _json(answer)


def _good(found: Found) -> dict[str, Any]:
    return {
        "verified": True,
        "problemDetails": [],
        "errors": [],
        "warnings": found.warnings,
        "verificationMethods": list(found.methods),
        **({"statuses": found.statuses} if found.statuses else {}),
    }


# --- DID resolution --------------------------------------------------------------------------------------


@router.get("/identifiers/{did:path}", openapi_extra=openapi.RESOLVE)
async def resolve(request: Request, did: str) -> Response:
    """Resolve a DID or dereference a DID URL (DID Resolution, HTTP(S) binding)."""
    service = _service(request)
    query = request.query_params
    options = ResolutionOptions(
        query.get("publicKeyFormat", "Multikey"),
        query.get("enableEncryptionKeyDerivation", "false").lower() == "true",
        query.get("enableExperimentalPublicKeyTypes", "false").lower() == "true",
    )
    accepted = _accepted(request.headers.get("accept", ""))
    if accepted is None:
        found = Resolution(
            None, "representationNotSupported", "This representation of the result is not supported."
        )
    else:
        found = await run_in_threadpool(service.resolver.resolve, did, options)
    if found.error is not None:
        return _json(found.as_json(), _STATUSES.get(found.error, 400))
    if accepted in _DOCUMENT_TYPES:
        return _json(found.document or {}, 200, accepted)
    # Clients of the binding's older profile parse what says it is JSON.
    return _json(found.as_json(), 200, "application/json")


def _accepted(header: str) -> str | None:
    """Return the media type to answer with; ``None`` when none of those asked for can be written."""
    if not header.strip():
        return "application/json"
    for entry in header.split(",")[:32]:
        kind = entry.split(";", 1)[0].strip().lower()
        if kind in _DOCUMENT_TYPES or kind in _RESULT_TYPES:
            return kind
    return None


def _invalid(message: str) -> MalformedError:
    return MalformedError(message, code="request_invalid")
