"""Queries on records."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.records.models import Record


async def record_of(
    session: AsyncSession, institution_id: UUID, record_id: UUID, *, lock: bool = False
) -> Record | None:
    """Return a record of the institution; with ``lock`` nobody else changes it before the commit."""
    query = select(Record).where(Record.id == record_id, Record.institution_id == institution_id)
    if lock:
        # Not the key: a token that refers to the record is made under the lock of its offer alone.
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return (await session.scalars(query)).one_or_none()


async def records_after(
    session: AsyncSession,
    institution_id: UUID,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
    state: str | None,
    credential_type: str | None,
    external_id: str | None,
) -> list[Record]:
    """Return records of the institution in the order they came, from behind a place; filters where given."""
    query = select(Record).where(Record.institution_id == institution_id)
    if after is not None:
        query = query.where(tuple_(Record.created_at, Record.id) > tuple_(*after))
    for column, wanted in (
        (Record.state, state),
        (Record.credential_type, credential_type),
        (Record.external_id, external_id),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    return list(await session.scalars(query.order_by(Record.created_at, Record.id).limit(limit)))


async def records_of_person(
    session: AsyncSession, institution_id: UUID, indices: Collection[bytes], limit: int
) -> list[Record]:
    """Return and lock the records that may be of the person of some blind indices.

    Those that wait come first, the oldest before the newer; then those that were issued.
    """
    query = (
        select(Record)
        .where(
            Record.institution_id == institution_id,
            or_(Record.blind_index.in_(indices), Record.romanised_index.in_(indices)),
        )
        .order_by(Record.state == "issued", Record.created_at, Record.id)
        .limit(limit)
        .with_for_update(key_share=True)
    )
    return list(await session.scalars(query))
