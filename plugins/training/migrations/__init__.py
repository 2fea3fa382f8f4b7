"""Migrations of the training module."""
