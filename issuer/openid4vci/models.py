"""Tables of OpenID4VCI: offers with their codes, access tokens, nonces, used DPoP proofs.

Of a code, a token or a nonce only the digest is kept; an offer's code is kept encrypted as well, because the
offer can be fetched by reference.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from issuer.institutions.models import Institution
from issuer.records.models import Record
from issuer.schema import Base


class Offer(Base):
    """A credential offer with its pre-authorized code."""

    __tablename__ = "offer"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'redeemed', 'burnt', 'replaced')", name="state"),
        Index("uq_offer_open", "record_id", unique=True, postgresql_where=text("state = 'open'")),
    )

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Institution.id))
    record_id: Mapped[UUID] = mapped_column(ForeignKey(Record.id), index=True)
    state: Mapped[str] = mapped_column(String(10), server_default="open")
    code_digest: Mapped[bytes] = mapped_column(unique=True)
    encrypted_code: Mapped[bytes]
    tx_code_mac: Mapped[bytes | None]
    tries_left: Mapped[int] = mapped_column(SmallInteger)
    holder_thumbprint: Mapped[bytes | None] = mapped_column(
        comment="RFC 7638 thumbprint of the key that alone may claim"
    )
    replaces: Mapped[UUID | None] = mapped_column(comment="credential that a claim by it takes the place of")
    expires_at: Mapped[datetime] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AccessToken(Base):
    """An access token for the one credential of an offer; only its digest is kept."""

    __tablename__ = "access_token"

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Institution.id))
    record_id: Mapped[UUID] = mapped_column(ForeignKey(Record.id), index=True)
    credential_type: Mapped[str] = mapped_column(String(80))
    holder_thumbprint: Mapped[bytes | None]
    credential_identifier: Mapped[str | None] = mapped_column(
        String(22), comment="named to a wallet that asked by authorization_details"
    )
    dpop_thumbprint: Mapped[bytes | None] = mapped_column(
        comment="RFC 7638 thumbprint of the key that alone may use it; a bearer token has none"
    )
    replaces: Mapped[UUID | None]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Nonce(Base):
    """A ``c_nonce`` that was handed out and not used yet; using it deletes the row."""

    __tablename__ = "nonce"

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Institution.id))
    expires_at: Mapped[datetime] = mapped_column(index=True)


class DpopProof(Base):
    """A DPoP proof that was used; a second one of the same digest is a replay."""

    __tablename__ = "dpop_proof"

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
