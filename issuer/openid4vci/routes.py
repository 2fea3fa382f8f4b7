"""HTTP of OpenID4VCI 1.0 for every institution: metadata, offer, token, nonce, credential, notification."""

from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Path, Request, Response
from starlette.responses import JSONResponse

from digital_resume.adapters.database import SessionDep
from digital_resume.core.encoding.bounded_json import parse_json
from digital_resume.core.errors import ResumeError
from digital_resume.error_words import particular
from digital_resume.web.openapi import FOREIGN, document_of, problems
from issuer.context import Context, ContextDep
from issuer.errors import ConflictError, NotFoundError
from issuer.institutions.models import Institution
from issuer.institutions.path import InstitutionDep
from issuer.openid4vci import credential as credentials
from issuer.openid4vci import dpop, examples, notification
from issuer.openid4vci.errors import ProtocolError
from issuer.openid4vci.metadata import (
    build_issuer_metadata,
    build_logo,
    build_server_metadata,
    build_type_document,
)
from issuer.openid4vci.nonces import issue_nonce
from issuer.openid4vci.offers import offer_object, offer_of
from issuer.openid4vci.token import Authorization, parse_token_request, redeem, token_of
from issuer.records import repository as records

router = APIRouter()
NO_STORE = {"Cache-Control": "no-store"}
_METADATA = {"Cache-Control": "public, max-age=300"}
_MAX_FIELDS = 16


# The path is inserted before the issuer's (section 12.2.2, RFC 8414); wallets of drafts up to 14 append it.
@router.get("/i/{slug}/.well-known/openid-credential-issuer", include_in_schema=False)
@router.get(
    "/.well-known/openid-credential-issuer/i/{slug}",
    tags=["OpenID4VCI"],
    summary="Credential issuer metadata",
    openapi_extra=problems("not_found"),
)
async def issuer_metadata(institution: InstitutionDep, context: ContextDep) -> JSONResponse:
    """What the institution issues, in which format, with names in Korean and English (section 12.2)."""
    return JSONResponse(build_issuer_metadata(context, institution), headers=_METADATA)


@router.get("/i/{slug}/.well-known/oauth-authorization-server", include_in_schema=False)
@router.get(
    "/.well-known/oauth-authorization-server/i/{slug}",
    tags=["OpenID4VCI"],
    summary="Authorization server metadata",
    openapi_extra=problems("not_found"),
)
async def server_metadata(institution: InstitutionDep, context: ContextDep) -> JSONResponse:
    """The token endpoint and its one grant, the pre-authorized code (RFC 8414)."""
    return JSONResponse(build_server_metadata(context, institution), headers=_METADATA)


@router.get(
    "/types/{name}",
    tags=["OpenID4VCI"],
    summary="Credential type metadata",
    openapi_extra=problems("unknown_credential_type"),
)
async def type_metadata(name: str, context: ContextDep) -> JSONResponse:
    """Schema, labels and disclosure policy of a credential type (SD-JWT VC type metadata)."""
    return JSONResponse(
        build_type_document(context.catalog.credential_type(name)),
        headers={"Cache-Control": "public, max-age=3600"},
    )


@router.get(
    "/types/{name}/logo.svg",
    tags=["OpenID4VCI"],
    summary="Picture of a credential type",
    responses=document_of("image/svg+xml", "The picture"),
    openapi_extra=problems("unknown_credential_type"),
)
async def logo(name: str, context: ContextDep) -> Response:
    """The type's picture, which the metadata names (section 12.2.4)."""
    return Response(
        build_logo(context.catalog.credential_type(name).resume),
        media_type="image/svg+xml",
        headers={"Cache-Control": "public, max-age=3600"},
    )


@router.get(
    "/i/{slug}/offers/{offer_id}",
    tags=["OpenID4VCI"],
    summary="Credential offer by reference",
    openapi_extra=problems("not_found", "offer_ended"),
)
async def offer(
    institution: InstitutionDep,
    offer_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{22}$")],
    session: SessionDep,
    context: ContextDep,
) -> JSONResponse:
    """The offer behind ``credential_offer_uri`` (section 4.1.3); gone once it was used or has expired."""
    found = await offer_of(session, institution.id, offer_id)
    if found is None:
        raise NotFoundError(
            "There is no such offer. Check the link, or ask the institution for a new one.",
            message_ko=particular("not_found", "offer"),
        )
    record = await records.record_of(session, institution.id, found.record_id)
    if found.state != "open" or found.expires_at <= context.clock.now() or record is None:
        raise ConflictError(
            "This offer was used or has expired. Ask the institution for a new one.", code="offer_ended"
        )
    body = offer_object(
        context.credential_issuer(institution.slug),
        record.credential_type,
        context.cipher.open_code(found.id, found.encrypted_code),
        needs_transaction_code=found.tx_code_mac is not None,
    )
    return JSONResponse(body, headers=NO_STORE)


@router.post(
    "/i/{slug}/token",
    tags=["OpenID4VCI"],
    summary="Access token for a pre-authorized code",
    responses=examples.errors(
        "invalid_request",
        "invalid_grant",
        "unsupported_grant_type",
        "invalid_authorization_details",
        "invalid_dpop_proof",
        "use_dpop_nonce",
    ),
    openapi_extra={**examples.TOKEN, FOREIGN: True},
)
async def token(
    institution: InstitutionDep, request: Request, session: SessionDep, context: ContextDep
) -> JSONResponse:
    """Exchange a pre-authorized code, with its transaction code where it has one (section 6)."""
    if _media_type(request) != "application/x-www-form-urlencoded":
        raise ProtocolError("invalid_request", "Send the request as application/x-www-form-urlencoded.")
    try:
        text = (await request.body()).decode("utf-8")
        form = parse_qs(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict")
    except ValueError:
        raise ProtocolError("invalid_request", "The form cannot be read.") from None
    asked = parse_token_request(form, _proof_of(request, context, institution))
    await session.commit()  # gives the connection back: the code is redeemed in a transaction of its own
    return JSONResponse(await redeem(context, institution, asked), headers=NO_STORE)


@router.post(
    "/i/{slug}/nonce",
    tags=["OpenID4VCI"],
    summary="A fresh c_nonce",
    responses=examples.errors("invalid_request"),
    openapi_extra={FOREIGN: True},
)
async def nonce(institution: InstitutionDep, session: SessionDep, context: ContextDep) -> JSONResponse:
    """A challenge for one proof or one identity presentation, good for five minutes (section 7)."""
    return JSONResponse({"c_nonce": await issue_nonce(session, context, institution.id)}, headers=NO_STORE)


@router.post(
    "/i/{slug}/credential",
    tags=["OpenID4VCI"],
    summary="The credential, bound to the wallet's key",
    responses=examples.errors(
        "invalid_credential_request",
        "unknown_credential_configuration",
        "unknown_credential_identifier",
        "invalid_proof",
        "invalid_nonce",
        "invalid_encryption_parameters",
        "credential_request_denied",
        token=True,
    ),
    openapi_extra={**examples.CREDENTIAL, FOREIGN: True},
)
async def credential(
    institution: InstitutionDep,
    request: Request,
    session: SessionDep,
    context: ContextDep,
) -> JSONResponse:
    """Prove a key and receive the credential (section 8)."""
    access = await token_of(session, context, institution, _shown(request, context, institution))
    body = await _json(request, "invalid_credential_request")
    answer = await credentials.issue(session, context, institution, access, body)
    return JSONResponse(answer, headers=NO_STORE)


@router.post(
    "/i/{slug}/notification",
    tags=["OpenID4VCI"],
    summary="What became of the credential",
    status_code=204,
    responses=examples.errors("invalid_notification_request", "invalid_notification_id", token=True),
    openapi_extra={**examples.NOTIFICATION, FOREIGN: True},
)
async def notify(
    institution: InstitutionDep,
    request: Request,
    session: SessionDep,
    context: ContextDep,
) -> Response:
    """The wallet kept, dropped or could not keep the credential (section 11)."""
    access = await token_of(session, context, institution, _shown(request, context, institution))
    await notification.receive(session, access, await _json(request, "invalid_notification_request"))
    return Response(status_code=204)


def _proof_of(request: Request, context: Context, institution: Institution) -> dpop.Proof | None:
    """Return the verified DPoP proof of a token request; ``None`` when it has none."""
    sent = request.headers.get("dpop")
    if sent is None:
        return None
    url = f"{context.credential_issuer(institution.slug)}/token"
    return dpop.verify_proof(context, sent, method=request.method, url=url)


def _shown(request: Request, context: Context, institution: Institution) -> Authorization:
    # The address is the one that the metadata names, whatever a proxy made of it on the way.
    endpoint = request.url.path.rsplit("/", 1)[-1]
    return Authorization(
        request.headers.get("authorization"),
        request.headers.get("dpop"),
        request.method,
        f"{context.credential_issuer(institution.slug)}/{endpoint}",
    )


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


async def _json(request: Request, error: str) -> Any:
    if _media_type(request) != "application/json":
        raise ProtocolError(error, "Send the request as application/json.")
    try:
        return parse_json(await request.body())
    except ResumeError as problem:
        raise ProtocolError(error, problem.message) from None
