"""HTTP of claiming by identity."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import JSONResponse

from digital_resume.adapters.database import SessionDep
from issuer.claims.identity import MAX_PRESENTATION_CHARS, claim_by_identity
from issuer.context import ContextDep
from issuer.institutions.path import InstitutionDep
from issuer.json_body import Body

router = APIRouter(tags=["Claims"])


class IdentityClaim(Body):
    """An IdentityCredential presented to an institution."""

    presentation: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_PRESENTATION_CHARS,
            description="SD-JWT with key binding; nonce = `c_nonce`, aud = credential issuer identifier",
            examples=["eyJhbGciOiJFUzI1NiIsInR5cCI6ImRjK3NkLWp3dCJ9…~WyI…~eyJ0eXAiOiJrYitqd3QifQ…"],
        ),
    ]
    receipt: Annotated[
        dict[str, Any] | None,
        Field(
            max_length=16,
            description="The credential's anchor receipt; needed where another deployment issued it",
        ),
    ] = None


class Offers(Body):
    """Offers for what waits for the person."""

    offers: list[dict[str, Any]]


@router.post("/i/{slug}/claims/identity", response_model=Offers, summary="Claim by presenting an identity")
async def claim(
    institution: InstitutionDep, body: IdentityClaim, session: SessionDep, context: ContextDep
) -> JSONResponse:
    """Present an IdentityCredential and get offers, bound to its key, for the records of that person."""
    offers = await claim_by_identity(session, context, institution, body.presentation, body.receipt)
    return JSONResponse({"offers": offers}, headers={"Cache-Control": "no-store"})
