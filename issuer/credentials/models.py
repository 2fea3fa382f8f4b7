"""Table of issued credentials: after a claim only ids, the type, the status index and the leaf remain.

Constraints carry what must never happen: one credential a record that was not replaced, one index a status
list.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from issuer.anchoring.models import Leaf
from issuer.institutions.models import Institution
from issuer.records.models import Record
from issuer.schema import Base
from issuer.status.models import StatusList


class Credential(Base):
    """An issued credential: ids, type, status index and leaf, never what it says.

    ``encrypted_delivery`` holds the credential only until the wallet has confirmed it or the delivery
    time is over, so that an answer lost on the network can be asked for again. ``replaced_at`` is when
    another credential of the same record took its place.
    """

    __tablename__ = "credential"
    __table_args__ = (
        UniqueConstraint("status_list_id", "status_index"),
        Index(
            "uq_credential_record_id", "record_id", unique=True, postgresql_where=text("replaced_at IS NULL")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Institution.id), index=True)
    record_id: Mapped[UUID | None] = mapped_column(ForeignKey(Record.id), index=True)
    credential_type: Mapped[str] = mapped_column(String(80))
    status_list_id: Mapped[UUID] = mapped_column(ForeignKey(StatusList.id))
    status_index: Mapped[int]
    leaf: Mapped[bytes] = mapped_column(ForeignKey(Leaf.digest), unique=True)
    issued_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]
    notification_id: Mapped[str | None] = mapped_column(String(22), unique=True)
    notification_event: Mapped[str | None] = mapped_column(String(24))
    encrypted_delivery: Mapped[bytes | None]
    delivery_thumbprint: Mapped[bytes | None]
    delivery_expires_at: Mapped[datetime | None] = mapped_column(index=True)
