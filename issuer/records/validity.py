"""When a credential is to be valid: one range of times for what is handed in and for every reader of it.

Times are read as the data model writes them (``digital_resume.core.encoding.dates``): the years 1 to 9999 in
UTC, before 1970 too. What lies outside, or would lie outside by the type's own rule, is refused when it is
handed in: a credential that nobody can read would be anchored, and called not genuine.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema
from pydantic.alias_generators import to_camel

from digital_resume.core.credentials.catalog import CredentialType
from digital_resume.core.encoding.dates import parse_datetime
from digital_resume.core.errors import MalformedError, SchemaError
from digital_resume.error_words import particular

_CODE: Final = "time_out_of_range"
#: Years that RFC 3339 or XSD can write and the calendar has not.
_OUTSIDE: Final = re.compile(r"(?:[+-][0-9]{4,12}|[0-9]{5,12}|0000)-[0-9]{2}-[0-9]{2}T\S{1,40}", re.ASCII)


def _out_of_range(what: str) -> SchemaError:
    return SchemaError(
        f"{what} lies outside the years 1 to 9999 in UTC, which are those that a credential keeps. Check the "
        "time and its offset.",
        code=_CODE,
        message_ko=particular("time_out_of_range", "of_field", what=what),
        allowed=["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"],
    )


def read_moment(value: object, info: ValidationInfo) -> object:
    """Return a moment in UTC and whole seconds from its text; the same moment as every reader sees.

    Raises:
        ValueError: not a date and time with zone.
        SchemaError: code ``time_out_of_range``.
    """
    if value is None or isinstance(value, datetime):
        return value
    name = to_camel(info.field_name or "time")
    if isinstance(value, str) and _OUTSIDE.fullmatch(value):
        raise _out_of_range(name)
    try:
        return parse_datetime(value, name).replace(microsecond=0)
    except MalformedError as error:
        if error.code == _CODE:
            raise _out_of_range(name) from None
        raise ValueError(error.message) from None


Moment = Annotated[
    datetime,
    BeforeValidator(read_moment),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "description": "with its offset; in UTC within the years 1 to 9999; seconds count",
            "examples": ["2026-11-23T09:00:00+09:00"],
        }
    ),
]
"""A time in a request of the signing API."""


def check_validity(
    credential_type: CredentialType,
    claims: Mapping[str, Any],
    *,
    now: datetime,
    valid_from: datetime | None,
    valid_until: datetime | None,
) -> None:
    """Refuse a validity that is over, ends before it begins or cannot be kept, given or by the type's rule.

    Args:
        credential_type: its rule says the end where none is given.
        claims: the rule may count from one of them.
        now: present moment, and the begin where none is given.
        valid_from: begin, as it was handed in.
        valid_until: end, as it was handed in.

    Raises:
        SchemaError: code ``validity_invalid`` or ``time_out_of_range``.
    """
    begin = _kept("validFrom", valid_from) or now
    end = _kept("validUntil", valid_until)
    by_rule = end is None
    if by_rule:
        try:
            end = _kept("validUntil", credential_type.valid_until(claims, begin))
        except MalformedError:
            raise _out_of_range(f"The end of validity of {credential_type.name}") from None
    if end is None or (end > now and end > begin):
        return
    if by_rule:
        raise SchemaError(
            f"By the rule of {credential_type.name} the validity ends on {end:%Y-%m-%d}. It must end after "
            "its begin and in the future: check the dates.",
            code="validity_invalid",
            message_ko=particular("validity_invalid", "by_rule", title=credential_type.title.ko, end=end),
        )
    raise SchemaError("validUntil must lie after validFrom and in the future.", code="validity_invalid")


def _kept(what: str, moment: datetime | None) -> datetime | None:
    """Return a moment in UTC.

    Raises:
        SchemaError: code ``time_out_of_range``.
    """
    try:
        return None if moment is None else moment.astimezone(UTC)
    except OverflowError:
        raise _out_of_range(what) from None
