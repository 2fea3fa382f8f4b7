"""Migrations of the verifier's schema."""
