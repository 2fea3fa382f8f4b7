"""Tables of institutions: tenants, their signing keys and API keys.

Private keys are encrypted under the key-encryption key, which is never in the database; of an API key only
the digest is kept.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from issuer.schema import Base


class Institution(Base):
    """A tenant: an institution that signs credentials in its own name."""

    __tablename__ = "institution"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    did: Mapped[str] = mapped_column(String(400), unique=True)
    name_ko: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    credential_types: Mapped[list[str]]
    blind_index_key: Mapped[bytes] = mapped_column(
        comment="HMAC key of the blind index, encrypted under the KEK"
    )
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SigningKey(Base):
    """A key of an institution; the private half is encrypted under the KEK.

    Each institution signs with a P-256 key; one with an Ed25519 key beside it signs ``eddsa-…`` proofs too.
    A prepared one signs nothing until the chain knows it; see ``issuer.onboarding.rotation``.
    """

    __tablename__ = "signing_key"
    __table_args__ = (
        Index(
            "uq_signing_key_active",
            "institution_id",
            "curve",
            unique=True,
            postgresql_where=text("state = 'active'"),
        ),
        Index(
            "uq_signing_key_prepared",
            "institution_id",
            "curve",
            unique=True,
            postgresql_where=text("state = 'prepared'"),
        ),
        CheckConstraint("state IN ('prepared', 'active', 'retired')", name="state"),
        CheckConstraint("curve IN ('P-256', 'Ed25519')", name="curve"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Institution.id), index=True)
    verification_method: Mapped[str] = mapped_column(String(600), unique=True)
    curve: Mapped[str] = mapped_column(String(7), server_default="P-256")
    encrypted_private_key: Mapped[bytes]
    state: Mapped[str] = mapped_column(String(10), server_default="active")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    retired_at: Mapped[datetime | None]
    certificates: Mapped[str | None] = mapped_column(
        String(16_384), comment="X.509 chain of the key in PEM form, its own certificate first; sent as x5c"
    )


class ApiKey(Base):
    """An API key of an institution: only the digest of its secret is kept."""

    __tablename__ = "api_key"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Institution.id), index=True)
    secret_digest: Mapped[bytes]
    scopes: Mapped[list[str]]
    label: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    revoked_at: Mapped[datetime | None]
