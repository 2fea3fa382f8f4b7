"""Alembic's entry for the verifier's schema; run through ``adapters.database.migrate.upgrade``."""

from adapters.database.migrate import run_migrations
from verifier.models import Base

run_migrations(Base.metadata)
