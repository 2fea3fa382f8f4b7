"""Onboarding: an institution is added with all it needs, and its signing key is rotated."""
