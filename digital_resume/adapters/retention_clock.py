"""The time by which data is destroyed: it never runs ahead of the time that has really passed.

A clock that jumps by a year, even for a minute, must not erase what people are still owed. So a job that
destroys does not ask the system's clock. It asks this one, which is kept in the database and moves on by what
a monotonic clock has measured between two runs:

- it is never ahead of the system's clock;
- after an unexplained gap (a jump, a machine that was off) it runs at the speed of real time for a day; after
  that it catches up at ``CATCH_UP`` times that speed;
- where the database's clock, or a witness such as the chain's newest block, says otherwise, nothing is
  destroyed at all.

What destroys for good takes off ``HOLD`` as well: expired data is not served at once and destroyed a day
later, so that a wrong clock which is noticed within a day has destroyed nothing.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    Float,
    Integer,
    MetaData,
    Row,
    Select,
    Table,
    Update,
    func,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from digital_resume.core.errors import ResumeError
from digital_resume.core.ports import Clock

log = logging.getLogger(__name__)

HOLD: Final = timedelta(days=1)
"""How long expired data is kept, unserved, before it is destroyed."""

CATCH_UP: Final = 30.0
"""How much faster than real time the clock goes when it is behind without doubt."""

GAP_SECONDS: Final = 3_600.0
"""Time between two runs that the monotonic clock does not account for, and that begins a doubt."""

DOUBT_SECONDS: Final = 86_400.0
"""Real time for which the clock runs no faster than real time after such a gap."""

APART_SECONDS: Final = 300.0
"""How far the database's clock may be from the system's."""

WITNESS_AGE: Final = timedelta(days=1)
"""How far the system's clock may be ahead of the witness."""


class ClockInDoubtError(ResumeError):
    """The clocks do not agree, so nothing is destroyed now."""

    code = "clock_in_doubt"


def retention_clock_table(metadata: MetaData) -> Table:
    """Return the one-row table of a schema's retention clock; its migration inserts the row."""
    return Table(
        "retention_clock",
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column(
            "trusted_at", DateTime(timezone=True), nullable=False, comment="time by which data is destroyed"
        ),
        Column(
            "seen_at", DateTime(timezone=True), nullable=False, comment="the system's clock at the last run"
        ),
        Column("doubt_seconds", Float, nullable=False, comment="real time left without catching up"),
        CheckConstraint("id = 1", name="one_row"),
    )


class RetentionClock:
    """The retention clock of one schema, as one process drives it.

    Several processes may drive it: each adds only what has passed since the last of them did.

    Args:
        table: what ``retention_clock_table`` made.
        clock: the system's clock.
        monotonic: seconds that no change of the clock moves.
    """

    def __init__(
        self, table: Table, clock: Clock, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._table = table
        self._clock = clock
        self._monotonic = monotonic
        self._last: float | None = None

    async def moment(self, session: AsyncSession, *, witness: datetime | None = None) -> datetime:
        """Move the clock on and return it; what ended before may be destroyed.

        Args:
            session: a transaction of its own; it locks the clock's row until it ends.
            witness: a time that is known to have come, such as that of the chain's newest block.

        Raises:
            ClockInDoubtError: the database's clock or the witness disagrees with the system's.
        """
        row = (await session.execute(self._locked())).one()
        kept = self._advance(row, witness)
        await session.execute(self._keep(kept))
        return kept.trusted_at

    def moment_now(self, connection: Connection, *, witness: datetime | None = None) -> datetime:
        """Move the clock on as ``moment`` does, on a synchronous connection; errors the same."""
        kept = self._advance(connection.execute(self._locked()).one(), witness)
        connection.execute(self._keep(kept))
        return kept.trusted_at

    def _locked(self) -> Select[Any]:
        table = self._table
        columns = (table.c.trusted_at, table.c.seen_at, table.c.doubt_seconds)
        database = func.clock_timestamp().label("database_at")
        return select(*columns, database).where(table.c.id == 1).with_for_update()

    def _keep(self, kept: "_Kept") -> Update:
        return update(self._table).where(self._table.c.id == 1).values(**kept._asdict())

    def _advance(self, row: Row[Any], witness: datetime | None) -> "_Kept":
        at, now = self._monotonic(), self._clock.now()
        elapsed = 0.0 if self._last is None else max(0.0, at - self._last)
        self._last = at
        _compare(now, row.database_at.astimezone(UTC), witness)
        passed = (now - row.seen_at).total_seconds()
        doubt = max(0.0, row.doubt_seconds - elapsed)
        if passed - elapsed > GAP_SECONDS or passed < -GAP_SECONDS:
            log.warning(
                "The clock moved by %.0f s while %.0f s passed (clock_jumped): for a day nothing is "
                "destroyed that is due only by the new time. Check the system's clock.",
                passed,
                elapsed,
            )
            doubt = DOUBT_SECONDS
        speed = 1.0 if doubt > 0 else CATCH_UP
        step = timedelta(seconds=min(elapsed, max(0.0, passed)) * speed)
        return _Kept(min(now, row.trusted_at.astimezone(UTC) + step), now, doubt)


class _Kept(NamedTuple):
    trusted_at: datetime
    seen_at: datetime
    doubt_seconds: float


def _compare(now: datetime, database: datetime, witness: datetime | None) -> None:
    apart = abs((now - database).total_seconds())
    if apart > APART_SECONDS:
        raise ClockInDoubtError(
            f"The system's clock and the database's are {apart:.0f} s apart. Nothing is destroyed until they "
            "agree; set both by the same time service."
        )
    if witness is not None and now - witness > WITNESS_AGE:
        raise ClockInDoubtError(
            f"The system's clock is {(now - witness).total_seconds() / 3600:.0f} hours ahead of the chain's "
            "newest block. Nothing is destroyed until the chain goes on or the clock is set right."
        )
