"""Where requests are counted, for the strategies of ``limits``: this process's memory, or PostgreSQL for all.

Both count by the sliding window of two counters: what was asked in the window before counts less the older
it is. A key's first window begins with its first request.

``limits`` brings a memory of its own that suits few keys only: it is not bounded, and looks through all of
them at every request (16 ms at 50,000 keys, measured; ADR 34).
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from math import floor
from typing import Any, Final

from limits.aio.storage import SlidingWindowCounterSupport, Storage
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from digital_resume.adapters.database.engine import Database
from digital_resume.adapters.database.rate_limit_table import table_of

#: Keys that one process keeps in memory.
MAX_KEYS: Final = 50_000
_SWEEP_SECONDS: Final = 60.0
_LIMIT_SECONDS: Final = 2.0


class _TwoCounters(Storage, SlidingWindowCounterSupport):
    """What ``limits`` wants of every store, and its other strategies alone call: single counters.

    They raise, so that nobody who chose another strategy would count with them.
    """

    STORAGE_SCHEME = None

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Not for this strategy."""
        raise NotImplementedError

    async def get(self, key: str) -> int:
        """Not for this strategy."""
        raise NotImplementedError

    async def get_expiry(self, key: str) -> float:
        """Not for this strategy."""
        raise NotImplementedError

    async def clear(self, key: str) -> None:
        """Not for this strategy."""
        raise NotImplementedError

    async def close(self) -> None:
        """Let go of what it holds."""


@dataclass(slots=True)
class _Counters:
    began: float
    current: int = 0
    previous: int = 0

    def at(self, now: float, expiry: int) -> float:
        """Move on to the window of ``now``; return the share of the one before that still counts."""
        passed = now - self.began
        if passed >= 2 * expiry:
            self.began, self.current, self.previous, passed = now, 0, 0, 0.0
        elif passed >= expiry:
            self.began, self.current, self.previous = self.began + expiry, 0, self.current
            passed -= expiry
        return 1 - max(0.0, passed) / expiry


class MemoryStorage(_TwoCounters):
    """Counts in this process, for at most so many keys: the least recently used are forgotten first (LRU).

    Args:
        most: keys that are kept.
        clock: seconds that only move forward.
    """

    def __init__(self, *, most: int = MAX_KEYS, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._most = most
        self._clock = clock
        self._keys: OrderedDict[str, _Counters] = OrderedDict()

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def base_exceptions(self) -> type[Exception]:
        """Name what it raises: nothing."""
        return ValueError

    async def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count a request unless it is one too many."""
        now = self._clock()
        found = self._keys.get(key)
        if found is None:
            found = self._keys[key] = _Counters(now)
            if len(self._keys) > self._most:
                self._keys.popitem(last=False)
        else:
            self._keys.move_to_end(key)
        share = found.at(now, expiry)
        if floor(found.previous * share + found.current) + amount > limit:
            return False
        found.current += amount
        return True

    async def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Return the two counters and how long each still counts."""
        found = self._keys.get(key)
        if found is None:
            return 0, 0.0, 0, 0.0
        left = found.at(self._clock(), expiry) * expiry
        return found.previous, left, found.current, left + expiry

    async def clear_sliding_window(self, key: str, expiry: int) -> None:  # noqa: ARG002  # the library's signature
        """Forget a key."""
        self._keys.pop(key, None)

    async def check(self) -> bool:
        """Tell that it works."""
        return True

    async def reset(self) -> int:
        """Forget every key; return how many there were."""
        known = len(self._keys)
        self._keys.clear()
        return known


#: A row moved on to the window of this moment; it may be of the one before.
_MOVED: Final = """
    case when now() < held.began + :window then held.began else held.began + :window end as began,
    case when now() < held.began + :window then held.current else 0 end as current,
    case when now() < held.began + :window then held.previous else held.current end as previous
"""
_COUNT: Final = """
insert into {table} as held (key, began, current, previous, expires)
values (:key, now(), :amount, 0, now() + 2 * :window)
on conflict (key) do update set (began, current, previous, expires) = (
    select began, current + :amount, previous, now() + 2 * :window from (
        select {moved} where now() < held.began + 2 * :window
        union all select now(), 0, 0 where now() >= held.began + 2 * :window) as moved)
where now() >= held.began + 2 * :window or :limit >= :amount + (
    select floor(current + previous * least(1, extract(epoch from began + :window - now()) / :expiry))
    from (select {moved}) as moved)
returning 1
"""
_LOOK: Final = """
select previous, current, extract(epoch from began + :window - now())::float8
from (select {moved} from {table} as held where key = :key and now() < held.began + 2 * :window) as moved
"""
_SWEEP: Final = "delete from {table} where expires < now()"
_FORGET: Final = "delete from {table} where key = :key"
_FORGET_ALL: Final = "delete from {table}"


class PostgresStorage(_TwoCounters):
    """Counts in a table of the service's schema, for all its processes, by the database's clock.

    One statement a request, into a table that is in no write-ahead log and no backup of it. The keys hold
    clients' networks, for two windows.

    Args:
        database_url: with the service's role.
        schema: the service's.
    """

    def __init__(self, database_url: str, schema: str) -> None:
        super().__init__(wrap_exceptions=True)
        self._database = Database(database_url, pool_size=4, max_overflow=4)
        self._engine = self._database.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._count, self._look, self._sweep, self._forget, self._forget_all = (
            text(statement.format(table=table_of(schema), moved=_MOVED))
            for statement in (_COUNT, _LOOK, _SWEEP, _FORGET, _FORGET_ALL)
        )
        self._swept = time.monotonic()

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """Name what it raises when the database does not answer."""
        return (SQLAlchemyError, OSError, TimeoutError)

    async def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count a request unless it is one too many."""
        values = {"key": key, "limit": limit, "amount": amount}
        async with asyncio.timeout(_LIMIT_SECONDS), self._engine.connect() as connection:
            found = await connection.execute(self._count, values | _window(expiry))
            counted = found.first() is not None
            if time.monotonic() - self._swept > _SWEEP_SECONDS:
                self._swept = time.monotonic()
                await connection.execute(self._sweep)
        return counted and amount <= limit

    async def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Return the two counters and how long each still counts."""
        async with asyncio.timeout(_LIMIT_SECONDS), self._engine.connect() as connection:
            row = (await connection.execute(self._look, {"key": key} | _window(expiry))).first()
        if row is None:
            return 0, 0.0, 0, 0.0
        previous, current, left = row
        return previous, left, current, left + expiry

    async def clear_sliding_window(self, key: str, expiry: int) -> None:  # noqa: ARG002  # the library's signature
        """Forget a key."""
        async with asyncio.timeout(_LIMIT_SECONDS), self._engine.connect() as connection:
            await connection.execute(self._forget, {"key": key})

    async def check(self) -> bool:
        """Tell whether the database answers."""
        await self._database.ping()
        return True

    async def reset(self) -> int:
        """Forget every key; return how many there were."""
        async with asyncio.timeout(_LIMIT_SECONDS), self._engine.connect() as connection:
            return (await connection.execute(self._forget_all)).rowcount

    async def close(self) -> None:
        """Close every connection."""
        await self._database.dispose()


def _window(expiry: int) -> dict[str, Any]:
    return {"expiry": expiry, "window": timedelta(seconds=expiry)}
