"""Status lists as bytes: each form is made once a change, outside of the event loop, and served as it is.

Packing and signing a list of millions of entries takes seconds of processor time. So a form is kept with the
publication it was made of; a request asks the database for the publication's number alone, and makes the form
again when that is another one, or when the signature has lived a quarter of the list's ``ttl``.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.status.forms import ServedList, served_list
from issuer.status.models import StatusList, StatusPublication, StatusVersion

MOST_BYTES: Final = 64 << 20
"""Bodies kept in all, the least recently used dropped first (LRU)."""


@dataclass(frozen=True, slots=True)
class Served:
    """One form of a list in one publication."""

    of: tuple[int, int, str]
    """Publication, the list's sequence in it, and the key that signed."""
    made_at: datetime
    body: bytes


@dataclass(slots=True)
class StatusForms:
    """The forms of one process.

    Attributes:
        lives: how long a signature is served before the form is made again.
    """

    lives: timedelta
    _kept: OrderedDict[tuple[str, str], Served] = field(default_factory=OrderedDict)
    _making: dict[tuple[str, str], asyncio.Lock] = field(default_factory=dict)
    _bytes: int = 0

    async def body(
        self,
        session: AsyncSession,
        uri: str,
        form: str,
        make: Callable[[ServedList], bytes],
        *,
        key: str,
        now: datetime,
    ) -> bytes:
        """Return a form of the list as the chain names it now.

        Args:
            session: the request's.
            uri: the list's.
            form: name of the form, such as ``token``.
            make: packs and signs; runs in a thread.
            key: names the signing key, so that a form signed with another is not served.
            now: present moment.

        Raises:
            NotFoundError, SourceUnavailableError: as ``served_list``.
        """
        place = (uri, form)
        lock = self._making.setdefault(place, asyncio.Lock())
        try:
            async with lock:
                named = await _named(session, uri)
                kept = self._kept.get(place)
                if kept is not None and kept.of == (*named, key) and abs(now - kept.made_at) < self.lives:
                    self._kept.move_to_end(place)
                    return kept.body
                served = await served_list(session, uri)
                body = await asyncio.to_thread(make, served)
                self._keep(place, Served((served.publication.id, served.sequence, key), now, body))
                return body
        finally:
            if not lock.locked():
                self._making.pop(place, None)

    def _keep(self, place: tuple[str, str], served: Served) -> None:
        before = self._kept.pop(place, None)
        self._bytes += len(served.body) - (len(before.body) if before else 0)
        self._kept[place] = served
        while self._bytes > MOST_BYTES and len(self._kept) > 1:
            self._bytes -= len(self._kept.popitem(last=False)[1].body)


async def _named(session: AsyncSession, uri: str) -> tuple[int, int]:
    """Return publication and sequence of a list, zeros while it is not on the chain."""
    row = (
        await session.execute(
            select(StatusPublication.id, StatusVersion.sequence)
            .join(StatusVersion, StatusVersion.publication_id == StatusPublication.id)
            .join(StatusList, StatusList.id == StatusVersion.status_list_id)
            .where(StatusList.uri == uri, StatusPublication.state == "confirmed")
        )
    ).one_or_none()
    return (row[0], row[1]) if row else (0, 0)
