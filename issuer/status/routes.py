"""The published forms of the status lists."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import JSONResponse, Response

from digital_resume.adapters.database import SessionDep
from issuer.context import Context, ContextDep
from issuer.institutions.models import Institution
from issuer.institutions.path import InstitutionDep
from issuer.institutions.signing_keys import signer_of
from issuer.status.forms import served_list

router = APIRouter(tags=["Status"])

Number = Annotated[int, Path(ge=1, le=1_000_000, description="number of the institution's list")]
Purpose = Annotated[str, Path(pattern="^(revocation|suspension)$")]


def _uri(context: Context, institution: Institution, number: int) -> str:
    return f"{context.credential_issuer(institution.slug)}/status/{number}"


@router.get("/i/{slug}/status/{number}", summary="Token Status List")
async def token(
    institution: InstitutionDep, number: Number, session: SessionDep, context: ContextDep
) -> Response:
    """The list as ``application/statuslist+jwt``, in the version that the chain names."""
    served = await served_list(session, _uri(context, institution, number))
    signer = await signer_of(session, context, institution)
    return Response(
        served.token(signer, context.settings, context.clock.now()),
        media_type="application/statuslist+jwt",
        headers=_caching(context),
    )


@router.get("/i/{slug}/status/{number}/bitstring/{purpose}", summary="Bitstring Status List")
async def bitstring(
    institution: InstitutionDep, number: Number, purpose: Purpose, session: SessionDep, context: ContextDep
) -> JSONResponse:
    """The list as a BitstringStatusListCredential of one purpose, for verifiers of W3C's form."""
    served = await served_list(session, _uri(context, institution, number))
    signer = await signer_of(session, context, institution)
    document = served.bitstring(
        purpose, institution.did, signer, context.settings, context.clock.now().replace(microsecond=0)
    )
    return JSONResponse(document, media_type="application/vc", headers=_caching(context))


@router.get("/i/{slug}/status/{number}/anchor", summary="Path from the list to the chain")
async def anchor(
    institution: InstitutionDep, number: Number, session: SessionDep, context: ContextDep
) -> JSONResponse:
    """What shows that this very version of the list is under the status root on the chain."""
    served = await served_list(session, _uri(context, institution, number))
    return JSONResponse(served.anchor(context.deployments().status_chain), headers=_caching(context))


def _caching(context: Context) -> dict[str, str]:
    # Shorter than the ttl: list and path must be of one version, and a new one replaces both.
    return {"Cache-Control": f"public, max-age={min(10, context.settings.status_ttl_seconds)}"}
