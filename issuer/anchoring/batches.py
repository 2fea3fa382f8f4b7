"""Batches in the database: sealing what waits, confirming, taking back. No chain here.

A leaf is in one batch at one place by the table's constraints; sealing takes leaves ``FOR UPDATE SKIP
LOCKED``, so two workers never take the same one and never wait for one another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ARRAY, LargeBinary, bindparam, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.anchoring.merkle import MerkleTree
from issuer.models import Batch, Leaf, Tile

MAX_LEAVES: Final = 1_000_000
"""Most leaves one batch takes; what is more waits for the next one."""

_CHUNK: Final = 20_000

_PLACE = text(
    "update issuer.leaf set batch_id = :batch, position = :first + taken.ordinal - 1 "
    "from unnest(:digests) with ordinality as taken(digest, ordinal) "
    "where leaf.digest = taken.digest and leaf.batch_id is null"
).bindparams(bindparam("digests", type_=ARRAY(LargeBinary)))


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """A batch that is not confirmed."""

    id: int
    root: bytes


async def seal(session: AsyncSession, limit: int = MAX_LEAVES) -> OpenBatch | None:
    """Take every collecting leaf into a batch, store its tree as tiles; ``None`` when nothing waits."""
    leaves = list(
        await session.scalars(
            select(Leaf.digest)
            .where(Leaf.batch_id.is_(None))
            .order_by(Leaf.number)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )
    if not leaves:
        return None
    tree = MerkleTree(leaves)
    batch = Batch(state="sealed", root=tree.root, size=tree.size)
    session.add(batch)
    await session.flush()
    await _place(session, batch.id, leaves)
    tiles = [
        {"batch_id": batch.id, "level": level, "number": number, "hashes": hashes}
        for (level, number), hashes in tree.tiles.items()
    ]
    await session.execute(insert(Tile), tiles)
    return OpenBatch(batch.id, batch.root)


async def _place(session: AsyncSession, batch_id: int, leaves: Sequence[bytes]) -> None:
    placed = 0
    for first in range(0, len(leaves), _CHUNK):
        chunk = leaves[first : first + _CHUNK]
        result = await session.execute(_PLACE, {"batch": batch_id, "first": first, "digests": chunk})
        placed += result.rowcount  # type: ignore[attr-defined]  # a CursorResult at run time
    if placed != len(leaves):
        raise RuntimeError("a locked leaf was placed by somebody else")


async def open_batches(session: AsyncSession) -> list[OpenBatch]:
    """Return the batches that are not confirmed, oldest first."""
    rows = await session.execute(
        select(Batch.id, Batch.root).where(Batch.state != "confirmed").order_by(Batch.id)
    )
    return [OpenBatch(row.id, row.root) for row in rows]


async def newest_confirmed(session: AsyncSession, before: int | None = None) -> Batch | None:
    """Return the newest confirmed batch, or the newest one before ``before``."""
    query = select(Batch).where(Batch.state == "confirmed").order_by(Batch.id.desc()).limit(1)
    if before is not None:
        query = query.where(Batch.id < before)
    return (await session.scalars(query)).one_or_none()


async def confirm(
    session: AsyncSession,
    batch_id: int,
    *,
    submitter: str,
    transaction_hash: bytes,
    block_number: int,
    anchored_at: datetime,
) -> None:
    """Record where and when a batch's root stands on the chain, finally."""
    await session.execute(
        update(Batch)
        .where(Batch.id == batch_id)
        .values(
            state="confirmed",
            submitter=submitter,
            transaction_hash=transaction_hash,
            block_number=block_number,
            anchored_at=anchored_at,
            confirmed_at=func.now(),
        )
    )


async def set_state(session: AsyncSession, batch_id: int, state: str) -> None:
    """Move a batch to ``sealed`` or ``submitted``."""
    await session.execute(update(Batch).where(Batch.id == batch_id).values(state=state, confirmed_at=None))
