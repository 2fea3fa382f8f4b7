"""Alembic history of the schema ``wallet``."""
