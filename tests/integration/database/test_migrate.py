"""Migrations: starters wait for one another, and a failure leaves the version before."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from digital_resume.adapters.database import migrate as migrate_module

ENV = """
from sqlalchemy import MetaData
from digital_resume.adapters.database.migrate import run_migrations
run_migrations(MetaData(schema="sample"))
"""
FIRST = """
import time
import sqlalchemy as sa
from alembic import op
revision = "0001"
down_revision = None
OTHERS = 0
WAITING = sa.text(
    "select count(*) from pg_locks join pg_database on pg_database.oid = database "
    "where locktype = 'advisory' and not granted and datname = current_database()"
)
def upgrade():
    op.create_table("things", sa.Column("n", sa.Integer, primary_key=True), schema="sample")
    until = time.monotonic() + 30
    while op.get_bind().scalar(WAITING) < OTHERS and time.monotonic() < until:
        time.sleep(0.02)
    op.execute("insert into sample.things values (1)")
"""
SECOND = """
from alembic import op
revision = "0002"
down_revision = "0001"
def upgrade():
    op.execute("insert into sample.things values (2)")
    op.execute({statement!r})
"""


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str) -> Iterator[Path]:
    folder = tmp_path / "sample" / "migrations"
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text(ENV)
    (folder / "versions" / "0001_things.py").write_text(FIRST)
    monkeypatch.setattr(migrate_module, "migration_folder", lambda schema: tmp_path / schema / "migrations")
    yield folder
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("drop schema if exists sample cascade")
    shutil.rmtree(tmp_path / "sample")


def things(database_url: str) -> list[int]:
    with psycopg.connect(database_url) as connection:
        return [row[0] for row in connection.execute("select n from sample.things order by n")]


def test_starters_at_once_migrate_once(sample: Path, database_url: str) -> None:
    with ThreadPoolExecutor(1) as pool:
        # Alembic's context is one a process: other starters are other processes, by the same lock.
        assert (
            list(pool.map(lambda _: migrate_module.upgrade(database_url, "sample"), range(3))) == ["0001"] * 3
        )
    assert things(database_url) == [1]


def test_three_processes_migrating_at_once_wait_for_one_another(sample: Path, database_url: str) -> None:
    waits_for_the_others = FIRST.replace("OTHERS = 0", "OTHERS = 2")
    (sample / "versions" / "0001_things.py").write_text(waits_for_the_others)
    code = (
        "import sys; from pathlib import Path; from digital_resume.adapters.database import migrate; "
        "migrate.migration_folder = lambda schema: Path(sys.argv[1], schema, 'migrations'); "
        "print(migrate.upgrade(sys.argv[2], 'sample'))"
    )
    line = [sys.executable, "-c", code, str(sample.parents[1]), database_url]
    starters = [subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)]
    ends = [starter.communicate(timeout=60) for starter in starters]
    assert [starter.returncode for starter in starters] == [0, 0, 0], ends
    assert things(database_url) == [1]


def test_failing_migration_leaves_the_version_before(sample: Path, database_url: str) -> None:
    migrate_module.upgrade(database_url, "sample")
    second = sample / "versions" / "0002_more.py"
    second.write_text(SECOND.format(statement="select 1/0"))
    with pytest.raises(Exception, match="division by zero"):
        migrate_module.upgrade(database_url, "sample")
    assert things(database_url) == [1]
    second.write_text(SECOND.format(statement="select 1"))
    assert migrate_module.upgrade(database_url, "sample") == "0002"
    assert things(database_url) == [1, 2]


def test_name_that_is_not_an_identifier_is_refused(database_url: str) -> None:
    with pytest.raises(ValueError, match="service's name"):
        migrate_module.upgrade(database_url, 'x"; drop schema public; --')
