"""PostgreSQL: engine and sessions, migrations, what models share."""

from digital_resume.adapters.database.base import COLUMN_TYPES, NAMING_CONVENTION, metadata_for
from digital_resume.adapters.database.engine import (
    Database,
    DatabaseDep,
    SessionDep,
    database_of,
    libpq_url,
    request_session,
)
from digital_resume.adapters.database.once import execute_once

__all__ = [
    "COLUMN_TYPES",
    "NAMING_CONVENTION",
    "Database",
    "DatabaseDep",
    "SessionDep",
    "database_of",
    "execute_once",
    "libpq_url",
    "metadata_for",
    "request_session",
]
