"""HTTP of claiming by identity."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import JSONResponse

from digital_resume.adapters.database import SessionDep
from digital_resume.web.openapi import problems
from issuer.claims.identity import MAX_PRESENTATION_CHARS, claim_by_identity
from issuer.context import ContextDep
from issuer.institutions.path import InstitutionDep
from issuer.json_body import Body

MAX_HELD: Final = 256
CREDENTIAL_ID: Final = "^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"

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
    held: Annotated[
        tuple[Annotated[str, Field(pattern=CREDENTIAL_ID)], ...],
        Field(
            max_length=MAX_HELD,
            description="Ids of this institution's credentials that the wallet has: they are passed over",
            examples=[["urn:uuid:0b7f3a52-8a1e-4e0c-9b7e-6f0a3c1d2e4f"]],
        ),
    ] = ()
    again: Annotated[
        bool,
        Field(
            description="Offer as well what was issued to a wallet that the person no longer has; claiming "
            "it supersedes the earlier credential"
        ),
    ] = False


class Offers(Body):
    """Offers for what waits for the person."""

    offers: list[dict[str, Any]]
    claimable_again: Annotated[
        int, Field(description="How many credentials this person was issued before and does not hold")
    ]


@router.post(
    "/i/{slug}/claims/identity",
    response_model=Offers,
    summary="Claim by presenting an identity",
    openapi_extra=problems("nonce_invalid", "identity_refused", "not_found", "source_unavailable"),
)
async def claim(
    institution: InstitutionDep, body: IdentityClaim, session: SessionDep, context: ContextDep
) -> JSONResponse:
    """Present an IdentityCredential and get offers, bound to its key, for the records of that person."""
    claimed = await claim_by_identity(
        session,
        context,
        institution,
        body.presentation,
        body.receipt,
        held={UUID(each) for each in body.held},
        again=body.again,
    )
    return JSONResponse(
        {"offers": claimed.offers, "claimableAgain": claimed.again}, headers={"Cache-Control": "no-store"}
    )
