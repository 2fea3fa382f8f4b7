"""The training module's tables (schema ``plugin_training``).

A learner's name and birth date are not here: they go to the issuer, where the record waits encrypted for
its owner. What stays is what the provider must account for: course, hours, attendance and the decision.
"""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from digital_resume.modules.api import COLUMN_TYPES, plugin_metadata, retention_clock_table


class Base(DeclarativeBase):
    """Declarative base of the schema."""

    metadata = plugin_metadata("training")
    type_annotation_map = COLUMN_TYPES


retention_clock = retention_clock_table(Base.metadata)


class CompletionRule(Base):
    """From when which attendance completes a course, and where that is written. A new year is a new row."""

    __tablename__ = "completion_rule"
    __table_args__ = (CheckConstraint("minimum_attendance_percent between 0 and 100", name="percent"),)

    effective_from: Mapped[date] = mapped_column(primary_key=True, comment="by the course's last day")
    minimum_attendance_percent: Mapped[int]
    source: Mapped[str] = mapped_column(comment="where the rule is written")
    source_seen: Mapped[bool] = mapped_column(comment="false: from general knowledge, to be confirmed")


class Completion(Base):
    """One learner's course: what was recorded and what the rule made of it."""

    __tablename__ = "completion"
    __table_args__ = (
        CheckConstraint("end_date >= start_date", name="period"),
        CheckConstraint("hours between 1 and 10000", name="hours"),
        CheckConstraint("attendance_percent between 0 and 100", name="attendance"),
        Index(
            "uq_completion_idempotency_key",
            "idempotency_key",
            unique=True,
            postgresql_where=text("idempotency_key is not null"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    idempotency_key: Mapped[str | None] = mapped_column(String(255), comment="forgotten after a day")
    recorded_at: Mapped[datetime]
    completion_number: Mapped[str] = mapped_column(String(40), unique=True)
    course: Mapped[str] = mapped_column(String(100))
    provider: Mapped[str] = mapped_column(String(100))
    start_date: Mapped[date]
    end_date: Mapped[date]
    hours: Mapped[int]
    attendance_percent: Mapped[int]
    legal_basis: Mapped[str | None] = mapped_column(String(200))
    completed: Mapped[bool] = mapped_column(comment="what the rule decided")
    rule_from: Mapped[date] = mapped_column(ForeignKey(CompletionRule.effective_from))
    record_id: Mapped[str | None] = mapped_column(comment="the issuer's record, once it was handed in")

    rule: Mapped[CompletionRule] = relationship(lazy="joined")
