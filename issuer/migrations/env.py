"""Alembic's entry for the issuer's schema; run through ``adapters.database.migrate.upgrade``."""

from adapters.database.migrate import run_migrations
from issuer.models import Base

run_migrations(Base.metadata)
