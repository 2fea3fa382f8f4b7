"""The fast paths of reading and writing give what the slow paths give, and refuse what they refuse."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_resume.core.credentials.vcdm_values import is_url
from digital_resume.core.encoding.base64url import b64u_decode, b64u_encode
from digital_resume.core.encoding.bounded_json import parse_json
from digital_resume.core.encoding.dates import parse_datetime
from digital_resume.core.errors import IdentifierError, LimitError, MalformedError
from digital_resume.core.keys.multikey import base58_decode, base58_encode
from digital_resume.core.keys.signing import LocalSigner, public_key_from_jwk

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_JSON: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


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


@given(st.binary(max_size=90))
def test_base58_is_the_number_in_base_58(data: bytes) -> None:
    number, digits = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        digits = _ALPHABET[digit] + digits
    text = "1" * (len(data) - len(data.lstrip(b"\0"))) + digits
    assert base58_encode(data) == text
    assert base58_decode(text) == data


@pytest.mark.parametrize("text", ["0", "O", "I", "l", "?", "é", "\ud800", "11111111111 ", "abc\0"])
def test_base58_refuses_other_characters(text: str) -> None:
    with pytest.raises(IdentifierError):
        base58_decode(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-01-01T24:00:01Z",
        "2026-01-01T23:59:60Z",
        "2026-W01-1T00:00:00Z",
        "２026-01-01T00:00:00Z",
    ],
)
def test_a_moment_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        parse_datetime(text, "x")


def test_a_moment_is_in_utc() -> None:
    assert parse_datetime("2026-11-23T06:00:00Z", "x") == datetime(2026, 11, 23, 6, tzinfo=UTC)
    assert parse_datetime("2026-11-23T06:00:00Z", "x").tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("https://a.example/b#c?d", True),
        ("http://localhost", True),
        ("http://[::1]:80/x", True),
        ("https://", False),
        ("https:///path", False),
        ("https://a.example/b c", False),
        ("https://a.example/\n", False),
        ("https://a.example/<", False),
        ("did:key:zDn", True),
        ("name", False),
    ],
)
def test_a_url_is_a_url(text: str, answer: bool) -> None:
    assert is_url(text) is answer


@pytest.mark.parametrize("curve", ["P-256", "P-384"])
def test_a_jwk_with_the_other_point_s_y_is_refused(curve: Any) -> None:
    signer, other = LocalSigner.generate(curve), LocalSigner.generate(curve)
    jwk = signer.public_key.jwk()
    assert public_key_from_jwk(jwk) == signer.public_key
    for _ in range(2):
        with pytest.raises(IdentifierError):
            public_key_from_jwk({**jwk, "y": other.public_key.jwk()["y"]})


def test_24_00_00_is_the_first_moment_of_the_day_that_follows() -> None:
    assert parse_datetime("2026-12-31T24:00:00Z", "It") == datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["9999-12-31T24:00:00Z", "9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+09:00"]
)
def test_a_moment_beyond_the_calendar_is_told_so(text: str) -> None:
    with pytest.raises(MalformedError) as caught:
        parse_datetime(text, "It")
    assert caught.value.code == "time_out_of_range"
