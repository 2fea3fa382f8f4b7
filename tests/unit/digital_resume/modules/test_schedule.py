"""A period becomes fixed points of time, which every worker means alike."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from croniter import croniter

from digital_resume.modules.schedule import cron_of

START = datetime(2026, 11, 29, 23, 58, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "every",
    [
        *(timedelta(seconds=seconds) for seconds in (1, 2, 5, 15, 30)),
        *(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 30)),
        *(timedelta(hours=hours) for hours in (1, 2, 6, 12, 24)),
        timedelta(days=7),
    ],
    ids=str,
)
def test_two_runs_lie_exactly_one_period_apart(every: timedelta) -> None:
    times = croniter(cron_of(every), START)
    moments = [times.get_next(datetime) for _ in range(100)]
    assert {later - earlier for earlier, later in pairwise(moments)} == {every}


@pytest.mark.parametrize("every", [timedelta(days=1), timedelta(days=7)], ids=str)
def test_daily_and_weekly_are_at_night_in_korea(every: timedelta) -> None:
    moment = croniter(cron_of(every), START).get_next(datetime)
    assert (moment + timedelta(hours=9)).hour == 3


@pytest.mark.parametrize(
    "every",
    [
        timedelta(0),
        timedelta(seconds=-60),
        timedelta(seconds=0.5),
        timedelta(seconds=7),
        timedelta(seconds=90),
        timedelta(minutes=7),
        timedelta(minutes=45),
        timedelta(hours=5),
        timedelta(days=2),
        timedelta(days=30),
        timedelta.max,
    ],
    ids=str,
)
def test_a_period_that_no_calendar_repeats_is_refused(every: timedelta) -> None:
    with pytest.raises(ValueError, match="not a period"):
        cron_of(every)
