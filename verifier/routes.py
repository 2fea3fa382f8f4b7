"""The verifier's HTTP API: one verification a request, the page's settings, and what works."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from digital_resume.web.client_address import client_network
from digital_resume.web.openapi import problems
from digital_resume.web.problems import problem_kinds
from verifier.openapi import answers
from verifier.verification import VerificationService

router = APIRouter()

PROBLEMS = problem_kinds(
    ("verifier_busy", 503, {"Retry-After": "5"}),
    ("verification_timeout", 503, {"Retry-After": "5"}),
    ("verification_too_dear", 422),
)


class VerificationRequest(BaseModel):
    """A presentation and what it must have been made for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "presentation": {
                    "@context": ["https://www.w3.org/ns/credentials/v2"],
                    "type": ["VerifiablePresentation"],
                    "holder": "did:key:zDn…",
                    "verifiableCredential": [],
                    "receipts": [],
                    "proof": {"type": "DataIntegrityProof", "cryptosuite": "ecdsa-jcs-2019"},
                },
                "challenge": "q2h0c2hhcmUtaWQtMTZieQ",
                "domain": None,
                "expires": 1798675200,
            }
        },
    )

    presentation: dict[str, Any] = Field(description="The VerifiablePresentation, as it was decrypted.")
    challenge: str = Field(
        min_length=1, max_length=256, description="The share id of the link, or the verifier's own nonce."
    )
    domain: str | None = Field(
        default=None,
        max_length=512,
        description="The recipient it must name; null accepts the one it names and shows it.",
    )
    expires: int | None = Field(
        default=None, ge=0, le=1 << 34, description="The share's expiry in Unix seconds, which it must carry."
    )
    as_of: str | None = Field(
        default=None,
        alias="asOf",
        min_length=10,
        max_length=40,
        description="Judge as of a past day: 2026-03-02 (its end, in Korea), or a moment with its offset. "
        "Answered from the status lists that this verifier itself has kept; null judges as of now.",
    )


async def verification_of(request: Request) -> VerificationService:
    """Return the app's verification service."""
    service = request.app.state.verification
    assert isinstance(service, VerificationService)
    return service


VerificationDep = Annotated[VerificationService, Depends(verification_of)]


@router.post(
    "/api/v1/verifications",
    summary="Verify a digital resume",
    responses=answers(
        "Verdict", s200="The verdict; a resume that fails is a verdict too, not an HTTP error."
    ),
    openapi_extra=problems(
        ("as_of_malformed", 400),
        ("as_of_in_future", 400),
        "verifier_busy",
        "verification_timeout",
        "verification_too_dear",
    ),
)
async def verify(body: VerificationRequest, service: VerificationDep, request: Request) -> JSONResponse:
    """Check every item of a presentation against signatures, the chain and current status.

    Nothing that is sent here is stored or logged.
    """
    verdict = await service.verify(
        body.presentation,
        challenge=body.challenge,
        domain=body.domain,
        expires=body.expires,
        as_of=body.as_of,
        client=client_network(request.scope, request.app.state.proxies),
    )
    return JSONResponse(verdict, headers={"cache-control": "no-store"})


@router.get("/config.json", include_in_schema=False)
async def config(request: Request) -> JSONResponse:
    """Return what the page must know: where shares are kept, and whether this is a demonstration."""
    settings = request.app.state.settings
    return JSONResponse(
        {
            "walletUrl": settings.wallet_url,
            "verifierUrl": settings.verifier_url,
            "demonstration": settings.demonstration,
            "chain": request.app.state.connections.chain_description(),
        },
        headers={"cache-control": "no-cache"},
    )


@router.get(
    "/healthz",
    summary="What works",
    responses=answers("Health", s200="All or a part works", s503="Nothing works"),
)
async def healthz(service: VerificationDep) -> JSONResponse:
    """Say what works: the chain, and how many status lists are kept. 503 only when nothing does."""
    health = await service.health()
    return JSONResponse(
        health,
        status_code=200 if health["status"] != "down" else 503,
        headers={"cache-control": "no-store"},
    )
