"""Requests are known by an HMAC; what destroys goes by a clock of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every plain digest over personal data unusable, and add the retention clock."""
    op.alter_column(
        "idempotent_answer",
        "request_digest",
        new_column_name="request_mac",
        comment="HMAC under the key-encryption key",
        schema="issuer",
    )
    # Random: an old key sent again is refused as used, so that nothing is issued twice.
    op.execute(
        "update issuer.idempotent_answer"
        " set request_mac = uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())"
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
        schema="issuer",
    )
    op.execute(
        "insert into issuer.retention_clock (id, trusted_at, seen_at, doubt_seconds)"
        " values (1, now(), now(), 0)"
    )
