"""Alembic's entry for the wallet's schema, run by ``digital_resume.adapters.database.migrate.upgrade``."""

from digital_resume.adapters.database.migrate import run_migrations
from wallet.models import Base

run_migrations(Base.metadata)
