"""RFC 9162 trees: known roots, a naive reference, proofs from tiles and what must not verify."""

import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digital_resume.core.anchoring.leaf import Mechanism, SignedContent, hash_leaf
from digital_resume.core.anchoring.merkle import (
    EMPTY_ROOT,
    TILE_WIDTH,
    MerkleTree,
    Tile,
    TreeBuilder,
    find_in_tile,
    hash_node,
    merkle_root,
    path_from_tiles,
    paths_of_tile,
    root_from_path,
    tile_counts,
)
from digital_resume.core.errors import ReceiptError

# Entries and roots of the Certificate Transparency reference implementation.
CT_ENTRIES = [
    bytes.fromhex(entry)
    for entry in "- 00 10 2021 3031 40414243 5051525354555657 606162636465666768696a6b6c6d6e6f".replace(
        "-", ""
    ).split(" ")
]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162 section 2.1.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hash_node(naive_root(leaves[:split]), naive_root(leaves[split:]))


def naive_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 9162 section 2.1.3.1, word for word."""
    if len(leaves) == 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if index < split:
        return [*naive_path(index, leaves[:split]), naive_root(leaves[split:])]
    return [*naive_path(index - split, leaves[split:]), naive_root(leaves[:split])]


def leaves_of(size: int) -> list[bytes]:
    return [hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(size)]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_certificate_transparency(size: int) -> None:
    leaves = [hash_leaf(entry) for entry in CT_ENTRIES[:size]]
    assert merkle_root(leaves).hex() == CT_ROOTS[size - 1]
    assert MerkleTree(leaves).root.hex() == CT_ROOTS[size - 1]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert merkle_root([]) == EMPTY_ROOT == hashlib.sha256(b"").digest()


@settings(max_examples=60, deadline=None)
@given(size=st.integers(1, 1200), data=st.data())
def test_root_and_path_agree_with_the_naive_reference(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    index = data.draw(st.integers(0, size - 1))
    tree = MerkleTree(leaves)
    path = tree.path(index)
    assert tree.root == merkle_root(leaves) == naive_root(leaves)
    assert list(path) == naive_path(index, leaves)
    assert root_from_path(leaves[index], index, size, path) == tree.root


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 513, 65535, 65536, 65537])
def test_every_edge_size_proves_its_edge_leaves_from_one_tile_a_level(size: int) -> None:
    leaves = leaves_of(size)
    tree = MerkleTree(leaves)
    assert tree.root == merkle_root(leaves)
    for index in {0, size // 2, size - 1}:
        read: list[tuple[int, int]] = []

        def read_tile(level: int, number: int, read: list[tuple[int, int]] = read) -> bytes:
            read.append((level, number))
            return tree.tiles[level, number]

        path = path_from_tiles(index, size, read_tile)
        assert root_from_path(leaves[index], index, size, path) == tree.root
        levels = 1
        while 256**levels < size:
            levels += 1
        assert len(read) == levels == len(tile_counts(size))


def test_tiles_are_full_but_for_the_last_of_a_level() -> None:
    tiles: list[Tile] = []
    builder = TreeBuilder(tiles.append)
    builder.extend(leaves_of(70_000))
    head = builder.seal()
    assert builder.seal() == head
    assert head.size == 70_000
    for level, count in enumerate(tile_counts(70_000)):
        here = [tile for tile in tiles if tile.level == level]
        assert [tile.number for tile in here] == list(range(len(here)))
        assert {len(tile.hashes) for tile in here[:-1]} <= {8192}
        assert sum(len(tile.hashes) for tile in here) == count * 32


def test_an_empty_batch_is_not_sealed() -> None:
    with pytest.raises(ReceiptError) as caught:
        TreeBuilder().seal()
    assert caught.value.code == "batch_empty"


def test_a_damaged_tile_is_refused() -> None:
    tree = MerkleTree(leaves_of(300))
    with pytest.raises(ReceiptError) as caught:
        path_from_tiles(5, 300, lambda level, number: tree.tiles[level, number][:-32])
    assert caught.value.code == "tile_damaged"


@pytest.mark.parametrize("index", [-1, 300, 1 << 40])
def test_an_index_outside_the_tree_is_refused(index: int) -> None:
    tree = MerkleTree(leaves_of(300))
    with pytest.raises(ReceiptError):
        tree.path(index)
    with pytest.raises(ReceiptError):
        root_from_path(bytes(32), index, 300, ())


@settings(max_examples=60, deadline=None)
@given(size=st.integers(2, 700), data=st.data())
def test_an_altered_path_never_leads_to_the_root(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    index = data.draw(st.integers(0, size - 1))
    tree = MerkleTree(leaves)
    path = list(tree.path(index))
    place = data.draw(st.integers(0, len(path) - 1))
    kind = data.draw(st.sampled_from(["bit", "drop", "double", "swap_index"]))
    claimed = index
    if kind == "bit":
        path[place] = bytes([path[place][0] ^ 1]) + path[place][1:]
    elif kind == "drop":
        del path[place]
    elif kind == "double":
        path.insert(place, path[place])
    else:
        claimed = data.draw(st.integers(0, size - 1).filter(lambda other: other != index))
    with contextlib.suppress(ReceiptError):
        assert root_from_path(leaves[index], claimed, size, path) != tree.root


@given(
    leaf=st.binary(min_size=32, max_size=32),
    index=st.integers(-(1 << 70), 1 << 70),
    size=st.integers(-(1 << 70), 1 << 70),
    path=st.lists(st.binary(min_size=32, max_size=32), max_size=40),
)
def test_a_hostile_path_raises_nothing_but_a_receipt_error(
    leaf: bytes, index: int, size: int, path: list[bytes]
) -> None:
    with contextlib.suppress(ReceiptError):
        assert len(root_from_path(leaf, index, size, path)) == 32


VECTORS = json.loads((Path(__file__).parents[4] / "vectors/anchoring.json").read_text())


@pytest.mark.parametrize("vector", VECTORS["leaves"], ids=lambda vector: vector["signed"])
def test_leaf_vectors_hold(vector: dict[str, str]) -> None:
    signed, signature = vector["signed"].encode(), bytes.fromhex(vector["signature"])
    content = SignedContent(Mechanism(int(vector["mechanism"])), signed, signature)
    assert (content.entry.hex(), content.leaf.hex()) == (vector["entry"], vector["leaf"])


@pytest.mark.parametrize("vector", VECTORS["trees"], ids=lambda vector: str(len(vector["leaves"])))
def test_tree_vectors_hold(vector: dict[str, Any]) -> None:
    tree = MerkleTree([bytes.fromhex(leaf) for leaf in vector["leaves"]])
    assert tree.root.hex() == vector["root"]
    for index, path in enumerate(vector["paths"]):
        assert [node.hex() for node in tree.path(index)] == path


INCLUSION = json.loads((Path(__file__).parents[4] / "vectors/inclusion.json").read_text())


@pytest.mark.parametrize("case", INCLUSION["cases"], ids=lambda case: case["name"])
def test_inclusion_vectors_that_drive_the_contract_too_hold(case: dict[str, Any]) -> None:
    leaf, root, *path = (bytes.fromhex(text[2:]) for text in (case["leaf"], case["root"], *case["proof"]))
    if case["error"] is not None:
        with pytest.raises(ReceiptError) as caught:
            root_from_path(leaf, case["index"], case["size"], path)
        assert caught.value.code == case["error"]
    else:
        assert (root_from_path(leaf, case["index"], case["size"], path) == root) is case["holds"]


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 513, 65_537])
def test_the_paths_of_a_tile_are_those_of_its_leaves(size: int) -> None:
    tree = MerkleTree(leaves_of(size))
    for number in {0, (size - 1) // TILE_WIDTH}:
        paths = paths_of_tile(number, size, lambda level, at: tree.tiles[level, at])
        first = number * TILE_WIDTH
        assert paths == [tree.path(index) for index in range(first, min(first + TILE_WIDTH, size))]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 700), max_size=6))
def test_leaves_that_come_joined_make_the_same_tree(parts: list[int]) -> None:
    leaves = leaves_of(sum(parts) + 1)
    tiles: list[Tile] = []
    builder = TreeBuilder(tiles.append)
    at = 0
    for part in [*parts, 1]:
        builder.extend_joined(b"".join(leaves[at : at + part]))
        at += part
    tree = MerkleTree(leaves)
    assert builder.seal().root == tree.root
    assert {(tile.level, tile.number): tile.hashes for tile in tiles} == tree.tiles


def test_joined_leaves_that_are_no_hashes_are_refused() -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        TreeBuilder().extend_joined(bytes(33))


def test_a_hash_is_found_in_its_tile_only_where_one_begins() -> None:
    tile = b"".join(leaves_of(5))
    assert [find_in_tile(tile, leaf) for leaf in leaves_of(5)] == [0, 1, 2, 3, 4]
    for wrong in (tile[16:48], bytes(32)):
        with pytest.raises(ReceiptError) as refused:
            find_in_tile(tile, wrong)
        assert refused.value.code == "leaf_not_in_tile"
