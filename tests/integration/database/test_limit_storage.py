"""Counting in PostgreSQL: what memory counts, and one limit for two processes."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator

import psycopg
import pytest
from limits import RateLimitItemPerMinute
from limits.aio.strategies import FixedWindowRateLimiter, SlidingWindowCounterRateLimiter
from limits.errors import StorageError

from digital_resume.adapters.database.migrate import upgrade
from digital_resume.adapters.database.queues import apply_schema
from digital_resume.adapters.limit_storage import PostgresStorage

pytestmark = pytest.mark.integration

SIX = RateLimitItemPerMinute(6, namespace="sample")


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[PostgresStorage]:
    await asyncio.to_thread(upgrade, database_url, "wallet")
    made = PostgresStorage(database_url, "wallet")
    yield made
    await made.close()
    with psycopg.connect(database_url) as connection:
        connection.execute("truncate wallet.rate_limit")


async def taken(storage: PostgresStorage, key: str, times: int) -> int:
    limiter = SlidingWindowCounterRateLimiter(storage)
    return [await limiter.hit(SIX, key) for _ in range(times)].count(True)


async def test_one_key_is_forgotten_or_all(storage: PostgresStorage) -> None:
    assert [await taken(storage, key, 7) for key in "abc"] == [6, 6, 6]
    await SlidingWindowCounterRateLimiter(storage).clear(SIX, "a")
    assert [await taken(storage, key, 1) for key in "ab"] == [1, 0]
    assert await storage.reset() == 3
    assert [await taken(storage, key, 1) for key in "abc"] == [1, 1, 1]


async def test_no_other_strategy_counts_with_it(storage: PostgresStorage) -> None:
    with pytest.raises((NotImplementedError, StorageError)):
        await FixedWindowRateLimiter(storage).hit(SIX, "a")


def shift(url: str, seconds: float) -> None:
    """Make everything that was counted so much older."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "update wallet.rate_limit set began = began - %(s)s * interval '1 s', "
            "expires = expires - %(s)s * interval '1 s'",
            {"s": seconds},
        )


async def test_a_window_empties_as_the_one_before_gets_older(
    storage: PostgresStorage, database_url: str
) -> None:
    assert await taken(storage, "a", 7) == 6
    assert await taken(storage, "b", 1) == 1
    shift(database_url, 50)
    assert await taken(storage, "a", 1) == 0
    previous, _, current, left = await storage.get_sliding_window(SIX.key_for("a"), 60)
    assert (previous, current) == (0, 6)
    assert 5 < left - 60 <= 10
    shift(database_url, 10.5)
    assert await taken(storage, "a", 3) == 1
    shift(database_url, 10)
    assert await taken(storage, "a", 3) == 1
    shift(database_url, 30)
    assert await taken(storage, "a", 9) == 3
    shift(database_url, 3_600)
    assert await storage.get_sliding_window(SIX.key_for("a"), 60) == (0, 0.0, 0, 0.0)
    assert await taken(storage, "a", 9) == 6


async def test_when_the_window_is_full_of_the_one_before_it_is_told_when_to_come(
    storage: PostgresStorage, database_url: str
) -> None:
    await taken(storage, "a", 6)
    shift(database_url, 62)
    await taken(storage, "a", 2)
    limiter = SlidingWindowCounterRateLimiter(storage)
    assert not await limiter.hit(SIX, "a")
    wait = (await limiter.get_window_stats(SIX, "a")).reset_time - time.time()
    assert 0 < wait <= 10


async def test_of_many_at_the_same_moment_so_many_are_let_in(storage: PostgresStorage) -> None:
    limiter = SlidingWindowCounterRateLimiter(storage)
    found = await asyncio.gather(*(limiter.hit(SIX, "a") for _ in range(40)))
    assert found.count(True) == 6


async def test_what_is_over_is_swept(
    storage: PostgresStorage, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        await taken(storage, str(number), 1)
    shift(database_url, 300)
    monkeypatch.setattr("digital_resume.adapters.limit_storage._SWEEP_SECONDS", 0.0)
    await taken(storage, "new", 1)
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select count(*) from wallet.rate_limit").fetchone() == (1,)


async def test_a_database_that_is_away_is_one_error(database_url: str) -> None:
    await asyncio.to_thread(upgrade, database_url, "wallet")
    for url, schema in ((database_url, "no_such_schema"), ("postgresql://nobody@127.0.0.1:9/x", "wallet")):
        away = PostgresStorage(url, schema)
        with pytest.raises(StorageError):
            await taken(away, "a", 1)
        await away.close()


def test_counts_are_in_no_write_ahead_log_and_the_modules_host_has_a_table_too(database_url: str) -> None:
    upgrade(database_url, "wallet")
    upgrade(database_url, "wallet")
    apply_schema(database_url)
    query = """select nspname, relpersistence from pg_class join pg_namespace n on n.oid = relnamespace
        where relname = 'rate_limit' order by 1"""
    with psycopg.connect(database_url) as connection:
        assert connection.execute(query).fetchall() == [("modules", "u"), ("wallet", "u")]


PROCESS = """
import asyncio, sys
import httpx
from wallet.app import create_app
from wallet.settings import WalletSettings
settings = {"database_url": sys.argv[1], "rate_limit_storage": "postgresql", "share_deposits_per_minute": 10}
async def main():
    app = create_app(WalletSettings.model_validate(settings))
    transport = httpx.ASGITransport(app, client=("192.0.2.1", 5))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        print("ready", flush=True)
        sys.stdin.readline()
        answers = [(await client.post("/api/v1/shares", json={})).status_code for _ in range(20)]
    print(sum(status != 429 for status in answers))
asyncio.run(main())
"""


def test_two_processes_share_a_limit(database_url: str) -> None:
    upgrade(database_url, "wallet")
    command = [sys.executable, "-c", PROCESS, database_url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    children = [subprocess.Popen(command, **pipes) for _ in range(2)]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:  # both at the same time
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    served = [int(child.communicate(timeout=60)[0]) for child in children]
    assert sum(served) == 10
