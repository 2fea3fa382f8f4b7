"""Credentials: signed, given a status entry and a leaf, and their status changed afterwards."""
