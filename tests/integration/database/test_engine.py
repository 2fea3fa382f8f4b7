"""Sessions commit once and before the answer; single-use rows are used once."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from digital_resume.adapters.database import Database, SessionDep, execute_once, libpq_url
from digital_resume.adapters.database.engine import sqlalchemy_url
from digital_resume.adapters.database.queues import apply_schema
from digital_resume.core.errors import ResumeError
from digital_resume.local.postgres import EmbeddedPostgres
from digital_resume.web.problems import install_problem_handlers

pytestmark = pytest.mark.integration


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url)
    async with made.engine.begin() as connection:
        await connection.execute(text("drop table if exists kept"))
        await connection.execute(text("drop table if exists parent"))
        await connection.execute(text("create table parent (n int primary key)"))
        await connection.execute(
            text("create table kept (n int references parent deferrable initially deferred, used bool)")
        )
    yield made
    await made.dispose()


async def rows(database: Database) -> int:
    async with database.sessions() as session:
        return int(await session.scalar(text("select count(*) from kept")) or 0)


def make_app(database: Database) -> FastAPI:
    app = FastAPI()
    app.state.database = database
    install_problem_handlers(app)

    @app.post("/good")
    async def good(session: SessionDep) -> dict[str, str]:
        await session.execute(text("insert into kept values (null, false)"))
        return {"state": "stored"}

    @app.post("/raises")
    async def raises(session: SessionDep) -> None:
        await session.execute(text("insert into kept values (null, false)"))
        raise ResumeError("It went wrong.", code="conflict")

    @app.post("/commit-fails")
    async def commit_fails(session: SessionDep) -> dict[str, str]:
        await session.execute(text("insert into kept values (1, false)"))
        return {"state": "stored"}

    return app


async def post(app: FastAPI, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.post(path)


async def test_endpoint_that_returns_is_committed(database: Database) -> None:
    assert (await post(make_app(database), "/good")).status_code == 200
    assert await rows(database) == 1


async def test_endpoint_that_raises_is_rolled_back(database: Database) -> None:
    assert (await post(make_app(database), "/raises")).status_code == 409
    assert await rows(database) == 0


async def test_client_never_hears_of_a_commit_that_failed(database: Database) -> None:
    answer = await post(make_app(database), "/commit-fails")
    assert answer.status_code == 500
    assert "stored" not in answer.text
    assert "parent" not in answer.text
    assert await rows(database) == 0


async def test_of_many_requests_at_once_one_consumes_the_row(database: Database) -> None:
    await execute_once(database, text("insert into kept values (null, false)"))
    consume = text("update kept set used = true where not used returning used")
    found = await asyncio.gather(*(execute_once(database, consume) for _ in range(12)))
    assert sum(row is not None for row in found) == 1


async def test_what_is_consumed_stays_so_when_the_request_fails(database: Database) -> None:
    await execute_once(database, text("insert into kept values (null, false)"))
    consume = text("update kept set used = true where not used returning used")
    async with database.sessions() as session:
        await session.begin()
        assert await execute_once(database, consume) is not None
        await session.rollback()
    assert await execute_once(database, consume) is None


async def test_error_of_the_database_does_not_show_parameters(database: Database) -> None:
    with pytest.raises(Exception, match="invalid input syntax") as caught:
        await execute_once(database, text("select cast(:value as text)::int"), {"value": "김하늘-비밀"})
    assert "[SQL parameters hidden" in str(caught.value)


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite:///x", "nonsense", ""])
def test_other_databases_are_refused_without_repeating_the_url(url: str) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL"):
        sqlalchemy_url(url)


def test_password_with_special_characters_survives() -> None:
    url = "postgresql://u:p%40ss%2Fw@127.0.0.1:5432/d"
    assert sqlalchemy_url(url).password == "p@ss/w"
    assert "p%40ss" in libpq_url(url)


def test_schema_of_the_queues_is_applied_once_however_often_it_is_asked(database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: apply_schema(database_url), range(4)))
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "select count(*) from information_schema.tables where table_schema = 'jobs' "
            "and table_name = 'procrastinate_jobs'"
        ).fetchone()
    assert row == (1,)


def test_databases_are_made_and_dropped(postgres: EmbeddedPostgres) -> None:
    name = f"twice_{secrets.token_hex(4)}"
    assert postgres.create_database(name) == postgres.create_database(name)
    postgres.drop_database(name)
