"""Strict base64url and bounded JSON."""

import pytest

from digital_resume.core.encoding.base64url import b64u_decode, b64u_encode
from digital_resume.core.encoding.bounded_json import (
    as_seconds,
    check_json_value,
    parse_json,
    parse_json_object,
)
from digital_resume.core.errors import LimitError, MalformedError


@pytest.mark.parametrize(
    ("raw", "text"), [(b"", ""), (b"f", "Zg"), (b"fo", "Zm8"), (b"foo", "Zm9v"), (b"\xfb\xff", "-_8")]
)
def test_base64url_round_trip(raw: bytes, text: str) -> None:
    assert b64u_encode(raw) == text
    assert b64u_decode(text) == raw


@pytest.mark.parametrize("text", ["Zg==", "Z", "Zh", "Zm9", "+/8", "Zg\n", " Zg", "Zé", "Zm9v.", "Ｚｇ"])
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        b64u_decode(text)


def test_base64url_is_bounded() -> None:
    assert b64u_decode("AAAA", max_bytes=3) == bytes(3)
    with pytest.raises(LimitError):
        b64u_decode("A" * 100, max_bytes=3)


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


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(-1, -1), (-0.5, -1), (-62_135_596_800, -62_135_596_800), (253_402_300_799.9, 253_402_300_799)],
)
def test_times_before_1970_and_up_to_the_calendars_end_are_read(value: float, seconds: int) -> None:
    assert as_seconds(value, "The time") == seconds
