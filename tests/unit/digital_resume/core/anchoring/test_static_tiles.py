"""Trees as static files: whoever serves them, a receipt leads to the root or is not made."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digital_resume.core.anchoring.leaf import HASH_BYTES
from digital_resume.core.anchoring.merkle import MerkleTree
from digital_resume.core.anchoring.static_tiles import (
    MAX_MANIFEST_BYTES,
    BatchManifest,
    find_leaf,
    index_digits,
    index_entry,
    index_path,
    make_receipt,
    parse_manifest,
    tile_path,
    tiles_of,
    verify_batch,
)
from digital_resume.core.errors import ReceiptError
from digital_resume.core.trust.issuers import ChainRef

CHAIN = ChainRef("eip155:20261", "0x" + "ab" * 32, "0x" + "0" * 40, "0x" + "cd" * 32)


class Mirror:
    """A batch's files in memory."""

    def __init__(self, size: int) -> None:
        self.leaves = [hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(size)]
        tree = MerkleTree(self.leaves)
        self.manifest = BatchManifest(
            tree.root, size, CHAIN, "0x" + "1" * 40, "0x" + "2" * 64, 7, datetime(2026, 11, 24, tzinfo=UTC)
        )
        self.files = {tile_path(level, number): h for (level, number), h in tree.tiles.items()}
        shards: dict[str, list[bytes]] = {}
        for index, leaf in enumerate(self.leaves):
            shards.setdefault(index_path(leaf, size), []).append(index_entry(leaf, index))
        self.files |= {path: b"".join(sorted(entries)) for path, entries in shards.items()}

    def read(self, path: str) -> bytes:
        """Return a file's bytes."""
        try:
            return self.files[path]
        except KeyError:
            raise FileNotFoundError(path) from None


@pytest.mark.parametrize("size", [1, 256, 257, 5_000, 70_000])
def test_every_leaf_is_found_and_its_receipt_leads_to_the_root(size: int) -> None:
    mirror = Mirror(size)
    for index in {0, size // 2, size - 1}:
        leaf = mirror.leaves[index]
        assert find_leaf(leaf, mirror.manifest, mirror.read) == index
        receipt = make_receipt(leaf, index, mirror.manifest, mirror.read)
        assert (receipt.leaf, receipt.index, receipt.root) == (leaf, index, mirror.manifest.root)
    verify_batch(mirror.manifest, mirror.read)


def test_a_leaf_that_is_not_there_is_not_found() -> None:
    mirror = Mirror(300)
    assert find_leaf(bytes(HASH_BYTES), mirror.manifest, mirror.read) is None
    # Its neighbour in the index shares the first eight bytes.
    twin = mirror.leaves[5][:8] + bytes(24)
    assert find_leaf(twin, mirror.manifest, mirror.read) is None


def test_paths_are_those_of_static_logs() -> None:
    assert tile_path(0, 1_234_067) == "tile/0/x001/x234/067"
    assert [tile_path(2, number) for number in (0, 999, 1_000)] == [
        "tile/2/000",
        "tile/2/999",
        "tile/2/x001/000",
    ]
    assert [index_digits(size) for size in (1, 4_096, 4_097, 65_537, 10_000_000)] == [0, 0, 1, 2, 3]
    assert index_path(b"\xab" * 32, 10_000_000) == "index/aba"


def test_tiles_are_named_with_their_lengths() -> None:
    mirror = Mirror(70_000)
    assert {tile_path(level, number): length for level, number, length in tiles_of(70_000)} == {
        path: len(hashes) for path, hashes in mirror.files.items() if path.startswith("tile/")
    }


def test_a_manifest_survives_its_json_and_takes_nothing_else() -> None:
    document = Mirror(3).manifest.to_json()
    assert parse_manifest(json.loads(json.dumps(document))) == Mirror(3).manifest
    assert len(json.dumps(document, indent=1)) <= MAX_MANIFEST_BYTES
    for wrong in (
        {**document, "type": "AnchorReceipt"},
        {**document, "index": 0},
        {**document, "more": 1},
        {**document, "size": 0},
        {k: v for k, v in document.items() if k != "chain"},
        [],
        None,
    ):
        with pytest.raises(ReceiptError):
            parse_manifest(wrong)


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_a_mirror_that_lies_gives_no_receipt_that_does_not_lead_to_the_root(data: st.DataObject) -> None:
    mirror = Mirror(600)
    path = data.draw(st.sampled_from(sorted(mirror.files)))
    change: Any = data.draw(st.sampled_from(["cut", "flip", "gone", "swap", "grow"]))
    content = bytearray(mirror.files[path])
    if change == "gone":
        del mirror.files[path]
    elif change == "swap":
        mirror.files[path] = mirror.files[data.draw(st.sampled_from(sorted(mirror.files)))]
    elif change == "flip":
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] ^= data.draw(st.integers(1, 255))
        mirror.files[path] = bytes(content)
    else:
        at = data.draw(st.integers(0, len(content)))
        mirror.files[path] = bytes(content[:at] if change == "cut" else content + content[:at])
    index = data.draw(st.integers(0, 599))
    leaf = mirror.leaves[index]
    try:
        found = find_leaf(leaf, mirror.manifest, mirror.read)
        receipt = make_receipt(leaf, index if found is None else found, mirror.manifest, mirror.read)
    except ReceiptError:
        return
    receipt.verify_path()
    assert (receipt.leaf, receipt.root) == (leaf, mirror.manifest.root)


@pytest.mark.parametrize("path", ["tile/0/000", "tile/0/002", "tile/1/000"])
def test_a_batch_with_any_wrong_tile_does_not_verify(path: str) -> None:
    for content in (None, b"", bytes(HASH_BYTES)):
        mirror = Mirror(600)
        if content is None:
            del mirror.files[path]
        else:
            mirror.files[path] = content + mirror.files[path][len(content) :] if content else content
        with pytest.raises(ReceiptError):
            verify_batch(mirror.manifest, mirror.read)
