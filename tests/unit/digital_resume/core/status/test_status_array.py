"""The status array and its two published forms."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digital_resume.core.anchoring.leaf import status_leaf
from digital_resume.core.errors import StatusError
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.status.bitstring import (
    bitstring_view,
)
from digital_resume.core.status.status_array import MIN_ENTRIES, Status, StatusArray, status_entry

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[4] / "vectors" / "status" / "published.json").read_text("utf-8")
)
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
URI = "http://localhost:8001/i/univ/status/1"
SIGNER = LocalSigner("P-256", b"\x01" * 32, "did:web:localhost%3A8001:i:univ")


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
