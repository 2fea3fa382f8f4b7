"""Table of the records that wait for their owner.

Claims are encrypted under the key-encryption key. They stay after the record was issued, until its retention
ends, so that a person who lost the wallet can claim again.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from issuer.institutions.models import Institution
from issuer.schema import Base


class Record(Base):
    """What an institution handed over for one person: waits encrypted until it is claimed."""

    __tablename__ = "record"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'offered', 'issued', 'withdrawn')", name="state"),
        CheckConstraint(
            "state IN ('issued', 'withdrawn') OR encrypted_claims IS NOT NULL", name="kept_until_issued"
        ),
        *(
            CheckConstraint(
                f"{column} >= timestamptz '0001-01-01T00:00:00Z'"
                f" and {column} < timestamptz '10000-01-01T00:00:00Z'",
                name=f"{column}_kept",
            )
            for column in ("valid_from", "valid_until")
        ),
        Index(
            "ix_record_person",
            "institution_id",
            "blind_index",
            postgresql_where=text("blind_index IS NOT NULL"),
        ),
        Index(
            "ix_record_person_romanised",
            "institution_id",
            "romanised_index",
            postgresql_where=text("romanised_index IS NOT NULL"),
        ),
        Index("ix_record_listed", "institution_id", "created_at", "id"),
        Index(
            "ix_record_external_id",
            "institution_id",
            "external_id",
            postgresql_where=text("external_id IS NOT NULL"),
        ),
        Index("ix_record_kept", "issued_at", postgresql_where=text("encrypted_claims IS NOT NULL")),
        Index("ix_record_waiting", "created_at", postgresql_where=text("state <> 'issued'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Institution.id))
    credential_type: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(10), server_default="waiting")
    encrypted_claims: Mapped[bytes | None]
    blind_index: Mapped[bytes | None]
    romanised_index: Mapped[bytes | None] = mapped_column(comment="of the name in Roman letters")
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    external_id: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    issued_at: Mapped[datetime | None] = mapped_column(comment="when it became a credential the last time")
    corrected_at: Mapped[datetime | None] = mapped_column(
        comment="when it was amended or withdrawn the last time; its retention counts from then"
    )
