"""Access tokens name their credential to wallets that ask by authorization_details."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the identifier; tokens of before have none, and their wallets were told of none."""
    op.add_column(
        "access_token",
        sa.Column(
            "credential_identifier",
            sa.String(22),
            nullable=True,
            comment="named to a wallet that asked by authorization_details",
        ),
        schema="issuer",
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_column("access_token", "credential_identifier", schema="issuer")
