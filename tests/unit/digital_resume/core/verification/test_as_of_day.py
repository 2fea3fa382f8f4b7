"""The day a verdict is asked for."""

from datetime import UTC, datetime, timedelta

import pytest

from digital_resume.core.errors import MalformedError
from digital_resume.core.verification.as_of import parse_as_of

NOW = datetime(2026, 3, 10, 3, tzinfo=UTC)  # noon in Seoul


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-02", datetime(2026, 3, 2, 14, 59, 59, tzinfo=UTC)),
        ("2026-03-09", datetime(2026, 3, 9, 14, 59, 59, tzinfo=UTC)),
        ("2026-03-02T09:00:00+09:00", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2026-03-02T00:00:00Z", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2026-03-10", None),
    ],
)
def test_a_date_is_the_end_of_that_day_in_korea_and_today_is_now(text: str, moment: datetime | None) -> None:
    assert parse_as_of(text, NOW) == moment


def test_a_day_is_not_over_in_its_last_second() -> None:
    last = datetime(2026, 3, 10, 14, 59, 59, 999_999, tzinfo=UTC)
    assert parse_as_of("2026-03-10", last) is None
    assert parse_as_of("2026-03-10", last + timedelta(seconds=1)) == last.replace(microsecond=0)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-03-11", "as_of_in_future"),
        ("2026-03-10T12:00:01+09:00", "as_of_in_future"),
        ("9999-12-31", "as_of_in_future"),
        ("2026-02-30", "as_of_malformed"),
        ("2026-03-02T09:00:00", "as_of_malformed"),
        ("0001-01-01", "as_of_malformed"),
        ("0001-01-01T00:00:00+14:00", "as_of_malformed"),
        ("２０２６-03-02", "as_of_malformed"),
        ("", "as_of_malformed"),
    ],
)
def test_what_is_no_past_day_is_refused(text: str, code: str) -> None:
    with pytest.raises(MalformedError) as caught:
        parse_as_of(text, NOW)
    assert caught.value.code == code
