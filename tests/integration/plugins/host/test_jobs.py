"""Modules' periodic jobs: each period once, whoever works and however often workers start."""

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import procrastinate
import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text

from digital_resume.adapters.database.queues import apply_schema
from digital_resume.adapters.database.roles import role_name
from digital_resume.adapters.database.schemas import MODULES_SCHEMA, role_schemas
from digital_resume.adapters.database.setting_up import ensure_roles, migrate_all
from digital_resume.adapters.jobs import DEFAULT, make_app, work
from digital_resume.cli.worker_command import WorkerPartError, run_worker
from digital_resume.local.postgres import EmbeddedPostgres
from digital_resume.modules.api import PluginContext, PluginJob
from digital_resume.settings import CommonSettings
from plugins.host.contexts import OpenModules
from plugins.host.jobs import blueprint_of, resources
from plugins.training import PLUGIN

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)
DEFERS = f"{MODULES_SCHEMA}.procrastinate_periodic_defers"
JOBS = f"{MODULES_SCHEMA}.procrastinate_jobs"

Work = Callable[[PluginContext], Awaitable[None]]


@pytest.fixture
def queue_url(database_url: str) -> str:
    apply_schema(database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute(f"truncate {DEFERS}, {JOBS} cascade")
    return database_url


@contextlib.asynccontextmanager
async def worker(
    url: str, run: Work, every: timedelta = DAY, limit: timedelta = DAY
) -> AsyncIterator[procrastinate.App]:
    """Work for a module with one job, as one process does."""
    plugin = replace(PLUGIN, jobs=(PluginJob("note", every, run, limit),))
    modules = OpenModules(CommonSettings.model_validate({"database_url": url}), (plugin,))
    app = make_app(url, schema=MODULES_SCHEMA, blueprints={"plugin_training": blueprint_of(plugin)})
    async with app.open_async():
        working = asyncio.create_task(
            work(app, context={"modules": modules.contexts}, queues=(DEFAULT,), heartbeat=0.5)
        )
        try:
            yield app
        finally:
            working.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await working
            await modules.close()


async def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)


async def query(url: str, statement: str) -> list[Any]:
    options = f"-c search_path={MODULES_SCHEMA}"  # for the triggers of the queue's own tables
    connecting = psycopg.AsyncConnection.connect(url, autocommit=True, options=options)
    async with await connecting as connection:
        done = await connection.execute(statement)
        return await done.fetchall() if done.description else []


async def is_idle(url: str) -> None:
    """Return when nothing is queued that could still run."""
    for _ in range(300):
        if not await query(url, f"select 1 from {JOBS} where status in ('todo', 'doing')"):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("jobs wait")


async def test_a_daily_job_runs_although_its_worker_is_started_again_all_the_time(queue_url: str) -> None:
    runs: list[int] = []

    async def note(_: PluginContext) -> None:
        runs.append(1)

    for _ in range(3):
        async with worker(queue_url, note):
            await until(lambda: bool(runs))
            await is_idle(queue_url)
    assert len(runs) == 1, "of one day one run"
    # A day later: what was done was done a day before.
    await query(queue_url, f"update {DEFERS} set defer_timestamp = defer_timestamp - 86400")
    for _ in range(3):
        async with worker(queue_url, note):
            await until(lambda: len(runs) > 1)
            await is_idle(queue_url)
    assert len(runs) == 2


async def test_workers_that_live_shorter_than_the_period_keep_to_it(queue_url: str) -> None:
    runs: list[float] = []

    async def note(_: PluginContext) -> None:
        runs.append(time.time())

    end = time.monotonic() + 60
    while len(runs) < 4 and time.monotonic() < end:
        async with worker(queue_url, note, timedelta(seconds=1)):
            await asyncio.sleep(0.3)
    assert len(runs) >= 4
    assert len({int(moment) for moment in runs}) >= len(runs) - 1, "once a period"


async def test_many_missed_days_are_caught_up_by_one_run(queue_url: str) -> None:
    runs: list[int] = []

    async def note(_: PluginContext) -> None:
        runs.append(1)

    async with worker(queue_url, note):
        await until(lambda: bool(runs))
        await is_idle(queue_url)
    await query(queue_url, f"update {DEFERS} set defer_timestamp = defer_timestamp - 30 * 86400")
    async with worker(queue_url, note):
        await until(lambda: len(runs) == 2)
        await is_idle(queue_url)
        await asyncio.sleep(0.5)
    assert len(runs) == 2


async def test_of_two_workers_one_runs_it(queue_url: str) -> None:
    runs: list[str] = []

    def noting(name: str) -> Work:
        async def note(_: PluginContext) -> None:
            runs.append(name)
            await asyncio.sleep(0.2)

        return note

    async with worker(queue_url, noting("one")), worker(queue_url, noting("two")):
        await until(lambda: bool(runs))
        await is_idle(queue_url)
        await asyncio.sleep(0.5)
    assert len(runs) == 1


async def test_two_runs_never_overlap_and_one_at_most_waits(queue_url: str) -> None:
    running: list[int] = []
    most: list[int] = []

    async def slow(_: PluginContext) -> None:
        running.append(1)
        most.append(len(running))
        for _ in range(1_000):  # until the run of the next period waits for this one
            if await query(queue_url, f"select 1 from {JOBS} where status = 'todo'"):
                break
            await asyncio.sleep(0.02)
        running.pop()

    second = timedelta(seconds=1)
    async with worker(queue_url, slow, second), worker(queue_url, slow, second):
        await until(lambda: len(most) == 3)
        waiting = await query(queue_url, f"select count(*) from {JOBS} where status = 'todo'")
    assert max(most) == 1
    assert waiting[0][0] <= 1


async def test_no_transaction_is_open_while_a_job_runs(queue_url: str) -> None:
    found: list[Any] = []
    open_now = """select pid from pg_stat_activity
        where datname = current_database() and xact_start is not null and pid <> pg_backend_pid()"""

    async def look(context: PluginContext) -> None:
        await asyncio.sleep(0.3)
        found.append(sorted(await query(queue_url, open_now)))
        async with context.sessions() as session:
            await session.execute(text("select 1"))

    async with worker(queue_url, look):
        await until(lambda: bool(found))
        await is_idle(queue_url)
    assert found == [[]]


async def test_a_job_is_queued_with_its_time_and_nothing_else(queue_url: str) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def wait(_: PluginContext) -> None:
        entered.set()
        await leave.wait()

    async with worker(queue_url, wait):
        await asyncio.wait_for(entered.wait(), 60)
        rows = await query(queue_url, f"select args from {JOBS}")
        leave.set()
        await is_idle(queue_url)
    assert [list(row[0]) for row in rows] == [["timestamp"]]


async def test_a_failed_job_is_tried_again_and_its_words_stay_out_of_the_log(
    queue_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[int] = []

    async def fail(_: PluginContext) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("row of 김하늘")

    with caplog.at_level(logging.INFO):
        async with worker(queue_url, fail):
            await until(lambda: len(tries) == 1)
            for _ in range(300):
                rows = await query(
                    queue_url,
                    f"select args->>'attempt', scheduled_at > now() + interval '50 s' from {JOBS} "
                    "where status = 'todo'",
                )
                if rows:
                    break
                await asyncio.sleep(0.02)
            assert rows == [("1", True)]
            await query(queue_url, f"update {JOBS} set scheduled_at = now()")
            await until(lambda: len(tries) == 2)
            await is_idle(queue_url)
    assert "The job note of the module training failed (RuntimeError)." in caplog.text
    assert "김하늘" not in caplog.text


async def test_a_job_that_fails_for_good_is_given_up_until_its_next_period(queue_url: str) -> None:
    tries: list[int] = []

    async def fail(_: PluginContext) -> None:
        tries.append(1)
        raise RuntimeError

    async with worker(queue_url, fail):
        for number in range(1, 7):
            await until(lambda number=number: len(tries) == number)
            for _ in range(20):
                await query(queue_url, f"update {JOBS} set scheduled_at = now() where status = 'todo'")
                await asyncio.sleep(0.05)
                if len(tries) > number:
                    break
        await is_idle(queue_url)
    assert len(tries) == 6
    assert await query(queue_url, f"select 1 from {JOBS}") == []


async def test_a_job_that_never_ends_is_cut_off(queue_url: str, caplog: pytest.LogCaptureFixture) -> None:
    cut: list[int] = []

    async def hang(_: PluginContext) -> None:
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            cut.append(1)
            raise

    async with worker(queue_url, hang, limit=timedelta(seconds=0.3)):
        await until(lambda: bool(cut))
        await until(lambda: "(TimeoutError)" in caplog.text)


async def test_a_job_that_its_worker_leaves_is_done_by_the_next(
    queue_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts: list[int] = []
    done: list[int] = []

    async def long(_: PluginContext) -> None:
        starts.append(1)
        if len(starts) == 1:
            await asyncio.sleep(600)
        done.append(1)

    monkeypatch.setattr("digital_resume.adapters.jobs.GRACE_SECONDS", 0.2)
    async with worker(queue_url, long):
        await until(lambda: bool(starts))
    async with worker(queue_url, long):
        await until(lambda: bool(done))
        await is_idle(queue_url)
    assert len(starts) == 2


@pytest.fixture
def roles(postgres: EmbeddedPostgres, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Give every service's URL in a database of its own, and the owner's as ``owner``."""
    name = f"jobs_{secrets.token_hex(6)}"
    url = postgres.create_database(name)
    migrate_all(url)
    yield {"owner": url, **ensure_roles(url, tmp_path / "database")}
    postgres.drop_database(name)
    with psycopg.connect(postgres.url_of("postgres"), autocommit=True) as connection:
        for service in role_schemas():
            role = sql.Identifier(role_name(url, service))
            connection.execute(sql.SQL("drop role if exists {}").format(role))


OLD = """insert into plugin_training.completion (id, idempotency_key, recorded_at, completion_number, course,
    provider, start_date, end_date, hours, attendance_percent, completed, rule_from)
    select gen_random_uuid(), 'key', now() - interval '30 hours', 'TC-1', 'c', 'p', '2026-02-02',
    '2026-02-03', 8, 90, true, min(effective_from) from plugin_training.completion_rule"""


def test_resume_worker_runs_the_training_modules_job_with_the_modules_roles(roles: dict[str, str]) -> None:
    with psycopg.connect(roles["owner"], autocommit=True) as connection:
        connection.execute(OLD)
        environment = {
            **os.environ,
            "DATABASE_URL": roles["modules"],
            "PLUGIN_TRAINING_DATABASE_URL": roles["plugin_training"],
        }
        command = [sys.executable, "-m", "digital_resume.cli.app", "worker", "modules"]
        child = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        try:
            deadline = time.monotonic() + 60
            while child.poll() is None and time.monotonic() < deadline:
                kept = connection.execute("select idempotency_key from plugin_training.completion").fetchone()
                if kept == (None,):
                    break
                time.sleep(0.02)
            assert kept == (None,), child.poll()
        finally:
            child.send_signal(signal.SIGTERM)
            _, said = child.communicate(timeout=30)
    assert child.returncode == 0, said
    assert "Traceback" not in said, said


def test_the_role_of_modules_jobs_cannot_touch_the_services_queues(roles: dict[str, str]) -> None:
    with (
        psycopg.connect(roles["modules"]) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="schema jobs"),
    ):
        connection.execute("insert into jobs.procrastinate_jobs (queue_name, task_name) values ('a', 'b')")


def _production(**more: str) -> CommonSettings:
    origins = {f"{name}_url": "https://x.example" for name in ("issuer", "wallet", "verifier", "modules")}
    given = {"environment": "production", "database_url": "postgresql://nowhere.invalid/db", **origins}
    return CommonSettings.model_validate(given | more)


async def test_in_production_no_module_runs_beside_the_issuers_keys() -> None:
    with pytest.raises(WorkerPartError, match="resume worker issuer; resume worker modules"):
        await run_worker(_production())
    key = "A" * 22 + "b" * 21
    with pytest.raises(Exception, match="key-encryption key") as refusal:
        async with resources(_production(key_encryption_key=key)):
            pass
    assert key not in str(refusal.value)


async def test_a_part_that_there_is_not_is_named() -> None:
    with pytest.raises(WorkerPartError, match="'benefits'; take: issuer, modules"):
        await run_worker(CommonSettings.model_validate({"database_url": "postgresql://x/y"}), ["benefits"])
