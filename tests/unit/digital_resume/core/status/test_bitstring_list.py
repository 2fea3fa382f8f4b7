"""Entries and lists of any purpose and size."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_resume.core.credentials.status_entry import read_status_entry
from digital_resume.core.errors import StatusError
from digital_resume.core.status.bitstring_list import BitstringList, read_status, read_ttl

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
URL = "https://status.example/1"
MESSAGES = [{"status": "0x0", "message": "대기 · waiting"}, {"status": "0x1", "message": "완료 · done"}]


def entry(**changes: Any) -> dict[str, Any]:
    base = {
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "94567",
        "statusListCredential": URL,
    }
    return {name: value for name, value in {**base, **changes}.items() if value is not ...}


@given(
    size=st.integers(1, 8), places=st.dictionaries(st.integers(0, 131_071), st.integers(0, 255), max_size=20)
)
def test_what_was_set_is_read_and_nothing_else(size: int, places: dict[int, int]) -> None:
    bits = BitstringList.new(size)
    expected = {index: value % (1 << size) for index, value in places.items()}
    for index, value in expected.items():
        bits.set(index, value)
    for index, value in expected.items():
        assert bits.get(index) == value
    assert bin(int.from_bytes(bits.raw, "big")).count("1") == sum(v.bit_count() for v in expected.values())


def test_first_entry_is_the_left_most_bit() -> None:
    bits = BitstringList.new()
    bits.set(0, 1)
    assert bits.raw[:2] == b"\x80\x00"
    for index in (-1, len(bits)):
        with pytest.raises(StatusError):
            bits.get(index)
    with pytest.raises(StatusError):
        bits.set(1, 2)


@pytest.mark.parametrize(
    ("purpose", "value", "in_force"),
    [("revocation", 0, True), ("revocation", 1, False), ("suspension", 1, False), ("refresh", 1, True)],
)
def test_value_is_read_by_purpose(purpose: str, value: int, in_force: bool) -> None:
    bits = BitstringList.new()
    bits.set(94_567, value)
    listed = bits.credential(
        uri=URL, purpose=purpose, issuer="did:example:i", valid_from=NOW, ttl=timedelta(minutes=5)
    )
    found = read_status(read_status_entry(entry(statusPurpose=purpose)), listed, now=NOW)
    assert (found.value, found.in_force, found.ttl) == (value, in_force, timedelta(minutes=5))


@pytest.mark.parametrize("ttl", ["5", -1, True, 1.5])
def test_ttl_that_is_none_is_refused(ttl: object) -> None:
    with pytest.raises(StatusError):
        read_ttl({"credentialSubject": {"ttl": ttl}})


def test_another_list_is_not_the_entrys() -> None:
    listed = BitstringList.new().credential(
        uri=URL + "2", purpose="revocation", issuer="did:example:i", valid_from=NOW
    )
    with pytest.raises(StatusError):
        read_status(read_status_entry(entry()), listed, now=NOW)
