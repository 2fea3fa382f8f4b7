"""Receipts by leaf, assembled from the tiles of a confirmed batch."""

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from core.anchoring.merkle import TILE_WIDTH, path_from_tiles, tile_counts
from core.anchoring.receipt import Receipt
from core.trust import ChainRef
from issuer.errors import NotFoundError
from issuer.models import Batch, Leaf, Tile


async def receipt_of(session: AsyncSession, chain: ChainRef, leaf: bytes) -> Receipt | None:
    """Return the receipt of a leaf; ``None`` while it waits for its anchor.

    Args:
        session: the request's session.
        chain: the chain and contract of this deployment.
        leaf: the leaf's hash.

    Raises:
        NotFoundError: no such leaf.
    """
    row = (
        await session.execute(
            select(Leaf.position, Batch)
            .join(Batch, Batch.id == Leaf.batch_id, isouter=True)
            .where(Leaf.digest == leaf)
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError(
            "There is no such leaf here. Check its digest, or ask the issuer of the credential."
        )
    position, batch = row
    if batch is None or batch.state != "confirmed" or position is None:
        return None
    # A confirmed batch has them all.
    assert batch.submitter is not None
    assert batch.transaction_hash is not None
    assert batch.block_number is not None
    assert batch.anchored_at is not None
    path = await _path(session, batch, position)
    return Receipt(
        leaf=leaf,
        index=position,
        size=batch.size,
        path=path,
        root=batch.root,
        chain=chain,
        submitter=batch.submitter,
        transaction="0x" + batch.transaction_hash.hex(),
        block_number=batch.block_number,
        block_time=batch.anchored_at,
    )


async def _path(session: AsyncSession, batch: Batch, position: int) -> tuple[bytes, ...]:
    """Read one tile a level, in one query, and fold them into the path."""
    places = []
    index = position
    for level in range(len(tile_counts(batch.size))):
        index //= TILE_WIDTH
        places.append((level, index))
    rows = await session.execute(
        select(Tile.level, Tile.number, Tile.hashes).where(
            Tile.batch_id == batch.id, tuple_(Tile.level, Tile.number).in_(places)
        )
    )
    tiles = {(row.level, row.number): row.hashes for row in rows}
    return path_from_tiles(position, batch.size, lambda level, number: tiles[level, number])
