"""Idempotency keys are forgotten by a clock of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "plugin_training"


def upgrade() -> None:
    """Add the retention clock."""
    op.create_table(
        "retention_clock",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column(
            "trusted_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="time by which data is destroyed",
        ),
        sa.Column(
            "seen_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="the system's clock at the last run",
        ),
        sa.Column("doubt_seconds", sa.Float(), nullable=False, comment="real time left without catching up"),
        sa.CheckConstraint("id = 1", name="one_row"),
        schema=SCHEMA,
    )
    op.execute(
        "insert into plugin_training.retention_clock (id, trusted_at, seen_at, doubt_seconds)"
        " values (1, now(), now(), 0)"
    )
