"""Jobs run with their context, anchoring runs one at a time, and a killed worker's job is done by another."""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator

import procrastinate
import psycopg
import pytest

from digital_resume.adapters.database.queues import apply_schema
from digital_resume.adapters.jobs import ANCHORING, DEFAULT, make_app, work

pytestmark = pytest.mark.integration

blueprint = procrastinate.Blueprint()


@blueprint.task(name="note", queue=DEFAULT, pass_context=True)
async def note(context: procrastinate.JobContext, word: str) -> None:
    context.additional_context["heard"].append(word)


@blueprint.task(name="anchor", queue=ANCHORING, pass_context=True)
async def anchor(context: procrastinate.JobContext, number: int) -> None:
    running = context.additional_context["running"]
    running.append(number)
    context.additional_context["most"].append(len(running))
    await asyncio.sleep(0.05)
    running.remove(number)


KILLED = """
import asyncio, sys, time, procrastinate
from digital_resume.adapters.jobs import DEFAULT, make_app, work
blueprint = procrastinate.Blueprint()
@blueprint.task(name="note", queue=DEFAULT, pass_context=True)
async def note(context, word):
    print("working", flush=True)
    await asyncio.Event().wait()
async def main():
    app = make_app(sys.argv[1], blueprints={"sample": blueprint})
    async with app.open_async():
        await work(app, context={}, heartbeat=0.5)
asyncio.run(main())
"""


@pytest.fixture
async def app(database_url: str) -> AsyncIterator[procrastinate.App]:
    await asyncio.to_thread(apply_schema, database_url)
    made = make_app(database_url, blueprints={"sample": blueprint})
    async with made.open_async():
        yield made


@contextlib.asynccontextmanager
async def working(
    app: procrastinate.App, context: dict[str, object], heartbeat: float = 5.0
) -> AsyncIterator[None]:
    task = asyncio.create_task(work(app, context=context, heartbeat=heartbeat))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(condition: object, seconds: float = 60) -> None:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)


async def test_job_runs_with_the_context_it_was_given(app: procrastinate.App) -> None:
    heard: list[str] = []
    async with working(app, {"heard": heard}):
        await app.configure_task("sample:note").defer_async(word="hello")
        await until(lambda: heard == ["hello"])


async def test_anchoring_never_runs_twice_at_once(app: procrastinate.App) -> None:
    most: list[int] = []
    async with working(app, {"running": [], "most": most}):
        for number in range(6):
            await app.configure_task("sample:anchor").defer_async(number=number)
        await until(lambda: len(most) == 6)
    assert max(most) == 1


async def test_tables_of_the_queues_are_in_their_own_schema(
    app: procrastinate.App, database_url: str
) -> None:
    def schemas() -> list[str]:
        with psycopg.connect(database_url) as connection:
            found = connection.execute(
                "select distinct table_schema from information_schema.tables "
                "where table_name like 'procrastinate%'"
            )
            return [row[0] for row in found]

    assert sorted(await asyncio.to_thread(schemas)) == ["jobs", "modules"]


async def test_job_of_a_killed_worker_is_done_by_the_next(app: procrastinate.App, database_url: str) -> None:
    await app.configure_task("sample:note").defer_async(word="twice")
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, database_url, stdout=asyncio.subprocess.PIPE
    )
    assert killed.stdout is not None
    assert await killed.stdout.readline() == b"working\n"
    killed.kill()
    await killed.communicate()
    heard: list[str] = []
    async with working(app, {"heard": heard}, heartbeat=0.5):
        await until(lambda: heard == ["twice"])


async def test_left_job_gives_way_to_one_of_its_kind_that_waits(
    app: procrastinate.App, database_url: str
) -> None:
    task = app.configure_task("sample:note", queueing_lock="one-waits")
    await task.defer_async(word="left")
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, database_url, stdout=asyncio.subprocess.PIPE
    )
    assert killed.stdout is not None
    assert await killed.stdout.readline() == b"working\n"
    killed.kill()
    await killed.communicate()
    waits = app.configure_task("sample:note", queueing_lock="one-waits", schedule_in={"hours": 1})
    number = await waits.defer_async(word="later")

    def kept() -> list[int]:
        with psycopg.connect(database_url) as connection:
            query = "select id from jobs.procrastinate_jobs where queueing_lock = 'one-waits'"
            return [row[0] for row in connection.execute(query)]

    heard: list[str] = []
    async with working(app, {"heard": heard}, heartbeat=0.5):
        await until(lambda: kept() == [number])
        await app.configure_task("sample:note").defer_async(word="goes on")
        await until(lambda: heard == ["goes on"])
