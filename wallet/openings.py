"""Counting of openings without a write a request.

A fetch of a share only adds to a counter in memory; once a second everything counted is written in one
statement. A kill loses at most what was counted since the last write: the figures tell a seeker whether
and when a link was used, they are not a ledger. Each process counts for itself and adds to the same rows.
"""

import asyncio
import logging
from datetime import datetime
from typing import Final

from sqlalchemy import text

from digital_resume.adapters.database import Database

log = logging.getLogger(__name__)

MAX_TIMES: Final = 100
"""Times kept of a share, the latest; the count goes on."""

MAX_SHARES: Final = 50_000
"""Shares counted between two writes; beyond that a flood is not counted rather than kept in memory."""

_ADD = text(
    """
    insert into wallet.share_openings as o (share_id, count, recent)
    select id, :count, cast(:times as timestamptz[]) from wallet.share where id = :id
    on conflict (share_id) do update set
      count = o.count + excluded.count,
      recent = (o.recent || excluded.recent)[
        greatest(1, cardinality(o.recent) + cardinality(excluded.recent) - :keep + 1):]
    """
)


class OpeningsCounter:
    """Openings counted since the last write."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pending: dict[str, tuple[int, list[datetime]]] = {}
        self._writing = asyncio.Lock()

    def add(self, share_id: str, at: datetime) -> None:
        """Count one opening."""
        if share_id not in self._pending and len(self._pending) >= MAX_SHARES:
            return
        count, times = self._pending.get(share_id, (0, []))
        times.append(at)
        self._pending[share_id] = (count + 1, times[-MAX_TIMES:])

    async def flush(self) -> None:
        """Write what was counted; when that fails, it stays counted and is written next time."""
        async with self._writing:
            pending, self._pending = self._pending, {}
            if not pending:
                return
            rows = [
                {"id": share_id, "count": count, "times": times, "keep": MAX_TIMES}
                # In one order always, so that two processes cannot wait for one another.
                for share_id, (count, times) in sorted(pending.items())
            ]
            try:
                async with self._database.sessions.begin() as session:
                    await session.execute(_ADD, rows)
            except BaseException:
                for share_id, (count, times) in pending.items():
                    later, later_times = self._pending.get(share_id, (0, []))
                    self._pending[share_id] = (count + later, [*times, *later_times][-MAX_TIMES:])
                raise
