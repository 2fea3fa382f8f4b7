"""The real PostgreSQL and EVM node that come with the product, supervised as its own children."""

from digital_resume.local.host import EmbeddedError

__all__ = ["EmbeddedError"]
