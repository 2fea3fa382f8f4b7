"""``GET /receipts/{leaf}``: 200 the receipt, immutable | 304 | 202 not anchored yet | 404 unknown.

Only what is final is kept by anybody: "pending" and every error are ``no-store``.
"""

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from starlette.responses import JSONResponse, Response

from digital_resume.adapters.database import Database, DatabaseDep
from digital_resume.core.anchoring.receipt import Receipt
from digital_resume.core.encoding.bounded_json import dump_json
from digital_resume.web.openapi import problems
from issuer.anchoring.proofs import StorageProofs
from issuer.anchoring.receipts import receipt_of
from issuer.context import Context, ContextDep

router = APIRouter(tags=["Receipts"])

FOR_EVER = "public, max-age=31536000, immutable"


def proofs_of(request: Request) -> StorageProofs:
    """Return what reads storage proofs in this process."""
    proofs = request.app.state.storage_proofs
    assert isinstance(proofs, StorageProofs)
    return proofs


ProofsDep = Annotated[StorageProofs, Depends(proofs_of)]


@router.get(
    "/receipts/{leaf}",
    summary="Anchor receipt of a credential",
    responses={
        202: {
            "description": "Not anchored yet",
            "content": {"application/json": {"example": {"state": "pending"}}},
        },
        304: {"description": "The receipt that is kept already"},
    },
    openapi_extra=problems("not_found"),
)
async def receipt(
    leaf: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="leaf hash, lower-case hex")],
    database: DatabaseDep,
    context: ContextDep,
    if_none_match: Annotated[str | None, Header(max_length=1_000)] = None,
) -> Response:
    """The proof that a credential's leaf is under a root on the chain. It never changes: keep it."""
    found = await _find(database, context, leaf)
    if found is None:
        return _pending()
    return _for_ever(found.to_json(), if_none_match)


@router.get(
    "/receipts/{leaf}/proof",
    summary="Storage proof of a receipt's root",
    responses={202: {"description": "Not anchored yet"}},
    openapi_extra=problems("not_found", "source_unavailable", ("block_not_final", 503)),
)
async def proof(
    leaf: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="leaf hash, lower-case hex")],
    database: DatabaseDep,
    context: ContextDep,
    proofs: ProofsDep,
    block: Annotated[int | None, Query(ge=0, le=1 << 53, description="a checkpoint's block")] = None,
) -> Response:
    """What proves the receipt's root against a checkpoint of that block, without asking the chain."""
    found = await _find(database, context, leaf)
    if found is None:
        return _pending()
    document = (await proofs.of(found, block)).to_json()
    if block is None:
        return JSONResponse(document, headers={"Cache-Control": "no-store"})
    return _for_ever(document, None)


async def _find(database: Database, context: Context, leaf: str) -> Receipt | None:
    # One question outside any transaction: beginning and ending one would be two more.
    async with database.engine.connect() as raw:
        connection = await raw.execution_options(isolation_level="AUTOCOMMIT")
        return await receipt_of(connection, context.deployments().anchor_chain, bytes.fromhex(leaf))


def _pending() -> Response:
    return JSONResponse(
        {"state": "pending"}, status_code=202, headers={"Cache-Control": "no-store", "Retry-After": "5"}
    )


def _for_ever(document: dict[str, Any], if_none_match: str | None) -> Response:
    body = dump_json(document)
    headers = {"Cache-Control": FOR_EVER, "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"'}
    if names_tag(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def names_tag(header: str | None, tag: str) -> bool:
    """Tell whether ``If-None-Match`` names an entity tag (RFC 9110, 13.1.2: weak comparison)."""
    tags = [each.strip().removeprefix("W/") for each in (header or "").split(",")]
    return tag in tags or tags == ["*"]
