"""Signing keys that are prepared: they sign only when the chain knows them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Allow the state, once for an institution."""
    op.drop_constraint(op.f("ck_signing_key_state"), "signing_key", schema="issuer")
    op.create_check_constraint(
        op.f("ck_signing_key_state"),
        "signing_key",
        "state IN ('prepared', 'active', 'retired')",
        schema="issuer",
    )
    op.create_index(
        "uq_signing_key_prepared",
        "signing_key",
        ["institution_id"],
        unique=True,
        schema="issuer",
        postgresql_where=sa.text("state = 'prepared'"),
    )
