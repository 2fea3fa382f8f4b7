"""Bring every schema of a database up to date."""

from adapters.database.migrate import SERVICES, has_migrations, upgrade
from adapters.jobs import SCHEMA, apply_schema


def migrate_all(database_url: str) -> dict[str, str]:
    """Migrate every service that brings migrations, and the queues; return each schema's version."""
    versions = {SCHEMA: "procrastinate"}
    apply_schema(database_url)
    for service in SERVICES:
        if has_migrations(service):
            versions[service] = upgrade(database_url, service) or "-"
    return versions
