"""Unit tests of the wallet server."""
