"""The canonical status lists: making them, giving out entries, reading and changing a status.

Entries are given out at random, so an index tells nothing of when a credential was issued. One in a
hundred is a decoy that no credential has, some of them marked, so that the marks in a list count nothing
exactly. A list that is half full gives out no more, and the next one is begun.
"""

import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.status.status_array import Status, StatusArray
from issuer.context import Context
from issuer.models import Institution, StatusEntry, StatusList

DECOYS_PER_MILLE: Final = 10
_TRIES: Final = 12
"""A list counts as full when so many random entries in a row are taken: half full, one in 4,096."""

__all__ = ["Entry", "Status", "create_list", "read_status", "take_entry", "write_status"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A credential's place in a status list."""

    list_id: UUID
    uri: str
    index: int


async def create_list(session: AsyncSession, context: Context, institution: Institution, number: int) -> None:
    """Begin a status list, decoys in place; nothing happens when that number exists."""
    size = context.settings.status_list_size
    statuses = StatusArray.new(size)
    decoys = secrets.SystemRandom().sample(range(size), size * DECOYS_PER_MILLE // 1000)
    for index in decoys:
        statuses.set(index, _decoy_status())
    list_id = uuid4()
    made = await session.execute(
        insert(StatusList)
        .values(
            id=list_id,
            institution_id=institution.id,
            number=number,
            uri=f"{context.credential_issuer(institution.slug)}/status/{number}",
            size=size,
            statuses=statuses.raw,
        )
        .on_conflict_do_nothing()
        .returning(StatusList.id)
    )
    if made.first() is not None:
        rows = [{"status_list_id": list_id, "index": index} for index in decoys]
        await session.execute(insert(StatusEntry), rows)


def _decoy_status() -> Status:
    """Return a decoy's status: most are as valid as the credentials around them."""
    draw = secrets.randbelow(10)
    return Status.REVOKED if draw == 0 else Status.SUSPENDED if draw == 1 else Status.VALID


async def take_entry(
    session: AsyncSession, context: Context, institution: Institution, credential_id: UUID
) -> Entry:
    """Take a random entry that nobody has, in the institution's newest list."""
    while True:
        current = (
            await session.execute(
                select(StatusList.id, StatusList.number, StatusList.uri, StatusList.size)
                .where(StatusList.institution_id == institution.id)
                .order_by(StatusList.number.desc())
                .limit(1)
            )
        ).one()
        for _ in range(_TRIES):
            index = secrets.randbelow(current.size)
            taken = await session.execute(
                insert(StatusEntry)
                .values(status_list_id=current.id, index=index, credential_id=credential_id)
                .on_conflict_do_nothing()
                .returning(StatusEntry.index)
            )
            if taken.first() is not None:
                return Entry(current.id, current.uri, index)
        await create_list(session, context, institution, current.number + 1)


async def read_status(session: AsyncSession, list_id: UUID, index: int, *, lock: bool = False) -> Status:
    """Return the status an institution last set; with ``lock`` nobody else changes the list meanwhile."""
    query = select(StatusList.statuses).where(StatusList.id == list_id)
    if lock:
        query = query.with_for_update()
    return StatusArray((await session.scalars(query)).one()).get(index)


async def write_status(session: AsyncSession, list_id: UUID, index: int, status: Status) -> None:
    """Set a status in a list that ``read_status`` locked."""
    raw = (await session.scalars(select(StatusList.statuses).where(StatusList.id == list_id))).one()
    statuses = StatusArray(raw)
    statuses.set(index, status)
    await session.execute(
        update(StatusList).where(StatusList.id == list_id).values(statuses=statuses.raw, changed=True)
    )
