"""Table of the transactions that this issuer signed; at most one a nonce is under way."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Identity, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from issuer.schema import Base


class ChainTransaction(Base):
    """A signed raw transaction, stored before it is sent. At most one a nonce is under way."""

    __tablename__ = "chain_transaction"
    __table_args__ = (
        CheckConstraint("purpose IN ('anchor', 'status', 'heartbeat')", name="purpose"),
        CheckConstraint("state IN ('signed', 'sent', 'mined', 'replaced', 'lost', 'void')", name="state"),
        Index(
            "uq_chain_transaction_nonce",
            "genesis",
            "submitter",
            "nonce",
            unique=True,
            postgresql_where=text("state IN ('signed', 'sent')"),
        ),
        Index("ix_chain_transaction_subject", "purpose", "subject_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(10))
    subject_id: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), server_default="signed")
    genesis: Mapped[str] = mapped_column(String(66))
    submitter: Mapped[str] = mapped_column(String(42))
    nonce: Mapped[int]
    hash: Mapped[bytes] = mapped_column(unique=True)
    raw: Mapped[bytes]
    max_fee_per_gas: Mapped[int]
    max_priority_fee_per_gas: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    sent_at: Mapped[datetime | None]
