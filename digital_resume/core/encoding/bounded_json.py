"""Bounded JSON: the door through which foreign JSON enters the domain.

RFC 8259 narrowed to I-JSON (RFC 7493): no duplicate names, no lone surrogates, no NaN. Every reader has a
bound on size, depth and number of values.
"""

import json
import math
from collections.abc import Sequence
from typing import Any, NoReturn

import orjson

from digital_resume.core.errors import LimitError, MalformedError

MAX_DEPTH = 32
"""Deepest nesting of objects and arrays that any JSON of this product has."""

FIRST_SECOND = -62_135_596_800
"""The earliest NumericDate that is read or written: 0001-01-01T00:00:00Z."""

END = 253_402_300_800
"""The second after the latest one: 10000-01-01T00:00:00Z."""

MAX_VALUES = 50_000
"""Most values (members and elements together) of one JSON text."""


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedError("A JSON object names a member twice.", code="duplicate_member")
    return members


def _no_constant(_name: str) -> NoReturn:
    raise MalformedError("JSON has no NaN and no Infinity.")


def check_json_value(value: object, *, max_depth: int = MAX_DEPTH, max_values: int = MAX_VALUES) -> list[str]:
    """Refuse a value that is not plain JSON or is too deep or too large; return every member's name.

    Raises:
        LimitError: deeper than ``max_depth`` or more than ``max_values`` values.
        MalformedError: something else than JSON's objects, arrays, strings, numbers, booleans and null.
    """
    remaining = max_values
    names: list[str] = []
    level: list[object] = [value]
    depth = 0
    while level:
        depth += 1
        if depth > max_depth + 1:
            raise LimitError(f"JSON is nested deeper than {max_depth} levels.")
        remaining -= len(level)
        if remaining < 0:
            raise LimitError(f"JSON has more than {max_values} values.")
        following: list[object] = []
        for item in level:
            kind = type(item)
            if kind is str or item is None or kind is int or kind is bool:
                continue
            if isinstance(item, dict):
                names += item
                following += item.values()
            elif isinstance(item, list):
                following += item
            elif isinstance(item, float):
                if not math.isfinite(item):
                    raise MalformedError("JSON has no NaN and no Infinity.")
            elif not isinstance(item, (str, int)):
                raise MalformedError("A value is not JSON.")
        level = following
    try:
        "".join(names)
    except TypeError:
        raise MalformedError("A JSON object's member names must be strings.") from None
    return names


def parse_json(data: bytes, *, max_bytes: int = 1_048_576, max_depth: int = MAX_DEPTH) -> Any:
    """Parse one JSON text.

    Raises:
        LimitError: larger than ``max_bytes``, deeper than ``max_depth`` or with too many values.
        MalformedError: not UTF-8, not JSON, a duplicate member, NaN or a lone surrogate.
    """
    if len(data) > max_bytes:
        raise LimitError(f"JSON is larger than {max_bytes} bytes.")
    try:
        # orjson first: it refuses bad UTF-8, lone surrogates and NaN at native speed. It keeps the last of
        # two equal names without a word; so a text that it would not write again byte for byte goes through
        # the standard parser too.
        value = orjson.loads(data)
        try:
            exact = orjson.dumps(value) == data
        except TypeError:
            # Nested more deeply than orjson writes.
            exact = False
        if not exact:
            value = json.loads(data, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except RecursionError:
        raise LimitError(f"JSON is nested deeper than {max_depth} levels.") from None
    except ValueError as error:
        raise MalformedError("The text is not JSON.") from error
    # Every level opens a bracket; every value but the first follows a bracket or a comma.
    brackets = data.count(b"{") + data.count(b"[")
    few = len(data) <= MAX_VALUES or brackets + data.count(b",") < MAX_VALUES
    if not exact or brackets > max_depth or not few:
        check_json_value(value, max_depth=max_depth)
    return value


def parse_json_object(
    data: bytes, *, max_bytes: int = 1_048_576, max_depth: int = MAX_DEPTH
) -> dict[str, Any]:
    """Parse one JSON text that must be an object; errors as ``parse_json``."""
    value = parse_json(data, max_bytes=max_bytes, max_depth=max_depth)
    if not isinstance(value, dict):
        raise MalformedError("A JSON object was expected.")
    return value


def dump_json(value: object) -> bytes:
    """Serialise plain JSON compactly as UTF-8, members in their given order.

    Raises:
        MalformedError: ``value`` is not JSON (or a lone surrogate).
    """
    try:
        try:
            return orjson.dumps(value)
        except TypeError:  # perhaps for an integer beyond 64 bits, which orjson does not write
            return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise MalformedError("A value cannot be written as JSON.") from error


def as_text(value: object, what: str, *, max_chars: int = 2_048) -> str:
    """Return ``value`` when it is a non-empty string within bounds.

    Raises:
        MalformedError: not a string, empty or too long.
    """
    if not isinstance(value, str) or not value:
        raise MalformedError(f"{what} must be a non-empty string.")
    if len(value) > max_chars:
        raise LimitError(f"{what} is longer than {max_chars} characters.")
    return value


def as_seconds(value: object, what: str) -> int:
    """Return ``value`` when it is a NumericDate (RFC 7519 section 2), negative before 1970.

    The specification has no bounds; here they are the years 1 to 9999, which every writer keeps to.

    Raises:
        MalformedError: not a number or out of range; of a fraction the second that has begun counts.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not FIRST_SECOND <= value < END:
        raise MalformedError(f"{what} must be a time in seconds since 1970, in the years 1 to 9999.")
    return math.floor(value)


def as_list(value: object) -> Sequence[object]:
    """Return a JSON array as it is and any other value as its only element; ``None`` is the empty list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
