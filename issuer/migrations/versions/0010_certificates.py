"""A signing key may have a certificate chain, which its credentials carry as x5c."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it; keys of before have none."""
    op.add_column(
        "signing_key",
        sa.Column(
            "certificates",
            sa.String(16_384),
            nullable=True,
            comment="X.509 chain of the key in PEM form, its own certificate first; sent as x5c",
        ),
        schema="issuer",
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_column("signing_key", "certificates", schema="issuer")
