"""Moments: RFC 3339 in UTC, and nothing else."""

from datetime import UTC, datetime

import pytest

from digital_resume.core.encoding.dates import parse_datetime
from digital_resume.core.errors import MalformedError


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-01-01T24:00:01Z",
        "2026-01-01T23:59:60Z",
        "2026-W01-1T00:00:00Z",
        "２026-01-01T00:00:00Z",
    ],
)
def test_a_moment_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        parse_datetime(text, "x")


def test_a_moment_is_in_utc() -> None:
    assert parse_datetime("2026-11-23T06:00:00Z", "x") == datetime(2026, 11, 23, 6, tzinfo=UTC)
    assert parse_datetime("2026-11-23T06:00:00Z", "x").tzinfo is UTC
