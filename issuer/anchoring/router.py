"""``GET /receipts/{leaf}``: 200 the receipt, for ever | 202 not anchored yet | 404 unknown."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import JSONResponse

from adapters.database import SessionDep
from issuer.anchoring.receipts import receipt_of
from issuer.context import ContextDep

router = APIRouter(tags=["Receipts"])


@router.get(
    "/receipts/{leaf}",
    summary="Anchor receipt of a credential",
    responses={
        202: {
            "description": "Not anchored yet",
            "content": {"application/json": {"example": {"state": "pending"}}},
        }
    },
)
async def receipt(
    leaf: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="leaf hash, lower-case hex")],
    session: SessionDep,
    context: ContextDep,
) -> JSONResponse:
    """The proof that a credential's leaf is under a root on the chain. It never changes: keep it."""
    found = await receipt_of(session, context.deployments().anchor_chain, bytes.fromhex(leaf))
    if found is None:
        return JSONResponse(
            {"state": "pending"}, status_code=202, headers={"Cache-Control": "no-store", "Retry-After": "5"}
        )
    return JSONResponse(found.to_json(), headers={"Cache-Control": "public, max-age=31536000, immutable"})
