"""Recording a completion: decide by the rule in force, hand the record to the issuer, offer it.

The order makes a crash at any point harmless: the row is committed first, the issuer is asked with a key
made from the row's id, so that asking again gives the same record. No transaction is open while the
issuer is asked.
"""

import secrets
import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from digital_resume.core.credentials.catalog import credential_type
from digital_resume.core.credentials.claims import normalise_claims, validate_claims
from digital_resume.modules.api import IssuerRefusedError, Offer, PluginContext
from plugins.training.errors import CourseError, IdempotencyError
from plugins.training.models import Completion, CompletionRule
from plugins.training.settings import TrainingSettings

TYPE = "TrainingCompletion"
COMPLETED = "수료"


@dataclass(frozen=True, slots=True)
class Course:
    """What the provider records of a course and of its learner's attendance."""

    course: str
    provider: str
    start_date: date
    end_date: date
    hours: int
    attendance_percent: int
    legal_basis: str | None


@dataclass(frozen=True, slots=True)
class Learner:
    """Who took the course; never stored here."""

    name: str
    birth_date: date
    name_romanised: str | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """The decision, and the offer when it is a completion that nobody has claimed yet."""

    completion: Completion
    rule: CompletionRule
    offer: Offer | None


async def record_completion(
    context: PluginContext, course: Course, learner: Learner, *, idempotency_key: str
) -> Recorded:
    """Record a learner's course and, when the rule is met, offer the credential.

    Args:
        context: the module's context.
        course: course and attendance.
        learner: the person.
        idempotency_key: the provider's own; the same key and course answer the same completion, with a
            fresh offer as long as nobody has claimed it.

    Raises:
        CourseError: the course has not ended, or no rule is in force for it.
        SchemaError: claims that break the credential type's rules.
        IdempotencyError: the key was used for another course.
        IssuerRefusedError: the issuer refused, also a reused key for another learner.
        SourceUnavailableError: the issuer cannot be reached; send the same request again.
    """
    today = context.clock.now().date()
    if course.end_date > today:
        raise CourseError("The course has not ended yet; record the completion after its last day.")
    rule = await rule_for(context, course.end_date)
    number = f"TC-{course.end_date.year}-{secrets.token_hex(5).upper()}"
    validate_claims(credential_type(TYPE), _claims(course, learner, number))
    completion = await _keep(context, course, rule, number=number, key=idempotency_key)
    if not completion.completed:
        return Recorded(completion, completion.rule, None)
    # Asked every time: the issuer notices when the key comes with another learner than the first time.
    record_id = await _hand_in(context, completion, course, learner)
    return Recorded(completion, completion.rule, await _offer(context, record_id))


async def rule_for(context: PluginContext, day: date) -> CompletionRule:
    """Return the rule in force on the course's last day.

    Raises:
        CourseError: ``no_rule_in_force``.
    """
    async with context.sessions() as session:
        rule = await session.scalar(
            select(CompletionRule)
            .where(CompletionRule.effective_from <= day)
            .order_by(CompletionRule.effective_from.desc())
            .limit(1)
        )
    if rule is None:
        raise CourseError(
            "No completion rule is in force for that day; add one with its source.", code="no_rule_in_force"
        )
    return rule


async def recent_completions(context: PluginContext, limit: int = 50) -> list[Completion]:
    """Return the newest completions."""
    async with context.sessions() as session:
        rows = await session.scalars(
            select(Completion).order_by(Completion.recorded_at.desc(), Completion.id).limit(limit)
        )
        return list(rows)


async def all_rules(context: PluginContext) -> list[CompletionRule]:
    """Return every rule, the newest first."""
    async with context.sessions() as session:
        return list(
            await session.scalars(select(CompletionRule).order_by(CompletionRule.effective_from.desc()))
        )


async def forget_requests(context: PluginContext) -> None:
    """Forget idempotency keys whose day is over.

    A key that is forgotten early records the same course twice, so it goes by the time that has passed.

    Raises:
        ClockInDoubtError: the clocks disagree; nothing is forgotten.
    """
    assert context.retention is not None
    async with context.sessions.begin() as session:
        until = await context.retention.moment(session) - _window(context)
    async with context.sessions.begin() as session:
        await session.execute(
            update(Completion)
            .where(Completion.idempotency_key.is_not(None), Completion.recorded_at < until)
            .values(idempotency_key=None)
        )


def _window(context: PluginContext) -> timedelta:
    settings = context.settings
    assert isinstance(settings, TrainingSettings)
    return timedelta(hours=settings.idempotency_hours)


async def _keep(
    context: PluginContext, course: Course, rule: CompletionRule, *, number: str, key: str
) -> Completion:
    """Store the completion once a key and return what is stored under the key."""
    values = {
        "id": uuid.uuid4(),
        "idempotency_key": key,
        "recorded_at": context.clock.now(),
        "completion_number": number,
        "course": course.course,
        "provider": course.provider,
        "start_date": course.start_date,
        "end_date": course.end_date,
        "hours": course.hours,
        "attendance_percent": course.attendance_percent,
        "legal_basis": course.legal_basis,
        "completed": course.attendance_percent >= rule.minimum_attendance_percent,
        "rule_from": rule.effective_from,
    }
    async with context.sessions.begin() as session:
        await session.execute(
            insert(Completion)
            .values(values)
            .on_conflict_do_nothing(
                index_elements=[Completion.idempotency_key],
                index_where=Completion.idempotency_key.is_not(None),
            )
        )
        stored = (
            await session.execute(select(Completion).where(Completion.idempotency_key == key))
        ).scalar_one()
    if (
        Course(
            stored.course,
            stored.provider,
            stored.start_date,
            stored.end_date,
            stored.hours,
            stored.attendance_percent,
            stored.legal_basis,
        )
        != course
    ):
        raise IdempotencyError(
            "This Idempotency-Key was used for another course. Use a new key.", code="idempotency_key_reused"
        )
    return stored


async def _hand_in(context: PluginContext, completion: Completion, course: Course, learner: Learner) -> str:
    record = await context.issuer.create_record(
        TYPE,
        _claims(course, learner, completion.completion_number),
        idempotency_key=f"training-{completion.id}",
        external_id=completion.completion_number,
    )
    if completion.record_id is None:
        async with context.sessions.begin() as session:
            await session.execute(
                update(Completion).where(Completion.id == completion.id).values(record_id=record.record_id)
            )
    return record.record_id


async def _offer(context: PluginContext, record_id: str) -> Offer | None:
    """Return a fresh offer; ``None`` when the record is no longer waiting for its owner."""
    try:
        return await context.issuer.offer_record(record_id)
    except IssuerRefusedError as error:
        if error.context.get("status") == 409:
            return None
        raise


def _claims(course: Course, learner: Learner, number: str) -> dict[str, Any]:
    claims: dict[str, Any] = {
        "name": learner.name,
        "birthDate": learner.birth_date.isoformat(),
        "completionNumber": number,
        "course": course.course,
        "provider": course.provider,
        "startDate": course.start_date.isoformat(),
        "endDate": course.end_date.isoformat(),
        "hours": course.hours,
        "attendancePercent": course.attendance_percent,
        "result": COMPLETED,
    }
    if learner.name_romanised:
        claims["nameRomanised"] = learner.name_romanised
    if course.legal_basis:
        claims["legalBasis"] = course.legal_basis
    return normalise_claims(claims)
