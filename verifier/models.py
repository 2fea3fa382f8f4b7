"""The verifier's tables (PostgreSQL schema ``verifier``): its own checked copies of status lists.

A status list names nobody: it is an array of two-bit states with decoys. No presentation, share or
person is ever stored here.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from adapters.database import COLUMN_TYPES, metadata_for

SCHEMA = "verifier"


class Base(DeclarativeBase):
    """Declarative base of the schema."""

    metadata = metadata_for(SCHEMA)
    type_annotation_map = COLUMN_TYPES


class StatusCopy(Base):
    """One version of a status list, checked against the chain before it was stored.

    Older versions stay: "was it valid on that day" is answered from what the verifier itself has seen.
    """

    __tablename__ = "status_copy"
    __table_args__ = (
        CheckConstraint("octet_length(digest) = 32", name="digest_length"),
        CheckConstraint("octet_length(root) = 32", name="root_length"),
        CheckConstraint("size > 0", name="size_positive"),
        # One newest version a list and submitter; a refresh takes those looked at longest ago.
        Index("uq_status_copy_newest", "uri", "submitter", unique=True, postgresql_where=text("newest")),
        Index("ix_status_copy_seen_at", "seen_at", postgresql_where=text("newest")),
    )

    uri: Mapped[str] = mapped_column(primary_key=True)
    submitter: Mapped[str] = mapped_column(
        primary_key=True, comment="EVM address whose root covers this version"
    )
    sequence: Mapped[int] = mapped_column(primary_key=True, comment="the list's version")
    newest: Mapped[bool]
    issuer: Mapped[str] = mapped_column(comment="DID whose key signed the token")
    size: Mapped[int]
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), comment="SHA-256 of the statuses")
    statuses: Mapped[bytes] = mapped_column(comment="the canonical array, zlib")
    root: Mapped[bytes] = mapped_column(LargeBinary(32), comment="root the version was checked against")
    checked_at: Mapped[datetime] = mapped_column(comment="when it was fetched and checked")
    seen_at: Mapped[datetime] = mapped_column(
        comment="time of the newest block at which the chain still named its root"
    )
    published_at: Mapped[datetime] = mapped_column(
        comment="since when the chain names a root over this version, as far as was seen"
    )
    heartbeat: Mapped[datetime] = mapped_column(
        comment="when the submitter last said that its root is its newest"
    )
