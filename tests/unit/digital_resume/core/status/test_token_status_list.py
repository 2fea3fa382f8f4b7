"""The Token Status List: one form of the status array."""

import gzip
import json
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from digital_resume.core.encoding.base64url import b64u_encode
from digital_resume.core.errors import LimitError, ProofError, StatusError
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.jws import parse_compact, sign_compact
from digital_resume.core.status.status_array import Status, StatusArray
from digital_resume.core.status.token_status_list import (
    build_status_list_token,
    decode_status_list,
    encode_status_list,
    verify_status_list_token,
)

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[4] / "vectors" / "status" / "published.json").read_text("utf-8")
)
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
URI = "http://localhost:8001/i/univ/status/1"
SIGNER = LocalSigner("P-256", b"\x01" * 32, "did:web:localhost%3A8001:i:univ")


def test_the_drafts_two_bit_example() -> None:
    vector = VECTORS["tokenStatusListTwoBits"]
    statuses = StatusArray(bytes(3))
    for index, status in enumerate(vector["statuses"]):
        statuses.set(index, Status(status))
    assert statuses.raw.hex() == vector["bytes"]
    assert encode_status_list(statuses) == {"bits": 2, "lst": vector["lst"]}
    assert decode_status_list({"bits": 2, "lst": vector["lst"]}).raw == statuses.raw


def token(**changes: Any) -> str:
    statuses = StatusArray.new()
    statuses.set(123, Status.REVOKED)
    options: dict[str, Any] = {
        "uri": URI,
        "signer": SIGNER,
        "issued_at": NOW,
        "expires_at": NOW + timedelta(days=1),
        "ttl": 300,
    }
    return build_status_list_token(statuses, **{**options, **changes})


def verify(text: str, **changes: Any) -> Any:
    options: dict[str, Any] = {"key": SIGNER.public_key, "uri": URI, "now": NOW}
    return verify_status_list_token(text, **{**options, **changes})


def test_token_round_trip() -> None:
    verified = verify(token())
    assert verified.statuses.get(123) is Status.REVOKED
    assert verified.statuses.get(122) is Status.VALID
    assert (verified.ttl, verified.issued_at) == (300, NOW)
    assert verified.expires_at == NOW + timedelta(days=1)
    made = parse_compact(token())
    assert made.header["typ"] == "statuslist+jwt"
    assert f"{made.claims()['iss']}#{SIGNER.public_key.multikey}" == made.kid


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"uri": URI + "0"}, "status_wrong_list"),
        ({"now": NOW + timedelta(days=1)}, "status_expired"),
        ({"now": NOW - timedelta(minutes=6)}, "status_not_yet_valid"),
    ],
)
def test_token_that_is_not_the_one_wanted(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(StatusError) as caught:
        verify(token(), **changes)
    assert caught.value.code == code


def test_another_key_is_refused() -> None:
    with pytest.raises(ProofError):
        verify(token(), key=LocalSigner.generate().public_key)


def test_a_credential_is_no_status_list() -> None:
    text = sign_compact({"typ": "dc+sd-jwt"}, parse_compact(token()).payload, SIGNER)
    with pytest.raises(ProofError):
        verify(text)


def lst(data: bytes) -> str:
    return b64u_encode(zlib.compress(data))


@pytest.mark.parametrize(
    "member",
    [
        None,
        [],
        {},
        {"bits": 2},
        {"bits": 3, "lst": lst(b"a")},
        {"bits": 4, "lst": lst(b"\x40")},
        {"bits": 8, "lst": lst(b"\x04")},
        {"bits": True, "lst": lst(b"a")},
        {"bits": 2, "lst": 1},
        {"bits": 2, "lst": "!"},
        {"bits": 2, "lst": b64u_encode(b"not zlib")},
        {"bits": 2, "lst": b64u_encode(zlib.compress(b"abc")[:-2])},
        {"bits": 2, "lst": b64u_encode(zlib.compress(b"abc") + b"x")},
        {"bits": 2, "lst": b64u_encode(gzip.compress(b"abc"))},
        {"bits": 2, "lst": lst(b"")},
    ],
)
def test_broken_status_list_is_refused(member: object) -> None:
    with pytest.raises(StatusError):
        decode_status_list(member)


def test_decompression_bomb_is_refused() -> None:
    with pytest.raises(LimitError):
        decode_status_list({"bits": 2, "lst": lst(bytes(1 << 26))})


@pytest.mark.parametrize("ttl", [0, -1, True, "300"])
def test_strange_ttl_is_refused(ttl: object) -> None:
    claims = {**parse_compact(token()).claims(), "ttl": ttl}
    with pytest.raises(StatusError):
        verify(sign_compact({"typ": "statuslist+jwt"}, claims, SIGNER))


@pytest.mark.parametrize(
    ("bits", "raw", "statuses"),
    [
        (1, b"\xb9\xa3", [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]),  # section 4.1's example
        (4, b"\x21\x30\x02", [1, 2, 0, 3, 2, 0, 0, 0]),
        (8, b"\x01\x00\x03\x02\x01", [1, 0, 3, 2, 1, 0, 0, 0]),
    ],
)
def test_lists_of_other_widths_say_the_same(bits: int, raw: bytes, statuses: list[int]) -> None:
    decoded = decode_status_list({"bits": bits, "lst": lst(raw)})
    assert [decoded.get(index) for index in range(len(decoded))] == statuses
