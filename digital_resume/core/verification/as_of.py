"""The day a verdict is asked for: a date as Korea counts it, or an exact moment."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from digital_resume.core.errors import MalformedError

KOREA: Final = timezone(timedelta(hours=9))
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_EARLIEST: Final = datetime(2009, 1, 1, tzinfo=UTC)


def parse_as_of(text: str, now: datetime) -> datetime | None:
    """Return the moment that a verdict is asked for; ``None`` for now.

    A date means the end of that day in Korea: what was withdrawn in the course of the day was not in force on
    it. Today means now.

    Args:
        text: ``2026-03-02``, or a moment with its offset such as ``2026-03-02T09:00:00+09:00``.
        now: present moment.

    Raises:
        MalformedError: neither, or a day to come (code ``as_of_in_future``).
    """
    try:
        if _DAY.fullmatch(text):
            day = date.fromisoformat(text)
            begin = datetime(day.year, day.month, day.day, tzinfo=KOREA)
            end, over = begin + timedelta(days=1, seconds=-1), begin + timedelta(days=1, microseconds=-1)
        else:
            begin = end = over = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise _malformed() from None
    if begin.tzinfo is None or begin < _EARLIEST:
        raise _malformed()
    if begin > now:
        raise MalformedError(
            "The day asked for lies in the future. Ask for today or a past day.", code="as_of_in_future"
        )
    return end.astimezone(UTC) if over < now else None


def _malformed() -> MalformedError:
    return MalformedError(
        "The day asked for is not a date such as 2026-03-02, nor a moment with its offset such as "
        "2026-03-02T09:00:00+09:00.",
        code="as_of_malformed",
    )
