"""Waiting records are found by the name in Roman letters too."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index of the romanised name; records of before are found by their offers, as ever."""
    op.add_column(
        "record",
        sa.Column("romanised_index", sa.LargeBinary(), nullable=True, comment="of the name in Roman letters"),
        schema="issuer",
    )
    op.create_index(
        "ix_record_unclaimed_romanised",
        "record",
        ["institution_id", "romanised_index"],
        schema="issuer",
        postgresql_where=sa.text("state <> 'issued' AND romanised_index IS NOT NULL"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_record_unclaimed_romanised", table_name="record", schema="issuer")
    op.drop_column("record", "romanised_index", schema="issuer")
