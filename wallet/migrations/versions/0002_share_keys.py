"""Shares are stored under keys that can be destroyed; the sweep goes by a clock of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the slot of a share's key, and the retention clock."""
    op.execute("create sequence wallet.share_key_slot minvalue 0 start 0")
    op.add_column(
        "share",
        sa.Column(
            "key_slot",
            sa.BigInteger(),
            nullable=True,
            comment="of the key in SHARE_KEYS_FILE; null when destroyed, or stored before there were keys",
        ),
        schema="wallet",
    )
    # What ended and still has a key: a kill came between.
    op.create_index(
        "ix_share_undestroyed",
        "share",
        ["key_slot"],
        schema="wallet",
        postgresql_where=sa.text("key_slot is not null"),
    )
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
        schema="wallet",
    )
    op.execute(
        "insert into wallet.retention_clock (id, trusted_at, seen_at, doubt_seconds)"
        " values (1, now(), now(), 0)"
    )
