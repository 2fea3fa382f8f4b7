"""A corrected record is kept from its correction on; indexes for the sweep and for look-ups by reference."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Date the corrections that the audit log has; find credentials by record, records by reference."""
    op.add_column(
        "record",
        sa.Column(
            "corrected_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when it was amended or withdrawn the last time; its retention counts from then",
        ),
        schema="issuer",
    )
    op.execute(
        "UPDATE issuer.record SET corrected_at = noted.at FROM ("
        "SELECT subject, max(at) AS at FROM issuer.audit_event"
        " WHERE action IN ('record.amended', 'record.withdrawn') GROUP BY subject"
        ") AS noted WHERE noted.subject = record.id::text"
    )
    # 0012 left an index of the credentials that were not replaced only: a deleted record looks for all.
    op.create_index("ix_credential_record_id", "credential", ["record_id"], schema="issuer")
    op.create_index(
        "ix_record_external_id",
        "record",
        ["institution_id", "external_id"],
        schema="issuer",
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )


def downgrade() -> None:
    """Drop the indexes; retention counts from when a record was handed in."""
    op.drop_index("ix_record_external_id", table_name="record", schema="issuer")
    op.drop_index("ix_credential_record_id", table_name="credential", schema="issuer")
    op.drop_column("record", "corrected_at", schema="issuer")
