"""The verifier's tables (PostgreSQL schema ``verifier``): copies of status lists, index of the chain.

The index of the chain (``verifier.index``) holds what the three contracts' events say, with the blocks they
are in, so that all of it can be rolled back when the chain replaces blocks.
A status list names nobody: it is an array of two-bit states with decoys. No presentation, share or
person is ever stored here.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, SmallInteger, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from digital_resume.adapters.database import COLUMN_TYPES, metadata_for
from digital_resume.adapters.retention_clock import retention_clock_table

SCHEMA = "verifier"


class Base(DeclarativeBase):
    """Declarative base of the schema."""

    metadata = metadata_for(SCHEMA)
    type_annotation_map = COLUMN_TYPES


retention_clock = retention_clock_table(Base.metadata)


class StatusCopy(Base):
    """One version of a status list, checked against the chain before it was stored.

    Older versions stay: "was it valid on that day" is answered from what the verifier itself has seen.
    """

    __tablename__ = "status_copy"
    __table_args__ = (
        CheckConstraint("octet_length(digest) = 32", name="digest_length"),
        CheckConstraint("octet_length(root) = 32", name="root_length"),
        CheckConstraint("size > 0", name="size_positive"),
        # One newest version a list and submitter; a refresh takes those least recently looked at.
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


class IndexState(Base):
    """How far the index has come: one row, changed with every chunk in the chunk's own transaction."""

    __tablename__ = "index_state"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    pins: Mapped[str] = mapped_column(comment="chain and contracts that it is an index of")
    generation: Mapped[int] = mapped_column(comment="grows at each rollback")
    first_block: Mapped[int] = mapped_column(comment="where the contracts begin")
    block_number: Mapped[int] = mapped_column(comment="the newest block that is in it")
    block_hash: Mapped[str]
    block_time: Mapped[datetime]
    head_number: Mapped[int] = mapped_column(comment="the chain's newest block when last looked at")
    confirmed_at: Mapped[datetime] = mapped_column(
        comment="when the chain was last seen to have nothing more than is in here"
    )
    ready: Mapped[bool] = mapped_column(comment="whether the back-fill was once completed")


class IndexBlock(Base):
    """Blocks by which a reorganisation is noticed and its common ancestor found."""

    __tablename__ = "index_block"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hash: Mapped[str]
    lasting: Mapped[bool] = mapped_column(comment="has events or ends a chunk; others go when they are old")


class RegistryEventRow(Base):
    """An event of IssuerRegistry. It names institutions only, never a person."""

    __tablename__ = "registry_event"
    __table_args__ = (Index("ix_registry_event_issuer", "issuer_id", "block_number", "log_index"),)

    block_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    log_index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    issuer_id: Mapped[bytes]
    name: Mapped[str]
    members: Mapped[dict[str, Any]]


class AnchoredRoot(Base):
    """A root and when its submitter first anchored it."""

    __tablename__ = "anchored_root"
    __table_args__ = (Index("ix_anchored_root_block_number", "block_number"),)

    submitter: Mapped[str] = mapped_column(primary_key=True)
    root: Mapped[bytes] = mapped_column(primary_key=True)
    anchored_at: Mapped[datetime]
    block_number: Mapped[int]


class StatusRoot(Base):
    """A status root: current from ``since`` until the submitter's next one."""

    __tablename__ = "status_root"
    __table_args__ = (
        Index("ix_status_root_moment", "submitter", "since", "sequence"),
        Index("ix_status_root_block_number", "block_number"),
    )

    submitter: Mapped[str] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    root: Mapped[bytes]
    since: Mapped[datetime]
    block_number: Mapped[int]


class StatusRootBefore(Base):
    """A status root of the former index, while it is rebuilt: what spans of sequences meant."""

    __tablename__ = "status_root_before"

    submitter: Mapped[str] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    root: Mapped[bytes]


class StatusHeartbeatRow(Base):
    """A heartbeat; of each root's the last one stays when they are old."""

    __tablename__ = "status_heartbeat"
    __table_args__ = (Index("ix_status_heartbeat_said_at", "submitter", "sequence", "said_at"),)

    block_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    submitter: Mapped[str] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    said_at: Mapped[datetime]


class StatusSpan(Base):
    """Roots under which a kept version of a list was checked: the submitter's from ``first`` to ``last``.

    A version is believed for a moment only if the root that was current then lies in one of its spans.
    """

    __tablename__ = "status_span"
    __table_args__ = (Index("ix_status_span_seen_at", "seen_at"),)

    uri: Mapped[str] = mapped_column(primary_key=True)
    submitter: Mapped[str] = mapped_column(primary_key=True)
    first: Mapped[int] = mapped_column(primary_key=True, comment="sequence on StatusRegistry")
    last: Mapped[int]
    version: Mapped[int] = mapped_column(comment="sequence of the list itself")
    seen_at: Mapped[datetime] = mapped_column(comment="time of the newest block at which it was seen")
