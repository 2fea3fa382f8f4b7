"""Indexes by which the sweeping finds what is over."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the indexes."""
    op.create_index(
        "ix_record_waiting",
        "record",
        ["created_at"],
        schema="issuer",
        postgresql_where=sa.text("state <> 'issued'"),
    )
    op.create_index("ix_audit_event_at", "audit_event", ["at"], schema="issuer")
    op.create_index("ix_offer_expires_at", "offer", ["expires_at"], schema="issuer")
    op.create_index("ix_offer_record_id", "offer", ["record_id"], schema="issuer")
