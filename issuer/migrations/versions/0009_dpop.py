"""Access tokens may be bound to a key, and proofs of that key are used once (RFC 9449)."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both; tokens of before are bearer tokens."""
    op.add_column(
        "access_token",
        sa.Column(
            "dpop_thumbprint",
            sa.LargeBinary(),
            nullable=True,
            comment="RFC 7638 thumbprint of the key that alone may use it; a bearer token has none",
        ),
        schema="issuer",
    )
    op.create_table(
        "dpop_proof",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_dpop_proof"),
        schema="issuer",
    )
    op.create_index("ix_dpop_proof_expires_at", "dpop_proof", ["expires_at"], schema="issuer")


def downgrade() -> None:
    """Drop both."""
    op.drop_table("dpop_proof", schema="issuer")
    op.drop_column("access_token", "dpop_thumbprint", schema="issuer")
