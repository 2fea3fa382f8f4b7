"""Alembic's entry for the training module's schema."""

from digital_resume.modules.api import run_migrations
from plugins.training.models import Base

run_migrations(Base.metadata)
