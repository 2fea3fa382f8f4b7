"""Status roots of an index of the chain that is rebuilt, until the new one has been held against them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "status_root_before",
        sa.Column("submitter", sa.Text(), primary_key=True),
        sa.Column("sequence", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        schema="verifier",
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("status_root_before", schema="verifier")
