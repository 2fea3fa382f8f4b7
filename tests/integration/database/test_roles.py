"""Every service has a role of its own in the database, and a module reads its own schema only."""

import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text

from digital_resume.adapters.database.engine import Database, sqlalchemy_url
from digital_resume.adapters.database.roles import (
    DatabaseRoleError,
    check_own_role,
    create_roles,
    role_name,
    statements_by_hand,
)
from digital_resume.adapters.database.schemas import role_schemas
from digital_resume.adapters.database.setting_up import ensure_roles, migrate_all
from digital_resume.adapters.jobs import make_app
from digital_resume.core.errors import ResumeError
from digital_resume.local.postgres import EmbeddedPostgres
from digital_resume.settings import CommonSettings, Environment
from plugins.host.app import create_app as create_modules

pytestmark = pytest.mark.integration


@pytest.fixture
def migrated(postgres: EmbeddedPostgres) -> Iterator[str]:
    name = f"roles_{secrets.token_hex(6)}"
    url = postgres.create_database(name)
    migrate_all(url)
    yield url
    postgres.drop_database(name)
    with psycopg.connect(postgres.url_of("postgres"), autocommit=True) as connection:
        for service in role_schemas():
            connection.execute(
                sql.SQL("drop role if exists {}").format(sql.Identifier(role_name(url, service)))
            )


def tables_of(url: str, schema: str) -> list[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "select tablename from pg_tables where schemaname = %s order by 1", (schema,)
        )
        return [row[0] for row in rows]


def test_each_role_reads_its_own_schema_and_no_other(migrated: str, tmp_path: Path) -> None:
    urls = ensure_roles(migrated, tmp_path / "database")
    assert set(urls) == set(role_schemas())
    for service, url in urls.items():
        with psycopg.connect(url, autocommit=True) as connection:
            for schema in {schema for schemas in role_schemas().values() for schema in schemas}:
                for table in tables_of(migrated, schema):
                    query = sql.SQL("select count(*) from {}").format(sql.Identifier(schema, table))
                    if schema in role_schemas()[service]:
                        connection.execute(query)
                    else:
                        with pytest.raises(psycopg.errors.InsufficientPrivilege):
                            connection.execute(query)
            for forbidden in ("create schema own", "create table public.own (n int)", "create role other"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(forbidden)
    with psycopg.connect(urls["issuer"], autocommit=True) as connection:
        for forbidden in ("delete from issuer.alembic_version", "drop table issuer.nonce"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(forbidden)


async def test_the_connection_of_a_module_is_refused_on_issuer_tables(
    migrated: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = ensure_roles(migrated, tmp_path / "database")
    monkeypatch.setenv("PLUGIN_TRAINING_DATABASE_URL", urls["plugin_training"])
    app = create_modules(CommonSettings.model_validate({"database_url": urls["modules"]}))
    databases: tuple[Database, ...] = app.state.databases
    async with app.router.lifespan_context(app):
        for database in databases:
            with pytest.raises(Exception, match="permission denied for schema issuer"):
                async with database.sessions() as session:
                    await session.execute(text("select * from issuer.record"))
        async with databases[1].sessions() as session:
            await session.execute(text("select * from plugin_training.completion"))


def test_tables_of_later_migrations_are_granted_too(migrated: str, tmp_path: Path) -> None:
    urls = ensure_roles(migrated, tmp_path)
    with psycopg.connect(migrated) as connection:
        connection.execute("create table wallet.later (n bigint generated always as identity, t text)")
    with psycopg.connect(urls["wallet"]) as connection:
        connection.execute("insert into wallet.later (t) values ('x')")


async def test_issuer_and_worker_use_the_queues(migrated: str, tmp_path: Path) -> None:
    urls = ensure_roles(migrated, tmp_path)
    for service in ("issuer", "worker"):
        app = make_app(urls[service], max_connections=1)
        async with app.open_async():
            await app.configure_task("issuer:anchor_tick", allow_unknown=True).defer_async()
            assert await app.job_manager.list_jobs_async()


def test_passwords_are_kept_privately_and_stay(migrated: str, tmp_path: Path) -> None:
    folder = tmp_path / "database"
    urls = ensure_roles(migrated, folder)
    assert ensure_roles(migrated, folder) == urls
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len({sqlalchemy_url(url).password for url in urls.values()}) == len(role_schemas())


def test_another_folder_changes_no_password_unless_told_to(migrated: str, tmp_path: Path) -> None:
    urls = ensure_roles(migrated, tmp_path / "one")
    assert ensure_roles(migrated, tmp_path / "two") == {}
    psycopg.connect(urls["issuer"]).close()
    renewed = ensure_roles(migrated, tmp_path / "two", renew=True)
    psycopg.connect(renewed["issuer"]).close()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(urls["issuer"])


@pytest.fixture
def owner(migrated: str) -> Iterator[str]:
    """Give the URL of a role that owns its database and may not create roles."""
    name = f"owner_{secrets.token_hex(4)}"
    with psycopg.connect(migrated, autocommit=True) as connection:
        connection.execute(f"create role {name} login password 'test'")
        yield (
            sqlalchemy_url(migrated)
            .set(drivername="postgresql", username=name, password="test")
            .render_as_string(hide_password=False)
        )
        connection.execute(f"drop role {name}")


def test_a_role_that_may_not_create_roles_is_told_what_to_do(owner: str) -> None:
    with pytest.raises(DatabaseRoleError, match="CREATEROLE") as refused:
        create_roles(owner, {"wallet": "a-password"})
    assert refused.value.code == "database_roles_not_permitted"


def test_the_sql_by_hand_makes_the_same_grants(migrated: str) -> None:
    with psycopg.connect(migrated, autocommit=True) as connection:
        for statement in statements_by_hand(migrated).split(";\n"):
            connection.execute(statement.replace("…", "by-hand"))
    url = sqlalchemy_url(migrated).set(
        drivername="postgresql", username=role_name(migrated, "wallet"), password="by-hand"
    )
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute("select * from wallet.share")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select * from issuer.record")


def test_production_refuses_a_role_of_more_than_its_service(migrated: str, tmp_path: Path) -> None:
    urls = ensure_roles(migrated, tmp_path)
    settings = CommonSettings.model_validate({"database_url": migrated})
    production = settings.model_copy(update={"environment": Environment.PRODUCTION})
    for service, url in urls.items():
        check_own_role(production, url, service)
        check_own_role(settings, migrated, service)
        with pytest.raises(ResumeError, match="production refuses"):
            check_own_role(production, migrated, service)
    with pytest.raises(ResumeError, match="issuer"):
        check_own_role(production, urls["issuer"], "plugin_training")
