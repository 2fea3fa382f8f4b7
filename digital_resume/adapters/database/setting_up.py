"""Bring every schema of a database up to date, and give every service a role of its own."""

import secrets
from pathlib import Path

from digital_resume.adapters.database.engine import sqlalchemy_url
from digital_resume.adapters.database.migrate import upgrade
from digital_resume.adapters.database.queues import apply_schema
from digital_resume.adapters.database.roles import create_roles, existing_roles, role_url
from digital_resume.adapters.database.schemas import (
    JOBS_SCHEMA,
    MODULES_SCHEMA,
    migration_folders,
    role_schemas,
)
from digital_resume.adapters.private_files import write_private


def migrate_all(database_url: str) -> dict[str, str]:
    """Migrate every schema that an installed distribution brings, and the queues; return each one's version.

    Raises:
        SchemaError: a distribution's migrations cannot be loaded.
    """
    versions = dict.fromkeys((JOBS_SCHEMA, MODULES_SCHEMA), "procrastinate")
    apply_schema(database_url)
    for schema in migration_folders():
        versions[schema] = upgrade(database_url, schema) or "-"
    return versions


def ensure_roles(database_url: str, folder: Path, *, renew: bool = False) -> dict[str, str]:
    """Make every service's role, or bring it up to date; return the ``DATABASE_URL`` of each that is known.

    Args:
        database_url: with a role that owns the schemas and may create roles.
        folder: holds one file a service with its URL, 0600; made when missing.
        renew: whether a role that has no file here is given a new password. Otherwise it keeps the one that
            its service was told elsewhere.

    Raises:
        DatabaseRoleError: the role of the URL may not create roles.
    """
    there = frozenset() if renew else existing_roles(database_url)
    passwords: dict[str, str | None] = {}
    for service in role_schemas():
        file = folder / f"{service}.url"
        password = _kept_password(file)
        if password is None and service not in there:
            password = secrets.token_urlsafe(24)
        if password is not None:
            # Before the role has it: a crash in between leaves nobody with a password that is not known.
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_private(file, role_url(database_url, service, password) + "\n")
        passwords[service] = password
    return create_roles(database_url, passwords)


def _kept_password(file: Path) -> str | None:
    try:
        return sqlalchemy_url(file.read_text("utf-8").strip()).password
    except (FileNotFoundError, ValueError):
        return None
