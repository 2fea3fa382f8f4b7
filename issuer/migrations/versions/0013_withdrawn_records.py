"""An institution withdraws and lists its records."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def _replace(name: str, condition: str) -> None:
    op.drop_constraint(op.f(f"ck_record_{name}"), "record", schema="issuer", type_="check")
    op.create_check_constraint(op.f(f"ck_record_{name}"), "record", condition, schema="issuer")


def upgrade() -> None:
    """Let a record be withdrawn, with nothing of what it said; find an institution's records in order."""
    _replace("state", "state IN ('waiting', 'offered', 'issued', 'withdrawn')")
    _replace("kept_until_issued", "state IN ('issued', 'withdrawn') OR encrypted_claims IS NOT NULL")
    op.create_index("ix_record_listed", "record", ["institution_id", "created_at", "id"], schema="issuer")


def downgrade() -> None:
    """Drop the records that were withdrawn and became no credential; the others are issued again."""
    op.drop_index("ix_record_listed", table_name="record", schema="issuer")
    op.execute(
        "UPDATE issuer.record SET state = 'issued' WHERE state = 'withdrawn'"
        " AND id IN (SELECT record_id FROM issuer.credential)"
    )
    for table in ("access_token", "offer"):
        op.execute(
            f"DELETE FROM issuer.{table} WHERE record_id IN"  # noqa: S608  # two names of this file
            " (SELECT id FROM issuer.record WHERE state = 'withdrawn')"
        )
    op.execute("DELETE FROM issuer.record WHERE state = 'withdrawn'")
    _replace("state", "state IN ('waiting', 'offered', 'issued')")
    _replace("kept_until_issued", "state = 'issued' OR encrypted_claims IS NOT NULL")
