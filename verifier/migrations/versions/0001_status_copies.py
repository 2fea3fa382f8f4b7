"""Checked copies of status lists."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of copies."""
    op.create_table(
        "status_copy",
        sa.Column("uri", sa.Text(), primary_key=True),
        sa.Column("sequence", sa.BigInteger(), primary_key=True, comment="the list's version"),
        sa.Column("newest", sa.Boolean(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False, comment="DID whose key signed the token"),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False, comment="SHA-256 of the statuses"),
        sa.Column("statuses", sa.LargeBinary(), nullable=False, comment="the canonical array, zlib"),
        sa.Column(
            "submitter", sa.Text(), nullable=False, comment="EVM address whose root covers this version"
        ),
        sa.Column("root", sa.LargeBinary(32), nullable=False, comment="root the version was checked against"),
        sa.Column(
            "checked_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="when it was fetched and checked",
        ),
        sa.Column(
            "seen_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="time of the newest block at which the chain still named its root",
        ),
        sa.CheckConstraint("octet_length(digest) = 32", name="digest_length"),
        sa.CheckConstraint("octet_length(root) = 32", name="root_length"),
        sa.CheckConstraint("size > 0", name="size_positive"),
        schema="verifier",
    )
    op.create_index(
        "uq_status_copy_newest",
        "status_copy",
        ["uri"],
        unique=True,
        schema="verifier",
        postgresql_where=sa.text("newest"),
    )
    op.create_index(
        "ix_status_copy_seen_at",
        "status_copy",
        ["seen_at"],
        schema="verifier",
        postgresql_where=sa.text("newest"),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("status_copy", schema="verifier")
