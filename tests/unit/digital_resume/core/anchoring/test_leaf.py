"""Entries and leaves: the bytes on the page of formats."""

import hashlib

import pytest

from digital_resume.core.anchoring.leaf import Mechanism, SignedContent, status_entry, status_leaf


def test_an_entry_has_the_bytes_of_the_scheme() -> None:
    entry = SignedContent(Mechanism.JOSE, b"header.payload", b"\x07" * 64).entry
    assert entry == b"vdr-anchor-v1\x00\x01" + hashlib.sha256(b"header.payload").digest() + b"\x07" * 64
    assert (
        SignedContent(Mechanism.JOSE, b"header.payload", b"\x07" * 64).leaf
        == hashlib.sha256(b"\x00" + entry).digest()
    )


def test_mechanism_numbers_never_change() -> None:
    assert {mechanism.name: int(mechanism) for mechanism in Mechanism} == {
        "JOSE": 1,
        "EDDSA_RDFC_2022": 2,
        "EDDSA_JCS_2022": 3,
        "ECDSA_RDFC_2019": 4,
        "ECDSA_JCS_2019": 5,
        "ECDSA_SD_2023": 6,
    }


def test_a_status_entry_has_the_bytes_of_the_scheme() -> None:
    uri, statuses = "http://localhost:8001/i/univ/status/1", bytes(32768)
    entry = status_entry(uri, 131072, 9, statuses)
    assert entry == (
        b"vdr-status-v1\x00"
        + hashlib.sha256(uri.encode()).digest()
        + (131072).to_bytes(8, "big")
        + (9).to_bytes(8, "big")
        + hashlib.sha256(statuses).digest()
    )
    assert status_leaf(uri, 131072, 9, statuses) == hashlib.sha256(b"\x00" + entry).digest()


@pytest.mark.parametrize(("size", "sequence"), [(0, 0), (-1, 0), (1, -1), (1, 1 << 64), (1 << 40, 1)])
def test_a_status_entry_out_of_range_is_refused(size: int, sequence: int) -> None:
    with pytest.raises(ValueError, match="out of range"):
        status_entry("u", size, sequence, b"")
