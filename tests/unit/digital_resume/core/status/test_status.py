"""The status array and its two published forms."""

import gzip
import json
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digital_resume.core.anchoring.leaf import status_leaf
from digital_resume.core.encoding.base64url import b64u_encode
from digital_resume.core.errors import LimitError, ProofError, ResumeError, StatusError
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.data_integrity import add_proof, verify_proof
from digital_resume.core.securing.jws import parse_compact, sign_compact
from digital_resume.core.status.bitstring import (
    bitstring_view,
    build_bitstring_credential,
    decode_bitstring,
    encode_bitstring,
    read_bitstring_credential,
)
from digital_resume.core.status.status_array import MIN_ENTRIES, Status, StatusArray, status_entry
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


# --- the array ------------------------------------------------------------------------------------------


def test_the_drafts_two_bit_example() -> None:
    vector = VECTORS["tokenStatusListTwoBits"]
    statuses = StatusArray(bytes(3))
    for index, status in enumerate(vector["statuses"]):
        statuses.set(index, Status(status))
    assert statuses.raw.hex() == vector["bytes"]
    assert encode_status_list(statuses) == {"bits": 2, "lst": vector["lst"]}
    assert decode_status_list({"bits": 2, "lst": vector["lst"]}).raw == statuses.raw


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.integers(0, MIN_ENTRIES - 1), st.sampled_from(Status), max_size=40))
def test_what_is_set_is_got_and_nothing_else(changes: dict[int, Status]) -> None:
    statuses = StatusArray.new()
    for index, status in changes.items():
        statuses.set(index, Status.SUPERSEDED)
        statuses.set(index, status)
    assert all(statuses.get(index) == status for index, status in changes.items())
    marked = sum(bin(byte).count("1") for byte in statuses.raw)
    assert marked == sum(bin(status).count("1") for status in changes.values())
    for purpose, wanted in (("revocation", {1, 3}), ("suspension", {2})):
        view = bitstring_view(statuses, purpose)
        ones = {i for i in range(MIN_ENTRIES) if view[i // 8] >> (7 - i % 8) & 1} if changes else set()
        assert ones == {i for i, s in changes.items() if s in wanted}


@pytest.mark.parametrize("index", [-1, MIN_ENTRIES, 10**9])
def test_index_outside_the_list_is_refused(index: int) -> None:
    with pytest.raises(StatusError) as caught:
        StatusArray.new().get(index)
    assert caught.value.code == "status_index"


@pytest.mark.parametrize("size", [0, 8, MIN_ENTRIES - 8, MIN_ENTRIES + 1, 1 << 30])
def test_size_of_a_new_list_is_bounded(size: int) -> None:
    with pytest.raises(StatusError):
        StatusArray.new(size)


def test_entry_and_leaf_are_those_of_the_status_tree() -> None:
    statuses = StatusArray.new()
    assert statuses.entry(URI, 7) == status_entry(URI, MIN_ENTRIES, 7, statuses.raw)
    assert statuses.leaf(URI, 7) == status_leaf(URI, MIN_ENTRIES, 7, statuses.raw)
    assert statuses.entry(URI, 7).startswith(b"vdr-status-v1\x00")


# --- Token Status List ----------------------------------------------------------------------------------


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
    assert parse_compact(token()).header["typ"] == "statuslist+jwt"


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


# --- Bitstring Status List ------------------------------------------------------------------------------


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
