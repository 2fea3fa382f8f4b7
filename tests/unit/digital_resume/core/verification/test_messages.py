"""The truth table: every row of the messages has a scenario that produces it, and its verdict."""

from datetime import UTC, datetime

import pytest

from digital_resume.core.verification.messages import MESSAGES
from digital_resume.core.verification.verdict import CheckName, CheckResult, Outcome, Verdict, VerdictKind
from digital_resume.core.verification.verdict_texts import VERDICT_TEXTS
from tests.unit.digital_resume.core.verification.cast import Cast
from tests.unit.digital_resume.core.verification.scenarios import SCENARIOS, Scenario


@pytest.mark.parametrize(
    "scenario", SCENARIOS, ids=lambda scenario: f"{scenario.play.__name__}:{'-'.join(scenario.key)}"
)
def test_what_happens_has_its_outcome_and_verdict(scenario: Scenario) -> None:
    verdict = scenario.play(Cast())
    checks = [*verdict.checks, *(check for item in verdict.items for check in item.checks)]
    assert scenario.key in {(check.check, check.outcome, check.code) for check in checks}
    assert verdict.verdict == scenario.verdict
    for check in checks:
        assert check.to_json()["message"]["ko"]


def test_every_message_is_produced_by_a_scenario_and_none_is_unused() -> None:
    assert {scenario.key for scenario in SCENARIOS} == set(MESSAGES)


def test_every_message_speaks_both_languages() -> None:
    for (_, outcome, _), message in MESSAGES.items():
        assert message.en.isascii()
        assert any("가" <= letter <= "힣" for letter in message.ko)
        assert len(message.ko) <= 80
        assert len(message.en) <= 110
        for own in filter(None, (message.word, message.advice, message.label)):
            assert own.en.isascii()
            assert any("가" <= letter <= "힣" for letter in own.ko)
        kind = VerdictKind(message.verdict)
        assert (outcome in ("pass", "not_applicable")) == (kind is VerdictKind.VERIFIED)
    for text in VERDICT_TEXTS.values():
        assert all(text)
    assert set(VERDICT_TEXTS) == set(VerdictKind)


def test_a_day_that_nobody_kept_cannot_be_known_however_often_it_is_asked() -> None:
    checks = [CheckResult(CheckName.STATUS, Outcome.UNKNOWN, "status_not_kept")]
    told = Verdict(datetime(2026, 11, 23, tzinfo=UTC), tuple(checks)).to_json()
    assert told["verdict"] == "could_not_check"
    assert "알 수 없고" in told["next"]["ko"]
    assert "cannot be known" in told["next"]["en"]
    assert "잠시 뒤" not in told["next"]["ko"]
    assert "in a while" not in told["next"]["en"]
