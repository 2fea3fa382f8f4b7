"""Indexes for a root's last heartbeat, and for the root that was current at a moment."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the indexes, and drop the one that the new one stands in for."""
    op.create_index(
        "ix_status_heartbeat_said_at",
        "status_heartbeat",
        ["submitter", "sequence", "said_at"],
        schema="verifier",
    )
    op.create_index(
        "ix_status_root_moment", "status_root", ["submitter", "since", "sequence"], schema="verifier"
    )
    op.drop_index("ix_status_root_since", table_name="status_root", schema="verifier")


def downgrade() -> None:
    """Put the former index back."""
    op.create_index("ix_status_root_since", "status_root", ["submitter", "since"], schema="verifier")
    op.drop_index("ix_status_root_moment", table_name="status_root", schema="verifier")
    op.drop_index("ix_status_heartbeat_said_at", table_name="status_heartbeat", schema="verifier")
