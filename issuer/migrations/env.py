"""Alembic's entry for the issuer's schema, run by ``digital_resume.adapters.database.migrate.upgrade``."""

from digital_resume.adapters.database.migrate import run_migrations
from issuer.migrations.tables import metadata

run_migrations(metadata)
