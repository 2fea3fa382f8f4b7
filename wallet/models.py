"""The wallet server's tables (PostgreSQL schema ``wallet``): ciphertext, and nothing that opens it.

A share's ciphertext is stored under a key of its own that lies elsewhere (``wallet.share_keys``).

Of a stopped or expired share only the id, its times and the digest of its stop secret remain, so that
its link still answers "sharing has ended"; after ``tombstone_days`` that goes too.
"""

from datetime import datetime

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    Sequence,
    String,
    func,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from digital_resume.adapters.database import COLUMN_TYPES, metadata_for
from digital_resume.adapters.retention_clock import retention_clock_table

SCHEMA = "wallet"


class Base(DeclarativeBase):
    """Declarative base of the schema."""

    metadata = metadata_for(SCHEMA)
    type_annotation_map = {  # noqa: RUF012  # SQLAlchemy reads this class attribute
        **COLUMN_TYPES,
        list[datetime]: ARRAY(DateTime(timezone=True)),
    }


key_slots = Sequence("share_key_slot", schema=SCHEMA, metadata=Base.metadata, minvalue=0, start=0)
retention_clock = retention_clock_table(Base.metadata)


class Share(Base):
    """One shared resume, sealed by the seeker's wallet."""

    __tablename__ = "share"
    __table_args__ = (
        CheckConstraint("length(id) = 22", name="id_length"),
        CheckConstraint("octet_length(stop_key_hash) = 32", name="stop_key_hash_length"),
        CheckConstraint("stopped_at is null or ciphertext is null", name="stopped_is_erased"),
        # The sweep looks for what still holds ciphertext, and for tombstones old enough to go.
        Index("ix_share_kept", "expires", postgresql_where=text("ciphertext is not null")),
        Index("ix_share_expires", "expires"),
        Index("ix_share_undestroyed", "key_slot", postgresql_where=text("key_slot is not null")),
    )

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    version: Mapped[int]
    expires: Mapped[int] = mapped_column(comment="Unix seconds, as the envelope's additional data has it")
    stop_key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), comment="SHA-256 of the stop secret")
    ciphertext: Mapped[bytes | None] = mapped_column(comment="erased when stopped or expired")
    key_slot: Mapped[int | None] = mapped_column(
        comment="of the key in SHARE_KEYS_FILE; null when destroyed, or stored before there were keys"
    )
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    stopped_at: Mapped[datetime | None]


class ShareOpenings(Base):
    """How often a share was fetched, and the last times."""

    __tablename__ = "share_openings"

    share_id: Mapped[str] = mapped_column(
        String(22), ForeignKey(Share.id, ondelete="CASCADE"), primary_key=True
    )
    count: Mapped[int]
    recent: Mapped[list[datetime]] = mapped_column(comment="oldest first, a bounded number")
