"""Date-times as W3C documents write them: XSD ``dateTimeStamp`` (XML Schema 1.1 part 2, section 3.4.28)."""

import re
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
        try:
            return datetime.fromisoformat(value)
        except ValueError as error:
            raise MalformedError(f"{what} is not an existing date and time.") from error
    match = _STAMP.fullmatch(value) if isinstance(value, str) else None
    if match is None or (zone_required and match["zone"] is None):
        raise MalformedError(f"{what} must be a date and time with zone, such as 2026-11-23T06:00:00Z.")
    offset = timedelta()
    if match["sign"]:
        offset = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"]))
        if offset > timedelta(hours=14):
            raise MalformedError(f"{what} has an impossible time zone.")
        offset = -offset if match["sign"] == "-" else offset
    try:
        moment = datetime.fromisoformat(f"{match['day']}T{match['time']}")
        return (
            moment.replace(
                microsecond=int((match["fraction"] or "0")[:6].ljust(6, "0")), tzinfo=timezone(offset)
            )
        ).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedError(f"{what} is not an existing date and time.") from error


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
