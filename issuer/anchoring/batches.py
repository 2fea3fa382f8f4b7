"""Batches in the database: their states, confirming, rolling back. No chain here.

Making them is the work of ``issuer.anchoring.sealing``.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.anchoring.models import Batch, Leaf


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """A batch that is not confirmed."""

    id: int
    root: bytes


async def last_leaf(session: AsyncSession) -> int:
    """Return the highest number of a leaf; 0 when there is none."""
    return await session.scalar(select(func.max(Leaf.number))) or 0


async def is_anchored_up_to(session: AsyncSession, number: int) -> bool:
    """Tell whether every leaf up to a leaf's number is in a confirmed batch."""
    sealed = await session.scalar(select(func.max(Batch.last_number))) or 0
    waiting = exists().where(Batch.state != "confirmed", Batch.first_number <= number)
    return sealed >= number and not await session.scalar(select(waiting))


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
