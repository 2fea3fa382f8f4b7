"""The institution's DID document."""

from fastapi import APIRouter
from starlette.responses import JSONResponse

from digital_resume.adapters.database import SessionDep
from issuer.context import ContextDep
from issuer.institutions import repository
from issuer.institutions.did_document import build_did_document
from issuer.institutions.path import InstitutionDep

router = APIRouter(tags=["Institution"])


@router.get("/i/{slug}/did.json", summary="DID document")
async def did_document(institution: InstitutionDep, session: SessionDep, context: ContextDep) -> JSONResponse:
    """The institution's keys as did:web; which of them count is what the chain says."""
    keys = await repository.all_keys(session, institution.id)
    document = build_did_document(institution.did, context.credential_issuer(institution.slug), keys)
    return JSONResponse(
        document, media_type="application/did+json", headers={"Cache-Control": "public, max-age=300"}
    )
