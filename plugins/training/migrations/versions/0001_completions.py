"""Completions and the rules that decide them."""

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "plugin_training"


def upgrade() -> None:
    """Create the tables and put in the rules that are known."""
    rules = op.create_table(
        "completion_rule",
        sa.Column("effective_from", sa.Date(), primary_key=True, comment="by the course's last day"),
        sa.Column("minimum_attendance_percent", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False, comment="where the rule is written"),
        sa.Column(
            "source_seen",
            sa.Boolean(),
            nullable=False,
            comment="false: from general knowledge, to be confirmed",
        ),
        sa.CheckConstraint("minimum_attendance_percent between 0 and 100", name="percent"),
        schema=SCHEMA,
    )
    op.create_table(
        "completion",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("idempotency_key", sa.String(255), nullable=True, comment="forgotten after a day"),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completion_number", sa.String(40), nullable=False, unique=True),
        sa.Column("course", sa.String(100), nullable=False),
        sa.Column("provider", sa.String(100), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=False),
        sa.Column("hours", sa.BigInteger(), nullable=False),
        sa.Column("attendance_percent", sa.BigInteger(), nullable=False),
        sa.Column("legal_basis", sa.String(200), nullable=True),
        sa.Column("completed", sa.Boolean(), nullable=False, comment="what the rule decided"),
        sa.Column(
            "rule_from",
            sa.Date(),
            sa.ForeignKey(f"{SCHEMA}.completion_rule.effective_from"),
            nullable=False,
        ),
        sa.Column(
            "record_id", sa.Text(), nullable=True, comment="the issuer's record, once it was handed in"
        ),
        sa.CheckConstraint("end_date >= start_date", name="period"),
        sa.CheckConstraint("hours between 1 and 10000", name="hours"),
        sa.CheckConstraint("attendance_percent between 0 and 100", name="attendance"),
        schema=SCHEMA,
    )
    op.create_index(
        "uq_completion_idempotency_key",
        "completion",
        ["idempotency_key"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("idempotency_key is not null"),
    )
    op.bulk_insert(
        rules,
        [
            {
                "effective_from": date(2020, 1, 1),
                "minimum_attendance_percent": 80,
                "source": "국민내일배움카드 운영규정 (2025년까지; 확인 필요)",
                "source_seen": False,
            },
            {
                "effective_from": date(2026, 1, 1),
                "minimum_attendance_percent": 80,
                "source": "국민내일배움카드 2026년 기준: 단위기간 출석률 80 % 이상",
                "source_seen": True,
            },
        ],
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("completion", schema=SCHEMA)
    op.drop_table("completion_rule", schema=SCHEMA)
