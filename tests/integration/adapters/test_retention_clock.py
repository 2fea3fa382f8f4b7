"""The clock that destruction goes by, on the real database: never ahead of the time that has passed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.ext.asyncio import async_sessionmaker as sessions_of

from digital_resume.adapters.database.engine import sqlalchemy_url
from digital_resume.adapters.database.migrate import upgrade
from digital_resume.adapters.retention_clock import (
    APART_SECONDS,
    CATCH_UP,
    DOUBT_SECONDS,
    ClockInDoubtError,
    RetentionClock,
)
from wallet.models import retention_clock

MINUTE = timedelta(minutes=1)
JUMP = timedelta(days=370)


class Machine:
    """A machine whose clock can be set; the database's clock goes with it, as on one machine."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.sessions = sessions_of(engine)
        self.start = datetime.now(UTC)
        self.wrong = timedelta()
        self.passed = 0.0
        self.database_follows = True
        self.clock = self.process()

    def process(self) -> RetentionClock:
        return RetentionClock(retention_clock, self, monotonic=lambda: self.passed)

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.passed) + self.wrong

    def wait(self, period: timedelta) -> None:
        self.passed += period.total_seconds()

    async def moment(
        self, clock: RetentionClock | None = None, *, witness: datetime | None = None
    ) -> timedelta:
        """Return how far the clock is from where it began."""
        async with self.sessions.begin() as session:
            if self.database_follows:
                # ``clock_timestamp()`` of this session: what a database on the same machine would say.
                await session.execute(
                    text(
                        "create or replace function machine.clock_timestamp() returns "
                        f"timestamptz language sql as $$ select '{self.now().isoformat()}'::timestamptz $$"
                    )
                )
                await session.execute(text("set local search_path = machine, pg_catalog"))
            return await (clock or self.clock).moment(session, witness=witness) - self.start


@pytest.fixture
async def machine(database_url: str) -> AsyncIterator[Machine]:
    upgrade(database_url, "wallet")
    engine = create_async_engine(sqlalchemy_url(database_url))
    made = Machine(engine)
    async with made.sessions.begin() as session:
        await session.execute(text("create schema if not exists machine"))
        await session.execute(
            text("update wallet.retention_clock set trusted_at = :now, seen_at = :now, doubt_seconds = 0"),
            {"now": made.start},
        )
    await made.moment()
    yield made
    await engine.dispose()


async def test_it_goes_with_real_time(machine: Machine) -> None:
    for _ in range(3):
        machine.wait(MINUTE)
        assert await machine.moment() == timedelta(seconds=machine.passed)


async def test_a_jump_by_a_year_moves_it_by_the_time_that_passed(machine: Machine) -> None:
    machine.wrong = JUMP
    for _ in range(100):
        machine.wait(timedelta(seconds=1))
        assert await machine.moment() == timedelta(seconds=machine.passed)
    machine.wrong = timedelta()
    machine.wait(MINUTE)
    assert await machine.moment() == timedelta(seconds=machine.passed) - MINUTE


async def test_a_process_that_starts_while_the_clock_is_wrong_is_not_fooled(machine: Machine) -> None:
    machine.wait(MINUTE)
    machine.wrong = JUMP
    started = machine.process()
    assert await machine.moment(started) == timedelta()
    machine.wait(timedelta(seconds=DOUBT_SECONDS - 60))
    assert await machine.moment(started) <= timedelta(seconds=machine.passed)


async def test_a_clock_that_went_back_never_makes_it_go_ahead(machine: Machine) -> None:
    machine.wrong = -JUMP
    machine.wait(MINUTE)
    assert await machine.moment() == MINUTE - JUMP
    machine.wrong = timedelta()
    machine.wait(MINUTE)
    assert await machine.moment() <= 2 * MINUTE


async def test_after_a_day_it_catches_up_with_a_machine_that_was_off(machine: Machine) -> None:
    machine.start += timedelta(days=3)  # off: the clock went on, and no process measured it
    behind = await machine.moment(started := machine.process())
    assert behind == timedelta(days=-3)
    machine.wait(timedelta(seconds=DOUBT_SECONDS))
    await machine.moment(started)
    for _ in range(3 * 24 * 3):
        machine.wait(timedelta(minutes=20))
        behind = await machine.moment(started) - timedelta(seconds=machine.passed)
        if behind == timedelta():
            break
    assert behind == timedelta()
    assert machine.passed < DOUBT_SECONDS + 86_400 * 3 / CATCH_UP * 2 + 3_600


async def test_two_processes_do_not_make_it_go_twice_as_fast(machine: Machine) -> None:
    other = machine.process()
    await machine.moment(other)
    machine.wrong = JUMP
    for _ in range(10):
        machine.wait(MINUTE)
        await machine.moment()
        machine.wait(MINUTE)
        assert await machine.moment(other) <= timedelta(seconds=machine.passed)


async def test_nothing_is_destroyed_when_the_databases_clock_disagrees(machine: Machine) -> None:
    machine.database_follows = False
    machine.wrong = timedelta(seconds=APART_SECONDS + 60)
    machine.wait(MINUTE)
    with pytest.raises(ClockInDoubtError, match="apart"):
        await machine.moment()


async def test_nothing_is_destroyed_when_the_chain_stands_still_behind_the_clock(machine: Machine) -> None:
    with pytest.raises(ClockInDoubtError, match="chain"):
        await machine.moment(witness=machine.now() - timedelta(days=2))
    await machine.moment(witness=machine.now() - timedelta(minutes=10))
