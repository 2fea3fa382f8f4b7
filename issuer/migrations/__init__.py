"""Alembic migrations of the schema ``issuer``."""
