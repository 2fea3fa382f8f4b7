"""Alembic's entry for the verifier's schema, run by ``digital_resume.adapters.database.migrate.upgrade``."""

from digital_resume.adapters.database.migrate import run_migrations
from verifier.models import Base

run_migrations(Base.metadata)
