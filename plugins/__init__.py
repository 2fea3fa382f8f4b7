"""Modules that work on verified presentations, and the seam by which they come in (``modules.api``)."""
