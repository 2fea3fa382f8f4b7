"""Institutions as tenants: their names, signing keys, API keys and DID documents."""
