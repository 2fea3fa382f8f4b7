"""Compact JWS: headers that are kept are everybody's own, and every part is bounded."""

import pytest

from digital_resume.core.encoding.base64url import (
    b64u_encode,
)
from digital_resume.core.errors import LimitError, MalformedError
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing import jws
from digital_resume.core.securing.jws import parse_compact, sign_compact

ISSUER = LocalSigner("P-256", b"\x01" * 32)


def test_a_header_that_is_kept_is_everybody_s_own() -> None:
    token = sign_compact({"typ": "x", "kid": "k"}, {}, ISSUER)
    parse_compact(token).header["kid"] = "other"
    assert parse_compact(token).header == {"alg": "ES256", "typ": "x", "kid": "k"}


@pytest.mark.parametrize(
    "header",
    [
        b'{"alg":"ES256","alg":"none"}',
        b'{"alg":"ES256"',
        b'["alg"]',
        b'{"alg":"\xff"}',
        b'{"alg":"\\ud800"}',
        b'{"a":' * 9 + b"1" + b"}" * 9,
    ],
)
def test_a_header_that_is_refused_is_refused_each_time(header: bytes) -> None:
    for _ in range(3):
        with pytest.raises(MalformedError):
            parse_compact(f"{b64u_encode(header)}.e30.AA")


def test_kept_headers_are_few_and_small() -> None:
    assert jws._flat_header.cache_info().maxsize == 1_024
    jws._flat_header.cache_clear()
    parse_compact(sign_compact({"kid": "k" * 600}, {}, ISSUER))
    assert jws._flat_header.cache_info().currsize == 0
    nested = parse_compact(sign_compact({"jwk": {"a": "b"}, "crit": ["x"]}, {}, ISSUER))
    nested.header["jwk"]["a"] = "c"
    again = parse_compact(sign_compact({"jwk": {"a": "b"}, "crit": ["x"]}, {}, ISSUER))
    assert again.header["jwk"] == {"a": "b"}


def test_sizes_of_a_token_s_parts_are_bounded() -> None:
    with pytest.raises(LimitError):
        parse_compact(f"{b64u_encode(b' ' * 9_000)}.e30.AA")
    with pytest.raises(LimitError):
        parse_compact(f"e30.e30.{b64u_encode(bytes(300))}")
