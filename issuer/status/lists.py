"""The canonical status lists: making them, giving out entries, reading and changing a status.

Entries are given out at random, so an index tells nothing of when a credential was issued. One in a
hundred is a decoy that no credential has, some of them marked, so that the marks in a list count nothing
exactly. A list that is half full gives out no more, and the next one is begun.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, BigInteger, Row, Uuid, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from digital_resume.core.status.status_array import Status, StatusArray
from issuer.context import Context
from issuer.institutions.models import Institution
from issuer.status.models import StatusEntry, StatusList

DECOYS_PER_MILLE: Final = 10
_TRIES: Final = 12
"""A list counts as full when so many random entries in a row are taken (half full: one in 4,096), or more
than half of as many or more that are drawn together."""

_TAKE: Final = text(
    "insert into issuer.status_entry (status_list_id, index, credential_id) "
    "select :list, drawn.index, drawn.id from unnest(:indices, :ids) as drawn(index, id) "
    "on conflict do nothing returning index as place, credential_id"
).bindparams(
    bindparam("list", type_=Uuid),
    bindparam("indices", type_=ARRAY(BigInteger)),
    bindparam("ids", type_=ARRAY(Uuid)),
)

__all__ = ["Entry", "Status", "create_list", "read_status", "take_entries", "write_status"]


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


async def take_entries(
    session: AsyncSession, context: Context, institution: Institution, credential_ids: Sequence[UUID]
) -> list[Entry]:
    """Take a random entry that nobody has for each credential, in the institution's newest list.

    One is taken in the session. Many are taken in a transaction of their own, one taker at a time: two that
    wait for one another's entries would never end. If what they are for fails, they stay behind as decoys.
    """
    if len(credential_ids) <= 1:
        return await _take(session, context, institution, credential_ids)
    async with context.database.sessions.begin() as own:
        return await _take(own, context, institution, credential_ids, alone=True)


async def _take(
    session: AsyncSession,
    context: Context,
    institution: Institution,
    credential_ids: Sequence[UUID],
    *,
    alone: bool = False,
) -> list[Entry]:
    taken: dict[UUID, Entry] = {}
    missed = 0
    current = await _newest(session, institution, alone=alone)
    while len(taken) < len(credential_ids):
        waiting = [each for each in credential_ids if each not in taken]
        indices = [secrets.randbelow(current.size) for _ in waiting]
        rows = await session.execute(_TAKE, {"list": current.id, "indices": indices, "ids": waiting})
        found = {row.credential_id: Entry(current.id, current.uri, row.place) for row in rows}
        taken |= found
        missed = 0 if found else missed + len(waiting)
        if missed >= _TRIES or (len(waiting) >= _TRIES and 2 * len(found) < len(waiting)):
            await create_list(session, context, institution, current.number + 1)
            current, missed = await _newest(session, institution, alone=alone), 0
    return [taken[each] for each in credential_ids]


async def _newest(
    session: AsyncSession, institution: Institution, *, alone: bool
) -> Row[UUID, int, str, int]:
    query = (
        select(StatusList.id, StatusList.number, StatusList.uri, StatusList.size)
        .where(StatusList.institution_id == institution.id)
        .order_by(StatusList.number.desc())
        .limit(1)
    )
    if alone:
        query = query.with_for_update(key_share=True)  # others go on taking one at a time
    return (await session.execute(query)).one()


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
