"""Publications in the database: one root over the newest versions of all lists. No chain here.

A publication goes *sealed* → *submitted* → *confirmed* → *past*. The lists are served as the confirmed one
names them; their newer state waits in ``status_list`` until the next is confirmed.
"""

from datetime import datetime

from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from digital_resume.core.anchoring.merkle import MerkleTree
from digital_resume.core.encoding.base64url import b64u_encode
from digital_resume.core.status.status_array import StatusArray
from issuer.status.models import StatusContent, StatusList, StatusPublication, StatusVersion

OPEN = ("sealed", "submitted")


async def open_publication(session: AsyncSession) -> StatusPublication | None:
    """Return the pending publication."""
    return (
        await session.scalars(select(StatusPublication).where(StatusPublication.state.in_(OPEN)))
    ).one_or_none()


async def confirmed_publication(session: AsyncSession) -> StatusPublication | None:
    """Return the publication that the chain names now, as far as is known."""
    return (
        await session.scalars(select(StatusPublication).where(StatusPublication.state == "confirmed"))
    ).one_or_none()


async def seal(session: AsyncSession) -> StatusPublication | None:
    """Make a publication when a list changed since the last one; ``None`` when none did."""
    lists = list(await session.scalars(select(StatusList).order_by(StatusList.uri).with_for_update()))
    if not any(entry.changed for entry in lists):
        return None
    for entry in lists:
        if entry.changed:
            entry.changed, entry.sequence = False, entry.sequence + 1
            session.add(
                StatusContent(status_list_id=entry.id, sequence=entry.sequence, statuses=entry.statuses)
            )
    await session.flush()
    tree = MerkleTree(StatusArray(entry.statuses).leaf(entry.uri, entry.sequence) for entry in lists)
    publication = StatusPublication(state="sealed", root=tree.root, size=tree.size)
    session.add(publication)
    await session.flush()
    versions = [
        {
            "publication_id": publication.id,
            "status_list_id": entry.id,
            "index": index,
            "sequence": entry.sequence,
            "path": [b64u_encode(node) for node in tree.path(index)],
        }
        for index, entry in enumerate(lists)
    ]
    await session.execute(insert(StatusVersion), versions)
    return publication


async def set_state(session: AsyncSession, publication_id: int, state: str) -> None:
    """Move a publication to another state."""
    await session.execute(
        update(StatusPublication).where(StatusPublication.id == publication_id).values(state=state)
    )


async def confirm(
    session: AsyncSession,
    publication_id: int,
    *,
    submitter: str,
    transaction_hash: bytes,
    block_number: int,
    block_time: datetime,
) -> None:
    """Make a publication the one that is served, and erase what only older ones named."""
    await session.execute(
        update(StatusPublication)
        .where(StatusPublication.state == "confirmed", StatusPublication.id != publication_id)
        .values(state="past")
    )
    await session.execute(
        update(StatusPublication)
        .where(StatusPublication.id == publication_id)
        .values(
            state="confirmed",
            submitter=submitter,
            transaction_hash=transaction_hash,
            block_number=block_number,
            block_time=block_time,
            heartbeat_at=block_time,
            heartbeat_started=None,
        )
    )
    past = select(StatusPublication.id).where(StatusPublication.state == "past")
    await session.execute(delete(StatusVersion).where(StatusVersion.publication_id.in_(past)))
    named = exists().where(
        StatusVersion.status_list_id == StatusContent.status_list_id,
        StatusVersion.sequence == StatusContent.sequence,
    )
    await session.execute(delete(StatusContent).where(~named))


async def start_heartbeat(session: AsyncSession, publication_id: int, number: int) -> None:
    """Note that a heartbeat is due, and under which number."""
    await session.execute(
        update(StatusPublication)
        .where(StatusPublication.id == publication_id)
        .values(heartbeat_started=number)
    )


async def finish_heartbeat(session: AsyncSession, publication_id: int, at: datetime) -> None:
    """Note the chain's newest heartbeat."""
    await session.execute(
        update(StatusPublication)
        .where(StatusPublication.id == publication_id)
        .values(heartbeat_at=func.greatest(StatusPublication.heartbeat_at, at), heartbeat_started=None)
    )
