"""The published forms of the status lists."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from starlette.requests import Request
from starlette.responses import Response

from digital_resume.adapters.database import SessionDep
from digital_resume.core.encoding.bounded_json import dump_json
from digital_resume.web.openapi import document_of, problems
from issuer.context import Context, ContextDep
from issuer.institutions.models import Institution
from issuer.institutions.path import InstitutionDep
from issuer.institutions.signing_keys import document_signer_of, signer_of
from issuer.status.serving import StatusForms

router = APIRouter(tags=["Status"])

Number = Annotated[int, Path(ge=1, le=1_000_000, description="number of the institution's list")]
Purpose = Annotated[str, Path(pattern="^(revocation|suspension)$")]


def _uri(context: Context, institution: Institution, number: int) -> str:
    return f"{context.credential_issuer(institution.slug)}/status/{number}"


def forms_of(request: Request) -> StatusForms:
    """Return the forms that this process keeps."""
    forms = request.app.state.status_forms
    assert isinstance(forms, StatusForms)
    return forms


FormsDep = Annotated[StatusForms, Depends(forms_of)]


@router.get(
    "/i/{slug}/status/{number}",
    summary="Token Status List",
    responses=document_of("application/statuslist+jwt", "The signed token"),
    openapi_extra=problems("not_found", "status_not_published"),
)
async def token(
    institution: InstitutionDep, number: Number, session: SessionDep, context: ContextDep, forms: FormsDep
) -> Response:
    """The list as ``application/statuslist+jwt``, in the version that the chain names."""
    signer, now = await signer_of(session, context, institution), context.clock.now()
    body = await forms.body(
        session,
        _uri(context, institution, number),
        "token",
        lambda served: served.token(signer, context.settings, now).encode(),
        key=signer.verification_method,
        now=now,
    )
    return Response(body, media_type="application/statuslist+jwt", headers=_caching(context))


@router.get(
    "/i/{slug}/status/{number}/bitstring/{purpose}",
    summary="Bitstring Status List",
    responses=document_of("application/vc", "The signed BitstringStatusListCredential"),
    openapi_extra=problems("not_found", "status_not_published"),
)
async def bitstring(
    institution: InstitutionDep,
    number: Number,
    purpose: Purpose,
    *,
    session: SessionDep,
    context: ContextDep,
    forms: FormsDep,
) -> Response:
    """The list as a BitstringStatusListCredential of one purpose, for verifiers of W3C's form."""
    signer = await document_signer_of(session, context, institution)
    now = context.clock.now().replace(microsecond=0)
    body = await forms.body(
        session,
        _uri(context, institution, number),
        purpose,
        lambda served: dump_json(served.bitstring(purpose, institution.did, signer, context.settings, now)),
        key=signer.verification_method,
        now=now,
    )
    return Response(body, media_type="application/vc", headers=_caching(context))


@router.get(
    "/i/{slug}/status/{number}/anchor",
    summary="Path from the list to the chain",
    openapi_extra=problems("not_found", "status_not_published"),
)
async def anchor(
    institution: InstitutionDep, number: Number, session: SessionDep, context: ContextDep, forms: FormsDep
) -> Response:
    """What shows that this very version of the list is under the status root on the chain."""
    body = await forms.body(
        session,
        _uri(context, institution, number),
        "anchor",
        lambda served: dump_json(served.anchor(context.deployments().status_chain)),
        key="",
        now=context.clock.now(),
    )
    return Response(body, media_type="application/json", headers=_caching(context))


def _caching(context: Context) -> dict[str, str]:
    # Shorter than the ttl: list and path must be of one version, and a new one replaces both.
    return {"Cache-Control": f"public, max-age={min(10, context.settings.status_ttl_seconds)}"}
