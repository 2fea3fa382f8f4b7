"""Follows the chain into the index: one process at a time, in steps that can be interrupted anywhere.

A step does one of these and says so:

1. *back-fill*: far below the head a chunk of blocks at once (``digital_resume.adapters.chain.events``);
2. *follow*: near the head block by block, each asked for by its hash and each the child of the one before;
3. *roll back*: the newest block in the index is not the chain's any more: back to the newest kept block that
   is, and everything above it goes;
4. *confirm*: there is nothing new; the index is noted to have been complete at this moment. What was filled
   in by ranges is held against the contracts' views first, and all of it again every minute where blocks do
   not prove their events: a node that keeps logs back leaves an index that no verdict rests on.

An advisory lock of PostgreSQL lets one process write; it belongs to the connection that writes, so that who
loses the connection loses the lock with it. The others read, and one of them takes over.

A node that is merely behind, by however much, is no reorganisation: unless a kept block contradicts the
chain, nothing is rolled back and nothing is confirmed.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from digital_resume.adapters.chain.client import Block
from digital_resume.adapters.chain.events import EventReader
from digital_resume.core.errors import ResumeError, SourceUnavailableError
from digital_resume.core.ports import Clock
from verifier.index.position import Position
from verifier.index.rows import EventsMissingError
from verifier.index.store import IndexMovedError, IndexStore

log = logging.getLogger(__name__)

_LOCK_KEY: Final = int.from_bytes(hashlib.sha256(b"vdr-index|follow").digest()[:8], "big", signed=True)
_BLOCKS_A_STEP: Final = 32
_PRUNE_EVERY: Final = 512


class Step(StrEnum):
    """What a step did."""

    FILLED = "filled"
    FOLLOWED = "followed"
    TOOK_BACK = "took_back"
    CONFIRMED = "confirmed"
    WAITED = "waited"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the index is after a step; ``position`` is ``None`` when it is empty."""

    step: Step
    position: Position | None


class Follower:
    """Brings the index up to date.

    Args:
        store: the index.
        reader: the contracts' events.
        clock: the present moment.
        chunk: most blocks of one step of the back-fill.
        compare: holds an index against the contracts' views; raises when it differs.
        every: seconds after which an index whose blocks prove nothing is compared again.
    """

    def __init__(
        self,
        store: IndexStore,
        reader: EventReader,
        clock: Clock,
        *,
        chunk: int = 5_000,
        compare: Callable[[Position], None],
        every: float = 60.0,
    ) -> None:
        self._store = store
        self._reader = reader
        self._clock = clock
        self._most = chunk
        self._chunk = chunk
        self._pruned = 0
        self._compare = compare
        self._every = every
        self._compared = float("-inf")

    def step(self, connection: Connection) -> Progress:
        """Do the next thing.

        Args:
            connection: that holds the lock, outside a transaction.

        Raises:
            SourceUnavailableError: the chain could not be read; nothing was changed.
            SQLAlchemyError: the database is away; nothing was changed.
        """
        position = self._store.position(connection)
        connection.rollback()  # a read ends here: the chain is not asked inside a transaction
        head = self._reader.head()
        now = self._clock.now()
        if position is None:
            return self._extend(connection, None, head, now)
        here = head if head.number == position.block else self._reader.block(position.block)
        if head.number < position.block:
            # A node behind, however far, or a chain that went back: only a kept block that is another tells.
            if not self._contradicted(connection, head):
                return Progress(Step.WAITED, position)
            return self._take_back(connection, position, head)
        if here is None or here.hash != position.block_hash:
            return self._take_back(connection, position, head)
        if head.number == position.block:
            late = time.monotonic() - self._compared > self._every
            if not position.ready or (late and not self._reader.proven):
                try:
                    self._compare(position)
                except EventsMissingError:
                    if position.ready:
                        self._store.distrust(connection, position)
                    raise
                self._compared = time.monotonic()
            return Progress(
                Step.CONFIRMED, self._store.confirm(connection, position, head=head.number, now=now)
            )
        return self._extend(connection, position, head, now)

    def catch_up(self, connection: Connection, *, stop: Callable[[], bool] = lambda: False) -> Progress:
        """Do steps until nothing is left, or until told to stop."""
        while True:
            progress = self.step(connection)
            if progress.step in (Step.CONFIRMED, Step.WAITED) or stop():
                return progress

    def _extend(
        self, connection: Connection, position: Position | None, head: Block, now: datetime
    ) -> Progress:
        first = self._reader.first_block if position is None else position.block + 1
        first = min(first, head.number)
        safe = head.number - self._store.keep_blocks
        if first <= safe:
            last = min(first + self._chunk - 1, safe)
            end, events = self._reader.read_range(first, last, halved=self._halved)
            if end.number == last:
                self._chunk = min(self._most, self._chunk * 2)
            written = self._store.append(
                connection,
                position,
                [end],
                events,
                first_block=self._reader.first_block,
                head=head.number,
                now=now,
                filling=True,
            )
            self._prune(connection, written)
            return Progress(Step.FILLED, written)
        blocks: list[Block] = []
        found = []
        parent = position.block_hash if position is not None else None
        for number in range(first, min(first + _BLOCKS_A_STEP, head.number + 1)):
            block = head if number == head.number else self._reader.block(number)
            if block is None or (parent is not None and block.parent != parent):
                break  # the chain is changing: what fits so far is written, the next step sees the rest
            found += self._reader.read_block(block)
            blocks.append(block)
            parent = block.hash
        if not blocks:
            return Progress(Step.WAITED, position)
        written = self._store.append(
            connection,
            position,
            blocks,
            found,
            first_block=self._reader.first_block,
            head=head.number,
            now=now,
        )
        self._prune(connection, written)
        return Progress(Step.FOLLOWED, written)

    def _halved(self, size: int) -> None:
        self._chunk = max(1, size)

    def _prune(self, connection: Connection, position: Position) -> None:
        if position.block - self._pruned >= _PRUNE_EVERY:
            self._store.prune_heartbeats(connection, position.block - self._store.keep_blocks)
            self._pruned = position.block

    def _contradicted(self, connection: Connection, head: Block) -> bool:
        """Tell whether the newest kept block at or below a head is not the chain's any more."""
        kept = [entry for entry in self._store.kept_blocks(connection) if entry[0] <= head.number]
        connection.rollback()
        if not kept:
            return False
        number, known = kept[-1]
        block = head if number == head.number else self._reader.block(number)
        if block is None:
            raise SourceUnavailableError("The node lacks a block that it should have. It is asked again.")
        return block.hash != known

    def _take_back(self, connection: Connection, position: Position, head: Block) -> Progress:
        """Go back to the newest kept block that the chain still has."""
        kept = [entry for entry in self._store.kept_blocks(connection) if entry[0] <= head.number]
        connection.rollback()
        low, high, ancestor = 0, len(kept), None
        while low < high:  # what is before a common block is common too
            middle = (low + high) // 2
            number, known = kept[middle]
            block = head if number == head.number else self._reader.block(number)
            if block is None:
                raise SourceUnavailableError("The node lacks a block that it should have. It is asked again.")
            if block.hash == known:
                low, ancestor = middle + 1, block
            else:
                high = middle
        if ancestor is not None and ancestor.hash == position.block_hash:
            return Progress(Step.WAITED, position)  # it is there after all: two nodes, or a change undone
        taken = self._store.take_back(connection, position, ancestor)
        log.warning(
            "The chain replaced blocks after %s; the index went back from %d.",
            ancestor.number if ancestor else "the very first one",
            position.block,
        )
        return Progress(Step.TOOK_BACK, taken)


class IndexWorker:
    """Follows the chain in a thread of a service, while this process holds the lock.

    Args:
        store: the index.
        make: makes the follower, once the thread runs.
        pause: seconds between two looks at the head.
    """

    def __init__(self, store: IndexStore, make: Callable[[], Follower], *, pause: float) -> None:
        self._store = store
        self._make = make
        self._pause = pause
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.leads = False
        self.trouble: str | None = None
        """Code of what kept the last step from being done."""

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, name="chain-index", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End, and wait for the step that runs; the lock goes with the connection."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(10)

    def _run(self) -> None:
        follower = self._make()
        while not self._stopping.is_set():
            try:
                self._lead(follower)
            except SQLAlchemyError as error:
                self.trouble = "database_unavailable"
                log.warning("The index of the chain waits for the database (%s).", type(error).__name__)
            except Exception:
                self.trouble = "unexpected"
                log.exception("Following the chain failed; it is tried again.")
            finally:
                self.leads = False
            self._stopping.wait(max(self._pause, 1.0))

    def _lead(self, follower: Follower) -> None:
        with self._store.engine.connect() as connection:
            if not try_lock(connection):
                self.trouble = None
                return
            self.leads = True
            try:
                while not self._stopping.is_set():
                    self._follow(follower, connection)
                    self._stopping.wait(self._pause)
            finally:
                connection.invalidate()  # never back into the pool with the lock

    def _follow(self, follower: Follower, connection: Connection) -> None:
        try:
            follower.catch_up(connection, stop=self._stopping.is_set)
            self.trouble = None
        except IndexMovedError as error:
            log.info("%s", error.message)
        except ResumeError as error:
            if self.trouble != error.code:
                log.warning("The index of the chain waits (%s): %s", error.code, error.message)
            self.trouble = error.code


def try_lock(connection: Connection) -> bool:
    """Become the one process that writes, if no other is; the lock lasts as long as the connection."""
    got = connection.execute(text("select pg_try_advisory_lock(:key)"), {"key": _LOCK_KEY}).scalar_one()
    connection.rollback()
    return bool(got)
