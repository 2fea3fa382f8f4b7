"""The Bitstring Status List: one form of the status array."""

import gzip
import json
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from digital_resume.core.encoding.base64url import b64u_encode
from digital_resume.core.errors import LimitError, ResumeError, StatusError
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.data_integrity import add_proof, verify_proof
from digital_resume.core.status.bitstring import (
    bitstring_view,
    build_bitstring_credential,
    decode_bitstring,
    encode_bitstring,
    read_bitstring_credential,
)
from digital_resume.core.status.status_array import MIN_ENTRIES, Status, StatusArray

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[4] / "vectors" / "status" / "published.json").read_text("utf-8")
)
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
URI = "http://localhost:8001/i/univ/status/1"
SIGNER = LocalSigner("P-256", b"\x01" * 32, "did:web:localhost%3A8001:i:univ")


def test_the_specifications_encoded_list_is_an_empty_list() -> None:
    assert decode_bitstring(VECTORS["bitstringEmpty"]["encodedList"]) == bytes(16_384)


def test_first_index_is_the_left_most_bit() -> None:
    statuses = StatusArray.new()
    statuses.set(0, Status.REVOKED)
    statuses.set(9, Status.SUPERSEDED)
    statuses.set(10, Status.SUSPENDED)
    assert bitstring_view(statuses, "revocation")[:2] == bytes([0b10000000, 0b01000000])
    assert bitstring_view(statuses, "suspension")[:2] == bytes([0, 0b00100000])


def credential(**changes: Any) -> dict[str, Any]:
    statuses = StatusArray.new()
    statuses.set(123, Status.REVOKED)
    built = build_bitstring_credential(
        statuses,
        uri=f"{URI}/bitstring/revocation",
        purpose="revocation",
        issuer="did:web:localhost%3A8001:i:univ",
        valid_from=NOW,
        valid_until=NOW + timedelta(days=1),
        ttl_seconds=300,
    )
    return {**built, **changes}


def test_credential_is_secured_and_read_back() -> None:
    secured = add_proof(
        credential(), SIGNER, cryptosuite="ecdsa-jcs-2019", purpose="assertionMethod", created=NOW
    )
    assert verify_proof(secured, purpose="assertionMethod", now=NOW).key == SIGNER.public_key
    bits = read_bitstring_credential(secured, purpose="revocation", now=NOW)
    assert (bits.get(122), bits.get(123), bits.get(124)) == (0, 1, 0)
    assert secured["credentialSubject"]["ttl"] == 300_000


def test_published_bytes_are_reproducible() -> None:
    assert credential() == credential()


@pytest.mark.parametrize(
    ("changes", "options", "code"),
    [
        ({}, {"purpose": "suspension"}, "status_purpose"),
        ({}, {"now": NOW + timedelta(days=1)}, "status_expired"),
        ({}, {"now": NOW - timedelta(seconds=1)}, "status_not_yet_valid"),
        ({}, {"min_entries": MIN_ENTRIES + 1}, "status_list_length"),
        ({}, {"status_size": 2}, "status_list_length"),
        ({}, {"status_size": 0}, "status_size"),
        ({"type": ["VerifiableCredential"]}, {}, "status_invalid"),
        ({"credentialSubject": []}, {}, "status_invalid"),
        ({"validFrom": "yesterday"}, {}, "malformed"),
    ],
)
def test_credential_that_is_not_the_one_wanted(
    changes: dict[str, Any], options: dict[str, Any], code: str
) -> None:
    with pytest.raises(ResumeError) as caught:
        read_bitstring_credential(credential(**changes), **{"purpose": "revocation", "now": NOW, **options})
    assert caught.value.code == code


def test_index_outside_the_bitstring_is_refused() -> None:
    bits = read_bitstring_credential(credential(), purpose="revocation", now=NOW)
    for index in (-1, MIN_ENTRIES):
        with pytest.raises(StatusError):
            bits.get(index)


def test_entries_of_several_bits_are_read() -> None:
    subject = {
        "type": "BitstringStatusList",
        "statusPurpose": ["message", "other"],
        "encodedList": encode_bitstring(bytes([0b00011011, 0b11000000]) + bytes(32_768)),
    }
    bits = read_bitstring_credential(
        credential(credentialSubject=subject), purpose="message", now=NOW, status_size=2
    )
    assert [bits.get(i) for i in range(6)] == [0, 1, 2, 3, 3, 0]
    three = read_bitstring_credential(
        credential(credentialSubject=subject), purpose="message", now=NOW, status_size=3, min_entries=1
    )
    assert [three.get(i) for i in range(4)] == [0, 6, 7, 4]


@pytest.mark.parametrize(
    "encoded", ["", "z123", "H4sIAAAA", "u", "u====", "uAAAA", "u" + b64u_encode(zlib.compress(b"abc"))]
)
def test_broken_encoded_list_is_refused(encoded: str) -> None:
    with pytest.raises(StatusError):
        decode_bitstring(encoded)


def test_gzip_bomb_is_refused() -> None:
    with pytest.raises(LimitError):
        decode_bitstring("u" + b64u_encode(gzip.compress(bytes(1 << 26))))


def test_unpublished_purpose_is_refused() -> None:
    with pytest.raises(StatusError):
        bitstring_view(StatusArray.new(), "message")
