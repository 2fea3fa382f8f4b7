"""Date-times as W3C documents write them: XSD ``dateTimeStamp`` (XML Schema 1.1 part 2, section 3.4.28)."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

from digital_resume.core.errors import MalformedError

_USUAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)
_STAMP = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})T(?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.(?P<fraction>[0-9]{1,20}))?"
    r"(?P<zone>Z|(?P<sign>[+-])(?P<hours>0[0-9]|1[0-4]):(?P<minutes>[0-5][0-9]))?",
    re.ASCII,
)


def is_usual_stamp(value: object) -> bool:
    """Tell whether a text has the usual form, UTC in whole seconds; the moment need not exist."""
    return type(value) is str and _USUAL.fullmatch(value) is not None


def parse_datetime(value: object, what: str, *, zone_required: bool = True) -> datetime:
    """Parse a date-time with a time zone, e.g. ``2026-11-23T06:00:00Z``.

    Args:
        value: the text.
        what: name of the member, for the message.
        zone_required: whether a text without time zone is refused; else it is read as UTC, which Data
            Integrity section 2.1 demands for the times of a proof.

    Raises:
        MalformedError: not an existing date-time, or without time zone.
    """
    if type(value) is str and _USUAL.fullmatch(value):
        with suppress(ValueError):
            return datetime.fromisoformat(value)
    match = _STAMP.fullmatch(value) if isinstance(value, str) else None
    if match is None or (zone_required and match["zone"] is None):
        raise MalformedError(f"{what} must be a date and time with zone, such as 2026-11-23T06:00:00Z.")
    offset = timedelta()
    if match["sign"]:
        offset = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"]))
        if offset > timedelta(hours=14):
            raise MalformedError(f"{what} has an impossible time zone.")
        offset = -offset if match["sign"] == "-" else offset
    time, fraction = match["time"], match["fraction"] or "0"
    # XML Schema 1.1 part 2, section 3.3.7: 24:00:00 is the first moment of the day that follows.
    midnight = time == "24:00:00" and not fraction.strip("0")
    try:
        moment = datetime.fromisoformat(f"{match['day']}T{'00:00:00' if midnight else time}")
    except ValueError as error:
        raise MalformedError(f"{what} is not an existing date and time.") from error
    try:
        moment += timedelta(days=1) if midnight else timedelta()
        micro = int(fraction[:6].ljust(6, "0"))
        return moment.replace(microsecond=micro, tzinfo=timezone(offset)).astimezone(UTC)
    except OverflowError as error:
        raise MalformedError(
            f"{what} is outside the years 1 to 9999 in UTC, which are those kept here.",
            code="time_out_of_range",
        ) from error


def format_datetime(moment: datetime) -> str:
    """Write a moment in UTC, in whole seconds: ``2026-11-23T06:00:00Z``.

    Raises:
        MalformedError: ``moment`` has no time zone.
    """
    if moment.tzinfo is None:
        raise MalformedError("A moment without time zone cannot be written.")
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat()[:19] + "Z"
