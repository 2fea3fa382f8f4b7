"""Strict base64url and bounded JSON."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_resume.core.encoding.base64url import b64u_decode, b64u_encode
from digital_resume.core.encoding.bounded_json import (
    as_seconds,
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
    ("value", "seconds"),
    [(-1, -1), (-0.5, -1), (-62_135_596_800, -62_135_596_800), (253_402_300_799.9, 253_402_300_799)],
)
def test_times_before_1970_and_up_to_the_calendars_end_are_read(value: float, seconds: int) -> None:
    assert as_seconds(value, "The time") == seconds


@given(st.binary(max_size=200))
def test_base64url_is_the_standard_library_s(data: bytes) -> None:
    text = base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    assert b64u_encode(data) == text
    assert b64u_decode(text) == data


@pytest.mark.parametrize("length", [2, 3])
def test_base64url_has_one_spelling(length: int) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for last in alphabet:
        text = "A" * (length - 1) + last
        raw = base64.urlsafe_b64decode(text + "=" * (4 - length))
        if b64u_encode(raw) == text:
            assert b64u_decode(text) == raw
        else:
            with pytest.raises(MalformedError, match="trailing bits"):
                b64u_decode(text)


@given(st.text(max_size=8))
def test_base64url_refuses_every_other_character(text: str) -> None:
    try:
        raw = b64u_decode(text)
    except MalformedError:
        return
    assert b64u_encode(raw) == text
