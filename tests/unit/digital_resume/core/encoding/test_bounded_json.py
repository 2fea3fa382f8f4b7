"""Bounded I-JSON: read the same however it is spaced, and nothing else is read."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_resume.core.encoding.bounded_json import (
    as_seconds,
    check_json_value,
    parse_json,
    parse_json_object,
)
from digital_resume.core.errors import LimitError, MalformedError

_JSON: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(_JSON)
def test_json_reads_the_same_however_it_is_spaced(value: Any) -> None:
    compact = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    spaced = json.dumps(value, indent=1).encode()
    try:
        assert parse_json(compact) == parse_json(spaced) == value
    except MalformedError:
        assert "\\ud" in json.dumps(value)


@pytest.mark.parametrize(
    "text",
    ['{"a":1,"a":1}', '{"a":1,"a":2}', '{"a" :1,"a":2}', '[{"b":{"a":1,"\\u0061":2}}]', '{"":0,"":0}'],
)
def test_a_member_named_twice_is_refused(text: str) -> None:
    with pytest.raises(MalformedError, match="twice"):
        parse_json(text.encode())


@pytest.mark.parametrize("text", ["1e999", "[1e999]", "NaN", "Infinity", '"\\ud800"', "[-1e999]"])
def test_what_is_no_json_number_or_text_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        parse_json(text.encode())


def test_depth_is_bounded_for_compact_json() -> None:
    assert parse_json(b"[" * 32 + b"0" + b"]" * 32)
    with pytest.raises(LimitError):
        parse_json(b"[" * 33 + b"0" + b"]" * 33)
    with pytest.raises(LimitError):
        parse_json(b'{"a":[0]}', max_depth=1)
    assert parse_json(b'[[0],[0],"[[[["]', max_depth=2)
    with pytest.raises(LimitError):
        parse_json(b"[" + b",".join([b"0"] * 50_001) + b"]")


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"b":1}}',
        b"NaN",
        b"[Infinity]",
        b"1e999",
        b'"\\ud800"',
        b'"\xff"',
        b"",
        b"{",
        b"{}{}",
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b"1" * 5_000,
        b"01",
        b"'a'",
    ],
)
def test_what_is_not_i_json_is_refused(text: bytes) -> None:
    with pytest.raises(MalformedError):
        parse_json(text)


def test_json_is_bounded_in_size_depth_and_number() -> None:
    with pytest.raises(LimitError):
        parse_json(b'"aaaa"', max_bytes=5)
    with pytest.raises(LimitError):
        parse_json(b"[[[1]]]", max_depth=2)
    assert parse_json(b"[[[1]]]", max_depth=3) == [[[1]]]
    with pytest.raises(LimitError):
        parse_json(b"[" + b"1," * 60_000 + b"1]")


def test_object_is_demanded() -> None:
    with pytest.raises(MalformedError):
        parse_json_object(b"[]")


@pytest.mark.parametrize("value", [{1: 2}, {"a": (1,)}, {"a": b""}, {"a": float("nan")}, object()])
def test_values_that_are_not_json_are_refused(value: object) -> None:
    with pytest.raises(MalformedError):
        check_json_value(value)


@pytest.mark.parametrize(
    "value", [None, True, "1", -62_135_596_801, 253_402_300_800, float("inf"), float("nan"), [1]]
)
def test_times_out_of_range_are_refused(value: object) -> None:
    with pytest.raises(MalformedError):
        as_seconds(value, "iat")


def test_fractions_of_a_second_are_cut_off() -> None:
    assert as_seconds(1.9, "iat") == 1
