"""A body costs time in proportion to its length, however hostile it is."""

import time

import pytest

from digital_resume.web.request_limits import RequestRejectedError, check_json


@pytest.mark.parametrize(
    "tail",
    [b'"' + b'\\"' * 500_000, b'"' + b"\\\\" * 500_000 + b"\\", b'"a' * 300_001],
    ids=["quotes", "backslashes", "strings"],
)
def test_string_that_never_ends_does_not_hold_the_service(tail: bytes) -> None:
    began = time.monotonic()
    with pytest.raises(RequestRejectedError):
        check_json(b"[]" * 40 + tail, 32)
    assert time.monotonic() - began < 5


def test_brackets_behind_an_escaped_quote_still_count_as_text() -> None:
    check_json(b'{"a": "' + b'\\"[[[[{{{{' * 20 + b'"}', 2)


def test_depth_is_still_counted_behind_strings() -> None:
    with pytest.raises(RequestRejectedError, match="deeper"):
        check_json(b'["x\\\\",' * 40 + b"1" + b"]" * 40, 32)
