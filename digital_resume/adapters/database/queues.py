"""The schemas of queues: procrastinate's tables, created and brought up to date by its own migrations."""

import hashlib
from typing import Any, Final

import psycopg
from procrastinate.schema import SchemaManager, migrations_path
from psycopg import sql

from digital_resume.adapters.database.engine import libpq_url
from digital_resume.adapters.database.rate_limit_table import creation_of
from digital_resume.adapters.database.schemas import JOBS_SCHEMA, MODULES_SCHEMA

_LOCK_KEY: Final = int.from_bytes(hashlib.sha256(b"vdr-migrate|jobs").digest()[:8], "big", signed=True)


def apply_schema(database_url: str) -> None:
    """Create or update the schemas of queues; safe to run any number of times and by several at once."""
    with psycopg.connect(libpq_url(database_url), connect_timeout=10) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK_KEY,))
        for schema in (JOBS_SCHEMA, MODULES_SCHEMA):
            _apply(connection, schema)
        # The modules' host has no migrations of its own.
        connection.execute(creation_of(MODULES_SCHEMA).encode())


def _apply(connection: psycopg.Connection[Any], schema: str) -> None:
    own = sql.Identifier(schema)
    connection.execute(sql.SQL("create schema if not exists {}").format(own))
    connection.execute(sql.SQL("set local search_path to {}").format(own))
    connection.execute("create table if not exists vdr_applied (name text primary key)")
    applied = {row[0] for row in connection.execute("select name from vdr_applied")}
    names = sorted(path.name for path in migrations_path.glob("*.sql"))
    if not applied:
        connection.execute(SchemaManager.get_schema())
    else:
        for name in names:
            if name not in applied:
                connection.execute((migrations_path / name).read_bytes())
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into vdr_applied values (%s) on conflict do nothing", [(name,) for name in names]
        )
