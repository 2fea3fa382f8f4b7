"""An institution may have an Ed25519 key beside its P-256 key."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_STATES = ("active", "prepared")


def upgrade() -> None:
    """Name the curve of each key, and let one of each curve be active or prepared."""
    op.add_column(
        "signing_key",
        sa.Column("curve", sa.String(7), server_default="P-256", nullable=False),
        schema="issuer",
    )
    op.create_check_constraint(
        op.f("ck_signing_key_curve"), "signing_key", "curve IN ('P-256', 'Ed25519')", schema="issuer"
    )
    _index_by("institution_id", "curve")


def downgrade() -> None:
    """Forget the curves; keys of another curve must be gone before."""
    _index_by("institution_id")
    op.drop_constraint(op.f("ck_signing_key_curve"), "signing_key", schema="issuer", type_="check")
    op.drop_column("signing_key", "curve", schema="issuer")


def _index_by(*columns: str) -> None:
    for state in _STATES:
        name = f"uq_signing_key_{state}"
        op.drop_index(name, table_name="signing_key", schema="issuer")
        op.create_index(
            name,
            "signing_key",
            list(columns),
            unique=True,
            schema="issuer",
            postgresql_where=sa.text(f"state = '{state}'"),
        )
