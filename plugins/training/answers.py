"""What the training module answers, for its OpenAPI document."""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Answer(BaseModel):
    """Base of the answers: camelCase."""

    model_config = ConfigDict(alias_generator=to_camel)


class PeriodAnswer(Answer):
    """First and last day."""

    start: date
    end: date


class RuleAnswer(Answer):
    """A rule by which completion is decided, with its source."""

    effective_from: date
    minimum_attendance_percent: int
    source: str
    source_seen: bool


class RuleList(Answer):
    """The rules, the newest first."""

    rules: list[RuleAnswer]


class CompletionAnswer(Answer):
    """A recorded course; never whose."""

    completion_id: str
    completion_number: str
    course: str
    provider: str
    period: PeriodAnswer
    hours: int
    attendance_percent: int
    decision: Literal["completed", "not_completed"]
    recorded_at: str


class CompletionList(Answer):
    """The newest completions."""

    completions: list[CompletionAnswer]


class OfferAnswer(Answer):
    """An offer of the credential, and the code that is handed over apart from it."""

    offer: dict[str, Any]
    offer_uri: str
    offer_link: str
    tx_code: str | None
    expires_at: str


class RecordedAnswer(CompletionAnswer):
    """A recorded course with the rule that decided, and the offer where it was completed."""

    rule: RuleAnswer
    offer: OfferAnswer | None
