"""One login role a service: whoever takes over a service, or is a module, reads its own schema only.

The role that ``resume migrate`` runs as owns everything. Each service is given a role of its own with
``SELECT, INSERT, UPDATE, DELETE`` on its schema, and on the tables that later migrations make there; no
role but the owner's changes tables or versions of migrations. Issuer and worker work on the queues, too.
The host of modules has a role for its own schema, and each module one for its schema alone.

Roles belong to the whole server, so their names begin with the database's: ``vdr_issuer`` in the database
``vdr``. PostgreSQL 15 or newer: there nobody but its owner creates anything in ``public``.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import psycopg
from psycopg import sql

from digital_resume.adapters.database.engine import libpq_url, sqlalchemy_url
from digital_resume.adapters.database.schemas import (
    JOBS_SCHEMA,
    MODULES_SCHEMA,
    role_schemas,
    service_schemas,
)
from digital_resume.core.errors import ResumeError
from digital_resume.settings import CommonSettings

_OWNERS_TABLES: Final = ("alembic_version", "vdr_applied")
_LOCK_KEY = int.from_bytes(hashlib.sha256(b"vdr-migrate|roles").digest()[:8], "big", signed=True)
_LONGEST_NAME = 63


class DatabaseRoleError(ResumeError):
    """Roles that cannot be made, or a service that was given a role of more than its own schema."""

    code = "database_role"


class _Grant(NamedTuple):
    schema: str
    statements: tuple[sql.Composed, ...]


def role_name(database_url: str, service: str) -> str:
    """Return the name of a service's role in a database."""
    database = sqlalchemy_url(database_url).database or ""
    name = f"{database}_{service}"
    if len(name.encode()) <= _LONGEST_NAME:
        return name
    return f"vdr_{hashlib.sha256(database.encode()).hexdigest()[:16]}_{service}"


def role_url(database_url: str, service: str, password: str) -> str:
    """Return the database's URL with a service's role."""
    url = sqlalchemy_url(database_url).set(
        drivername="postgresql", username=role_name(database_url, service), password=password
    )
    return url.render_as_string(hide_password=False)


def existing_roles(database_url: str) -> frozenset[str]:
    """Return the services that have a role."""
    with psycopg.connect(libpq_url(database_url), connect_timeout=10) as connection:
        found = {row[0] for row in connection.execute("select rolname from pg_roles")}
    return frozenset(service for service in role_schemas() if role_name(database_url, service) in found)


def create_roles(database_url: str, passwords: Mapping[str, str | None]) -> dict[str, str]:
    """Make every service's role, or bring it up to date, and return the URLs of those with a password.

    After the migrations; any number of times, and by several at once, if they know the same passwords.

    Args:
        database_url: with a role that owns the schemas and may create roles.
        passwords: of the services to make roles for; only a digest of them goes to the server. ``None``
            leaves a role that is there its own.

    Raises:
        DatabaseRoleError: the role of the URL may not create roles, or a name is a superuser's.
    """
    allowed = role_schemas()
    with psycopg.connect(libpq_url(database_url), connect_timeout=10) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK_KEY,))
        for service, password in passwords.items():
            name = role_name(database_url, service)
            try:
                _create_role(connection, name, password)
            except psycopg.errors.InsufficientPrivilege:
                raise DatabaseRoleError(
                    "The role of DATABASE_URL may not create roles. Give it CREATEROLE, or let the "
                    "database's administrator run what 'resume database-roles' prints.",
                    code="database_roles_not_permitted",
                ) from None
            for grant in _grants(name, allowed[service]):
                for statement in grant.statements:
                    connection.execute(statement)
                for table in _OWNERS_TABLES:
                    place = sql.Identifier(grant.schema, table)
                    found = connection.execute("select to_regclass(%s)", (place.as_string(connection),))
                    if found.fetchone() != (None,):
                        connection.execute(_reserve(place, name))
    return {
        service: role_url(database_url, service, password)
        for service, password in passwords.items()
        if password is not None
    }


def statements_by_hand(database_url: str) -> str:
    """Return the SQL that an administrator runs, after the migrations, where roles cannot be made for him.

    Run it as the owner of the schemas; the passwords are to be put in.
    """
    lines = []
    for service, schemas in role_schemas().items():
        name = role_name(database_url, service)
        lines.append(f"create role {sql.Identifier(name).as_string()} login password '…';")
        for grant in _grants(name, schemas):
            lines += [f"{statement.as_string()};" for statement in grant.statements]
            queues = grant.schema in {JOBS_SCHEMA, MODULES_SCHEMA}
            table = "vdr_applied" if queues else "alembic_version"
            lines.append(f"{_reserve(sql.Identifier(grant.schema, table), name).as_string()};")
    return "\n".join(lines)


def check_own_role(settings: CommonSettings, database_url: str, service: str) -> None:
    """Refuse, in production, a role that may use more schemas than its service has.

    A database that does not answer stops nobody from starting.

    Raises:
        DatabaseRoleError: it may.
    """
    if not settings.is_production:
        return
    # Ours by their tables of versions: other services' distributions need not be installed here.
    query = """select distinct nspname from pg_namespace join pg_class on relnamespace = pg_namespace.oid
        where relname = any(%s) and has_schema_privilege(pg_namespace.oid, 'usage')"""
    try:
        with psycopg.connect(libpq_url(database_url), connect_timeout=10) as connection:
            usable = {row[0] for row in connection.execute(query, (list(_OWNERS_TABLES),))}
    except psycopg.OperationalError:
        return
    foreign = sorted(usable - set(service_schemas().get(service, (service,))))
    if foreign:
        raise DatabaseRoleError(
            f"ENVIRONMENT=production refuses this DATABASE_URL for {service}: its role may use "
            f"{', '.join(foreign)}, too. Give each service its own role: 'resume migrate' makes them."
        )


def _create_role(connection: psycopg.Connection[Any], name: str, password: str | None) -> None:
    found = connection.execute("select rolsuper from pg_roles where rolname = %s", (name,)).fetchone()
    if found == (True,):
        raise DatabaseRoleError(
            f"The role {name} is a superuser. Rename it: a service's role is of that name."
        )
    if password is None:
        return
    # The server, and so its log, sees a verifier (RFC 5803) and never the password.
    verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    verb = sql.SQL("create" if found is None else "alter")
    role = sql.SQL("{} role {} login password {}").format(verb, sql.Identifier(name), sql.Literal(verifier))
    connection.execute(role)


def _grants(name: str, schemas: tuple[str, ...]) -> list[_Grant]:
    return [_Grant(schema, _grant(name, schema)) for schema in schemas]


def _grant(name: str, schema: str) -> tuple[sql.Composed, ...]:
    rows, numbers = "grant select, insert, update, delete on", "grant usage, select on"
    later = "alter default privileges in schema {schema}"
    forms = (
        "grant usage on schema {schema} to {role}",
        f"{rows} all tables in schema {{schema}} to {{role}}",
        f"{numbers} all sequences in schema {{schema}} to {{role}}",
        f"{later} {rows} tables to {{role}}",
        f"{later} {numbers} sequences to {{role}}",
    )
    names = {"schema": sql.Identifier(schema), "role": sql.Identifier(name)}
    return tuple(sql.SQL(form).format(**names) for form in forms)


def _reserve(table: sql.Identifier, name: str) -> sql.Composed:
    return sql.SQL("revoke insert, update, delete on {} from {}").format(table, sql.Identifier(name))
