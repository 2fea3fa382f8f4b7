"""What a transaction means, in words, and the times that people write."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from digital_resume.adapters.chain.registry_admin import MAX_BACKDATE, PlannedTransaction
from digital_resume.cli.agreement import consequences, show_time
from digital_resume.core.errors import ResumeError
from issuer.commands.registry import parse_moment
from tests.unit.digital_resume.cli.test_app import ROOT

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)


def said(function: str, *arguments: object) -> str:
    planned = PlannedTransaction(function, arguments, "0x1", "0x2", 1, 1)
    return " ".join(english for _, english in consequences(planned, NOW))


def test_a_report_of_today_takes_effect_from_its_time_and_needs_nobody() -> None:
    since = NOW - timedelta(hours=23)
    words = said("reportCompromise", b"", b"", int(since.timestamp()))
    assert "2026-11-23T13:00:00Z" in words
    assert "guardian" not in words


def test_an_older_report_takes_effect_a_day_back_and_needs_a_guardian_for_the_rest() -> None:
    since = NOW - timedelta(days=3)
    words = said("reportCompromise", b"", b"", int(since.timestamp()))
    assert "anchored from 2026-11-23T12:00:00Z on" in words
    assert "to count from 2026-11-21T12:00:00Z on, a guardian" in words


@pytest.mark.parametrize("status", range(4))
def test_every_standing_has_its_words(status: int) -> None:
    assert "anchored" in said("setStatus", b"", status, "did:web:heir.example")


def test_every_function_of_the_registry_that_the_commands_send_has_words() -> None:
    sent = ("registerIssuer", "accredit", "authorizeAnchorer", "addKey", "retireKey", "endAnchorer")
    for function in (*sent, "confirmCompromise"):
        assert said(function, b"", "x", 1_795_000_000), function


def test_how_far_back_a_report_acts_is_what_the_contract_says() -> None:
    source = (ROOT / "contracts" / "IssuerRegistry.sol").read_text("utf-8")
    hours = re.search(r"MAX_BACKDATE = (\d+) hours;", source)
    assert hours is not None
    assert int(hours[1]) * 3600 == MAX_BACKDATE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", "2026-11-24T12:00:00Z"),
        ("90m", "2026-11-24T10:30:00Z"),
        ("6h", "2026-11-24T06:00:00Z"),
        ("2d", "2026-11-22T12:00:00Z"),
        ("2026-11-24T09:00:00+09:00", "2026-11-24T00:00:00Z"),
        ("2026-11-24T09:00:00Z", "2026-11-24T09:00:00Z"),
        ("1795478400", "2026-11-24T00:00:00Z"),
    ],
)
def test_a_time_is_understood_and_comes_back_the_same(text: str, expected: str) -> None:
    moment = parse_moment(text, NOW)
    assert show_time(moment) == expected
    assert parse_moment(show_time(moment), NOW) == moment


@pytest.mark.parametrize(
    "text",
    ["", "2026-11-24T09:00:00", "2026-11-24", "0", "-1", "6", "0h", "99999999d", "9" * 40, "6 h", "어제"],
)
def test_a_time_that_could_be_another_is_refused(text: str) -> None:
    with pytest.raises(ResumeError, match="with its offset or Z"):
        parse_moment(text, NOW)
