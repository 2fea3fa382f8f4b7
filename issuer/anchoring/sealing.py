"""Sealing: what collects becomes one tree, streamed from the leaves into tiles. No chain here.

Leaves are numbered by a sequence, and a batch takes a *range* of numbers, so nothing is written to a leaf:
ten million of them are read once, in order, and only the tiles and one batch are stored. That rests on this:

1. one sealing at a time, by an advisory lock; ranges that overlap are refused by a constraint besides;
2. a number belongs to a sealing only when no transaction that drew one before it is still under way. An
   insert holds its lock on the table from before it draws its number until it ends, so whoever holds it now
   is waited for, never blocked: a lower number that commits late is not skipped;
3. batch and tiles are one database transaction: a kill leaves nothing, and the next sealing starts over.

Numbers that a rolled-back transaction drew leave gaps; each leaf tile keeps the number of its first leaf, and
a leaf's place is found by looking into the one tile that can hold it (``issuer.anchoring.receipts``).
"""

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import psycopg
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from digital_resume.adapters.database import Database
from digital_resume.core.anchoring.leaf import HASH_BYTES
from digital_resume.core.anchoring.merkle import TILE_WIDTH, Tile, TreeBuilder
from issuer.anchoring.batches import OpenBatch
from issuer.anchoring.models import Batch, Leaf

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""``(leaves sealed so far, leaves that there are at most)``."""

_LOCK_KEY: Final = int.from_bytes(hashlib.sha256(b"vdr-seal").digest()[:8], "big", signed=True)
_SPAN: Final = 32_768
"""Numbers that are read at a time: a megabyte of digests, some 20 ms of hashing."""

_LIMIT_SECONDS: Final = 5.0
_NUMBER_BYTES: Final = 8

_LEAVES = """
select string_agg(digest, ''::bytea order by number), string_agg(int8send(number), ''::bytea order by number)
from issuer.leaf where number >= %s and number <= %s
"""
_TILES = """
copy issuer.tile (batch_id, level, number, first_number, hashes) from stdin (format binary)
"""
_WRITERS = text(
    "select virtualtransaction from pg_locks where relation = 'issuer.leaf'::regclass "
    "and database = (select oid from pg_database where datname = current_database()) "
    "and mode = 'RowExclusiveLock' and granted"
)


class _Span(NamedTuple):
    """Leaves in the order of their numbers, both joined."""

    digests: bytes
    numbers: bytes


async def seal(
    database: Database, limit: int, *, progress: Progress = lambda _done, _most: None
) -> OpenBatch | None:
    """Take every collecting leaf into a batch, store its tree as tiles.

    Args:
        database: where the leaves are; two connections are used.
        limit: most leaves that one batch takes; what is more waits for the next one.
        progress: called after every few thousand leaves.

    Returns:
        The batch; ``None`` when nothing waits, another worker is sealing, or a transaction that is still
        writing leaves takes longer than this waits: the next tick looks again.
    """
    async with database.sessions.begin() as session:
        if not await session.scalar(text("select pg_try_advisory_xact_lock(:key)"), {"key": _LOCK_KEY}):
            return None
        sealed = await session.scalar(select(func.max(Batch.last_number))) or 0
        last = await session.scalar(select(func.max(Leaf.number)))
        if last is None or last <= sealed:
            return None
        async with database.engine.connect() as raw:
            reader = await raw.execution_options(isolation_level="AUTOCOMMIT")
            if not await _writers_have_ended(reader):
                log.warning(
                    "Sealing waits: a transaction has been writing leaves for more than %g seconds. The next "
                    "tick looks again.",
                    _LIMIT_SECONDS,
                )
                return None
            return await _Sealing(session, await _driver(reader), limit, progress).run(sealed + 1, last)


async def _writers_have_ended(connection: AsyncConnection) -> bool:
    """Wait until every transaction that writes leaves now has ended; tell whether it did in time."""
    writing = set(await connection.scalars(_WRITERS))
    until = time.monotonic() + _LIMIT_SECONDS
    while writing:
        if time.monotonic() > until:
            return False
        await asyncio.sleep(0.01)
        writing &= set(await connection.scalars(_WRITERS))
    return True


class _Sealing:
    """One batch between leaves and tiles."""

    def __init__(
        self,
        session: AsyncSession,
        reader: psycopg.AsyncConnection[Any],
        limit: int,
        progress: Progress,
    ) -> None:
        self._session = session
        self._reader = reader
        self._limit = limit
        self._progress = progress
        self._tiles: list[Tile] = []
        self._tree = TreeBuilder(self._tiles.append)
        self._first_numbers: dict[int, int] = {}
        self._last = 0

    async def run(self, first: int, last: int) -> OpenBatch:
        """Seal the leaves from one number to another, or as many as the limit allows."""
        # One COPY runs as long as the sealing does.
        await self._session.execute(text("set local statement_timeout = 0"))
        # The row goes first, for the tiles refer to it; nobody sees it before it has its root.
        batch = Batch(state="sealed", root=b"", size=0, first_number=first, last_number=last)
        self._session.add(batch)
        await self._session.flush()
        writer = await _driver(await self._session.connection())
        async with writer.cursor() as cursor, cursor.copy(_TILES) as copy:
            copy.set_types(["int8", "int2", "int8", "int8", "bytea"])
            reading = asyncio.create_task(self._read(first, last))
            try:
                while self._tree.size < self._limit and first <= last:
                    span, first = await reading, first + _SPAN
                    # The server reads the next leaves while these are hashed.
                    reading = asyncio.create_task(self._read(first, last))
                    await asyncio.sleep(0)
                    self._add(span)
                    await self._store(copy, batch.id)
                    self._progress(
                        self._tree.size, min(self._limit, self._tree.size + max(0, last - first + 1))
                    )
            finally:
                await asyncio.gather(reading, return_exceptions=True)
            head = self._tree.seal()
            await self._store(copy, batch.id)
        await self._session.execute(
            update(Batch)
            .where(Batch.id == batch.id)
            .values(root=head.root, size=head.size, last_number=self._last)
        )
        return OpenBatch(batch.id, head.root)

    async def _read(self, first: int, last: int) -> _Span:
        if first > last:
            return _Span(b"", b"")
        async with self._reader.cursor(binary=True) as cursor:
            await cursor.execute(_LEAVES, (first, min(last, first + _SPAN - 1)))
            digests, numbers = await cursor.fetchone() or (None, None)
        return _Span(digests or b"", numbers or b"")

    def _add(self, span: _Span) -> None:
        size = self._tree.size
        count = min(len(span.digests) // HASH_BYTES, self._limit - size)
        if not count:
            return
        for index in range(-size % TILE_WIDTH, count, TILE_WIDTH):
            self._first_numbers[(size + index) // TILE_WIDTH] = _number(span, index)
        self._last = _number(span, count - 1)
        self._tree.extend_joined(span.digests[: count * HASH_BYTES])

    async def _store(self, copy: psycopg.AsyncCopy, batch_id: int) -> None:
        for tile in self._tiles:
            first = self._first_numbers.pop(tile.number) if tile.level == 0 else None
            await copy.write_row((batch_id, tile.level, tile.number, first, tile.hashes))
        self._tiles.clear()


def _number(span: _Span, index: int) -> int:
    return int.from_bytes(span.numbers[index * _NUMBER_BYTES : (index + 1) * _NUMBER_BYTES], "big")


async def _driver(connection: AsyncConnection) -> psycopg.AsyncConnection[Any]:
    """Return psycopg's own connection, which speaks COPY."""
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, psycopg.AsyncConnection)
    return driver
