"""The training module's HTTP API, for course providers."""

import hmac
import logging
import re
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel, ConfigDict, Field

from digital_resume.modules.api import PluginContext, problem_codes
from plugins.training.answers import CompletionList, RecordedAnswer, RuleList
from plugins.training.errors import IdempotencyError, ProviderUnknownError
from plugins.training.models import Completion, CompletionRule
from plugins.training.service import (
    Course,
    Learner,
    Recorded,
    all_rules,
    recent_completions,
    record_completion,
)
from plugins.training.settings import DEVELOPMENT_ACCESS_KEY, TrainingSettings

log = logging.getLogger(__name__)

_KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)


class PeriodBody(BaseModel):
    """First and last day."""

    model_config = ConfigDict(extra="forbid")

    start: date
    end: date


class CompletionBody(BaseModel):
    """A learner's course and attendance."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "name": "김하늘",
                "birthDate": "2001-03-14",
                "course": "클라우드 서버 운영",
                "provider": "온누리직업훈련원(시연용)",
                "period": {"start": "2026-02-02", "end": "2026-06-26"},
                "hours": 560,
                "attendancePercent": 97,
                "legalBasis": "국민 평생 직업능력 개발법",
            }
        },
    )

    name: str = Field(min_length=1, max_length=120)
    name_romanised: str | None = Field(default=None, alias="nameRomanised", max_length=120)
    birth_date: date = Field(alias="birthDate")
    course: str = Field(min_length=1, max_length=100)
    provider: str = Field(min_length=1, max_length=100)
    period: PeriodBody
    hours: int = Field(ge=1, le=10_000, strict=True)
    attendance_percent: int = Field(alias="attendancePercent", ge=0, le=100, strict=True)
    legal_basis: str | None = Field(default=None, alias="legalBasis", min_length=1, max_length=200)


def build_router(context: PluginContext) -> APIRouter:
    """Make the module's routes.

    Raises:
        ValueError: production without an access key for providers.
    """
    wanted = _access_key(context)

    async def provider(authorization: Annotated[str, Header(max_length=300)] = "") -> None:
        scheme, _, given = authorization.partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.encode(), wanted):
            raise ProviderUnknownError("The provider's access key is missing or wrong.")

    async def idempotency_key(
        key: Annotated[str, Header(alias="Idempotency-Key", max_length=1_000)] = "",
    ) -> str:
        if not key:
            raise IdempotencyError("Send an Idempotency-Key header, new for every learner and course.")
        if not _KEY.fullmatch(key):
            raise IdempotencyError(
                "The Idempotency-Key is not 1 to 255 visible ASCII characters.",
                code="idempotency_key_invalid",
                message_ko="Idempotency-Key는 보이는 ASCII 문자 1자에서 255자여야 합니다.",
            )
        return key

    router = APIRouter()

    @router.post(
        "/completions",
        status_code=201,
        dependencies=[Depends(provider)],
        summary="Record a learner's course; a completion is offered as a credential",
        response_model=RecordedAnswer,
        openapi_extra=problem_codes(
            "unauthorized",
            "idempotency_key_missing",
            "idempotency_key_invalid",
            "idempotency_key_reused",
            "course_not_ended",
            "no_rule_in_force",
            "schema_violation",
            ("resident_registration_number", 422),
            "issuer_refused",
            "issuer_key_missing",
        ),
    )
    async def create(body: CompletionBody, key: Annotated[str, Depends(idempotency_key)]) -> dict[str, Any]:
        recorded = await record_completion(
            context,
            Course(
                body.course,
                body.provider,
                body.period.start,
                body.period.end,
                body.hours,
                body.attendance_percent,
                body.legal_basis,
            ),
            Learner(body.name, body.birth_date, body.name_romanised),
            idempotency_key=key,
        )
        return _recorded(recorded)

    @router.get(
        "/completions",
        dependencies=[Depends(provider)],
        summary="The newest completions",
        response_model=CompletionList,
        openapi_extra=problem_codes("unauthorized"),
    )
    async def recent() -> dict[str, Any]:
        return {"completions": [_completion(row) for row in await recent_completions(context)]}

    @router.get(
        "/rules",
        summary="The rules by which completion is decided, with their sources",
        response_model=RuleList,
    )
    async def rules() -> dict[str, Any]:
        return {"rules": [_rule(rule) for rule in await all_rules(context)]}

    return router


def _access_key(context: PluginContext) -> bytes:
    settings = context.settings
    assert isinstance(settings, TrainingSettings)
    if settings.provider_access_key is not None:
        key = settings.provider_access_key.get_secret_value()
    elif context.production:
        raise ValueError("ENVIRONMENT=production needs PLUGIN_TRAINING_PROVIDER_ACCESS_KEY.")
    else:
        log.warning("Training module: course providers use the demonstration's access key (시연용).")
        return DEVELOPMENT_ACCESS_KEY.encode()
    if context.production and key == DEVELOPMENT_ACCESS_KEY:
        raise ValueError("ENVIRONMENT=production refuses the demonstration's access key.")
    return key.encode()


def _recorded(recorded: Recorded) -> dict[str, Any]:
    offer = recorded.offer
    return {
        **_completion(recorded.completion),
        "rule": _rule(recorded.rule),
        "offer": None
        if offer is None
        else {
            "offer": dict(offer.offer),
            "offerLink": offer.offer_link,
            "offerUri": offer.offer_uri,
            "txCode": offer.tx_code,
            "expiresAt": offer.expires_at,
        },
    }


def _completion(row: Completion) -> dict[str, Any]:
    return {
        "completionId": str(row.id),
        "completionNumber": row.completion_number,
        "course": row.course,
        "provider": row.provider,
        "period": {"start": row.start_date.isoformat(), "end": row.end_date.isoformat()},
        "hours": row.hours,
        "attendancePercent": row.attendance_percent,
        "decision": "completed" if row.completed else "not_completed",
        "recordedAt": row.recorded_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _rule(rule: CompletionRule) -> dict[str, Any]:
    return {
        "effectiveFrom": rule.effective_from.isoformat(),
        "minimumAttendancePercent": rule.minimum_attendance_percent,
        "source": rule.source,
        "sourceSeen": rule.source_seen,
    }
