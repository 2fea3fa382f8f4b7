"""Credentials: signing them, and changing their status afterwards."""
