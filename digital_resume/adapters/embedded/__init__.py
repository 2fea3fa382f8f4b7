"""The real PostgreSQL and EVM node that come with the product, supervised as its own children."""

from digital_resume.adapters.embedded.host import EmbeddedError

__all__ = ["EmbeddedError"]
