"""Shares and their openings."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of sealed shares."""
    op.create_table(
        "share",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column(
            "expires",
            sa.BigInteger(),
            nullable=False,
            comment="Unix seconds, as the envelope's additional data has it",
        ),
        sa.Column("stop_key_hash", sa.LargeBinary(32), nullable=False, comment="SHA-256 of the stop secret"),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=True, comment="erased when stopped or expired"),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(id) = 22", name="id_length"),
        sa.CheckConstraint("octet_length(stop_key_hash) = 32", name="stop_key_hash_length"),
        sa.CheckConstraint("stopped_at is null or ciphertext is null", name="stopped_is_erased"),
        schema="wallet",
    )
    op.create_index(
        "ix_share_kept",
        "share",
        ["expires"],
        schema="wallet",
        postgresql_where=sa.text("ciphertext is not null"),
    )
    op.create_index("ix_share_expires", "share", ["expires"], schema="wallet")
    # Ciphertext does not compress: store it out of line and spare the attempt.
    op.execute("alter table wallet.share alter column ciphertext set storage external")
    op.create_table(
        "share_openings",
        sa.Column(
            "share_id",
            sa.String(22),
            sa.ForeignKey("wallet.share.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column(
            "recent",
            sa.ARRAY(sa.DateTime(timezone=True)),
            nullable=False,
            comment="oldest first, a bounded number",
        ),
        schema="wallet",
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("share_openings", schema="wallet")
    op.drop_table("share", schema="wallet")
