"""The institution's keys, for whoever reads them from it: DID document and JWT VC issuer metadata."""

from fastapi import APIRouter
from starlette.responses import JSONResponse

from digital_resume.adapters.database import SessionDep
from digital_resume.web.openapi import document_of, problems
from issuer.context import ContextDep
from issuer.institutions import repository
from issuer.institutions.did_document import build_did_document
from issuer.institutions.issuer_metadata import build_issuer_metadata
from issuer.institutions.path import InstitutionDep

router = APIRouter(tags=["Institution"])


@router.get(
    "/.well-known/jwt-vc-issuer/i/{slug}",
    summary="JWT VC issuer metadata",
    openapi_extra=problems("not_found"),
)
async def jwt_vc_issuer(
    institution: InstitutionDep, session: SessionDep, context: ContextDep
) -> JSONResponse:
    """The institution's keys as a JWK set, with their certificates where it has any (SD-JWT VC)."""
    keys = await repository.all_keys(session, institution.id)
    metadata = build_issuer_metadata(context.credential_issuer(institution.slug), keys)
    return JSONResponse(metadata, headers={"Cache-Control": "public, max-age=300"})


@router.get(
    "/i/{slug}/did.json",
    summary="DID document",
    responses=document_of("application/did+json", "The DID document"),
    openapi_extra=problems("not_found"),
)
async def did_document(institution: InstitutionDep, session: SessionDep, context: ContextDep) -> JSONResponse:
    """The institution's keys as did:web; which of them count is what the chain says."""
    keys = await repository.all_keys(session, institution.id)
    document = build_did_document(institution.did, context.credential_issuer(institution.slug), keys)
    return JSONResponse(
        document, media_type="application/did+json", headers={"Cache-Control": "public, max-age=300"}
    )
