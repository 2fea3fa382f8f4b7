"""Table of the answers that are replayed under an ``Idempotency-Key``; one a key."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from issuer.institutions.models import Institution
from issuer.schema import Base


class IdempotentAnswer(Base):
    """The answer given under an ``Idempotency-Key``, encrypted, kept so long as it may be replayed."""

    __tablename__ = "idempotent_answer"

    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Institution.id), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    request_mac: Mapped[bytes] = mapped_column(comment="HMAC under the key-encryption key")
    status: Mapped[int | None] = mapped_column(SmallInteger)
    encrypted_body: Mapped[bytes | None]
    expires_at: Mapped[datetime] = mapped_column(index=True)
