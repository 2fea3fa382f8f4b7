"""Receipts by leaf, assembled from the tiles of a confirmed batch: one question to the database each."""

import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import LargeBinary, Row, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from digital_resume.core.anchoring.leaf import HASH_BYTES
from digital_resume.core.anchoring.merkle import (
    TILE_WIDTH,
    TileReader,
    find_in_tile,
    path_from_tiles,
    paths_of_tile,
)
from digital_resume.core.anchoring.receipt import Receipt
from digital_resume.core.errors import ReceiptError, SourceUnavailableError
from digital_resume.core.trust.issuers import ChainRef
from digital_resume.error_words import particular
from issuer.anchoring.models import Batch, Tile
from issuer.errors import NotFoundError

log = logging.getLogger(__name__)

# The batch whose range has the leaf's number; the one leaf tile that can hold it; one tile of each level
# above. A tree of MAX_TREE_SIZE leaves has tiles on levels 0 to 3.
_QUERY: Final = text(
    """
select batch.state, batch.root, batch.size, batch.submitter, batch.transaction_hash, batch.block_number,
       batch.anchored_at, own.number as tile, own.hashes,
       array(select tile.hashes from generate_series(1, 3) as above(level)
             join issuer.tile on tile.batch_id = batch.id and tile.level = above.level
                             and tile.number = own.number >> (8 * above.level)
             order by above.level) as above
from issuer.leaf
left join lateral (select * from issuer.batch where batch.last_number >= leaf.number
                   order by batch.last_number limit 1) as batch on batch.first_number <= leaf.number
left join lateral (select tile.number, tile.hashes from issuer.tile
                   where tile.batch_id = batch.id and tile.level = 0 and tile.first_number <= leaf.number
                   order by tile.first_number desc limit 1) as own on batch.state = 'confirmed'
where leaf.digest = :leaf
"""
).bindparams(bindparam("leaf", type_=LargeBinary))


async def receipt_of(session: AsyncSession | AsyncConnection, chain: ChainRef, leaf: bytes) -> Receipt | None:
    """Return the receipt of a leaf; ``None`` while it waits for its anchor.

    Args:
        session: the request's session, or a connection.
        chain: the chain and contract of this deployment.
        leaf: the leaf's hash.

    Raises:
        NotFoundError: no such leaf.
        SourceUnavailableError: the stored tiles are damaged.
    """
    row = (await session.execute(_QUERY, {"leaf": leaf})).one_or_none()
    if row is None:
        raise NotFoundError(
            "There is no such leaf here. Check its digest, or ask the issuer of the credential.",
            message_ko=particular("not_found", "leaf"),
        )
    if row.state != "confirmed":
        return None
    return _receipt(row, chain, leaf, *_place(row, leaf))


async def receipts_of_batch(session: AsyncSession, chain: ChainRef, batch_id: int) -> AsyncIterator[Receipt]:
    """Yield the receipt of every leaf of a confirmed batch, in its order, with the memory of a few tiles.

    Raises:
        NotFoundError: no such batch, or it is not confirmed.
        SourceUnavailableError: the stored tiles are damaged.
    """
    batch = await session.get(Batch, batch_id)
    if batch is None or batch.state != "confirmed":
        raise NotFoundError(
            "There is no anchored batch of that number. Check the number.",
            message_ko=particular("not_found", "batch"),
        )
    above = {
        (tile.level, tile.number): tile.hashes
        for tile in await session.scalars(select(Tile).where(Tile.batch_id == batch_id, Tile.level > 0))
    }
    query = select(Tile.number, Tile.hashes).where(Tile.batch_id == batch_id, Tile.level == 0)
    async for number, hashes in await session.stream(query.order_by(Tile.number)):
        tiles = {**above, (0, number): hashes}
        with _stored_tiles():
            paths = paths_of_tile(number, batch.size, _reader(tiles))
        for place, path in enumerate(paths):
            leaf = hashes[place * HASH_BYTES : (place + 1) * HASH_BYTES]
            yield _receipt(batch, chain, leaf, number * TILE_WIDTH + place, path)


def _receipt(
    batch: Row[Any] | Batch, chain: ChainRef, leaf: bytes, index: int, path: tuple[bytes, ...]
) -> Receipt:
    # A confirmed batch has them all.
    assert batch.submitter is not None
    assert batch.transaction_hash is not None
    assert batch.block_number is not None
    assert batch.anchored_at is not None
    return Receipt(
        leaf=leaf,
        index=index,
        size=batch.size,
        path=path,
        root=batch.root,
        chain=chain,
        submitter=batch.submitter,
        transaction="0x" + batch.transaction_hash.hex(),
        block_number=batch.block_number,
        block_time=batch.anchored_at,
    )


def _reader(tiles: Mapping[tuple[int, int], bytes]) -> TileReader:
    return lambda level, number: tiles[level, number]


def _place(row: Row[Any], leaf: bytes) -> tuple[int, tuple[bytes, ...]]:
    tiles = [row.hashes, *row.above]
    with _stored_tiles():
        position = row.tile * TILE_WIDTH + find_in_tile(row.hashes, leaf)
        return position, path_from_tiles(position, row.size, lambda level, _number: bytes(tiles[level]))


@contextmanager
def _stored_tiles() -> Iterator[None]:
    """Turn what is wrong with stored tiles into the operator's error: the asker did nothing wrong."""
    try:
        yield
    except (ReceiptError, KeyError, IndexError, TypeError):
        log.exception(
            "The tiles of a batch are damaged or gone. Restore them from the backup of the database."
        )
        raise SourceUnavailableError(
            "The issuer's stored tree is damaged. Ask again when its operator has restored it.",
            code="tiles_damaged",
        ) from None
