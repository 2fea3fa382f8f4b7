"""Migrations: one Alembic history a service, in a schema of the service's own.

``upgrade(database_url, "issuer")`` runs the migrations that the issuer's distribution declares
(``digital_resume.adapters.database.schemas``). The version table lies in the service's schema. Two
starters at the same moment wait for one another by an advisory lock, and a migration is one
transaction: a kill leaves the old version.

A service's ``migrations/env.py`` is two lines::

    from digital_resume.adapters.database.migrate import run_migrations
    run_migrations(Base.metadata)
"""

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import Connection, MetaData, create_engine, text
from sqlalchemy.pool import NullPool

from digital_resume.adapters.database.engine import sqlalchemy_url
from digital_resume.adapters.database.rate_limit_table import TABLE, creation_of
from digital_resume.adapters.database.schemas import MODULE_PREFIX, migration_folder

if TYPE_CHECKING:
    from alembic.config import Config


def upgrade(database_url: str, service: str, revision: str = "head") -> str | None:
    """Bring one service's schema to ``revision`` and return the version it has then.

    Args:
        database_url: ``postgresql://…``.
        service: the service's and schema's name.
        revision: Alembic revision.

    Raises:
        SchemaError: no installed distribution brings that schema.
    """
    from alembic import command  # noqa: PLC0415  # who only serves does not migrate, and need not import it

    engine = create_engine(sqlalchemy_url(database_url), poolclass=NullPool, hide_parameters=True)
    try:
        with engine.connect() as connection:
            connection.execute(text("select pg_advisory_lock(:key)"), {"key": _lock_key(service)})
            connection.execute(text(f'create schema if not exists "{_identifier(service)}"'))
            connection.commit()
            try:
                command.upgrade(_config(service, connection), revision)
                if not service.startswith(MODULE_PREFIX):
                    connection.execute(text(creation_of(_identifier(service))))
                connection.commit()
            finally:
                connection.rollback()
                connection.execute(text("select pg_advisory_unlock(:key)"), {"key": _lock_key(service)})
                connection.commit()
            return _version(connection, service)
    finally:
        engine.dispose()


def run_migrations(metadata: MetaData) -> None:
    """Run inside a service's ``env.py``: migrate on the connection that ``upgrade`` opened."""
    from alembic import context  # noqa: PLC0415  # as in upgrade

    connection = context.config.attributes["connection"]
    schema = context.config.attributes["schema"]

    def only_own(name: str | None, type_: str, _parents: object) -> bool:
        return _is_migrated(name, type_, schema)

    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table_schema=schema,
        include_schemas=True,
        include_name=only_own,
        compare_type=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


def differences(database_url: str, service: str, metadata: MetaData) -> list[object]:
    """Return how the migrated schema differs from the models; empty when a migration is not missing."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415  # tests only: slow to import
    from alembic.migration import MigrationContext  # noqa: PLC0415

    engine = create_engine(sqlalchemy_url(database_url), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            found = MigrationContext.configure(
                connection,
                opts={
                    "include_schemas": True,
                    "version_table_schema": service,
                    "include_name": lambda name, type_, _: _is_migrated(name, type_, service),
                },
            )
            return list(compare_metadata(found, metadata))
    finally:
        engine.dispose()


def _is_migrated(name: str | None, type_: str, schema: str) -> bool:
    return name == schema if type_ == "schema" else (type_, name) != ("table", TABLE)


def _config(service: str, connection: Connection) -> "Config":
    from alembic.config import Config  # noqa: PLC0415  # as in upgrade

    config = Config()
    config.set_main_option("script_location", str(migration_folder(service)))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["schema"] = _identifier(service)
    return config


def _version(connection: Connection, service: str) -> str | None:
    schema = _identifier(service)
    row = connection.execute(text(f'select version_num from "{schema}".alembic_version')).first()  # noqa: S608  # checked above
    return str(row[0]) if row else None


def _identifier(service: str) -> str:
    if not service.replace("_", "").isalnum() or not service.isascii():
        raise ValueError("A service's name is ASCII letters, digits and underscores.")
    return service


def _lock_key(service: str) -> int:
    digest = hashlib.sha256(b"vdr-migrate|" + service.encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
