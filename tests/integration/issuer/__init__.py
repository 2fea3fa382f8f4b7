"""The issuer on real PostgreSQL and a real chain."""
