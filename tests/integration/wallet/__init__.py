"""The wallet server on real PostgreSQL."""
