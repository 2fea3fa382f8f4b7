"""Merkle trees of RFC 9162 section 2.1, over leaf hashes, with proofs built from tiles.

The tree is stored as tiles: tile ``number`` of tile level ``L`` holds up to 256 hashes of the tree's
level ``8·L`` (tree level 0 is the leaves). Batches are sealed, so the last hash of a tile level may stand
for a subtree that is not full: RFC 9162's tree is the one where an odd last node moves up unchanged, and
that is what makes one tile a level enough for every proof: ≤ ⌈log256 n⌉ tiles, at least one.
Storing tiles is the work of ``adapters``; leaves come from ``digital_resume.core.anchoring.leaf``.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from digital_resume.core.anchoring.leaf import HASH_BYTES
from digital_resume.core.errors import LimitError, ReceiptError

TILE_WIDTH: Final = 256
TILE_BYTES: Final = TILE_WIDTH * HASH_BYTES

MAX_TREE_SIZE: Final = 1 << 27
"""134 million leaves: seven times the national back-fill, and a receipt still fits into 2 KB."""

MAX_PATH: Final = 27

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
"""Root of the empty tree, RFC 9162 section 2.1.1. It is never anchored."""

TileReader = Callable[[int, int], bytes]
"""``(level, number) -> the tile's hashes, joined``."""


@dataclass(frozen=True, slots=True)
class Tile:
    """Up to 256 hashes of one tile level, joined."""

    level: int
    number: int
    hashes: bytes


@dataclass(frozen=True, slots=True)
class TreeHead:
    """Size and root of a sealed tree."""

    size: int
    root: bytes


def _tree_full() -> LimitError:
    return LimitError(f"A batch holds at most {MAX_TREE_SIZE} leaves; seal it and begin another one.")


def hash_node(left: bytes, right: bytes) -> bytes:
    """Hash an inner node: SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def _parents(level: bytes) -> bytes:
    """Hash a joined level into the next one; an odd last node moves up unchanged."""
    sha256 = hashlib.sha256
    paired = len(level) // 64 * 64
    parents = [sha256(b"\x01" + level[at : at + 64]).digest() for at in range(0, paired, 64)]
    parents.append(level[paired:])
    return b"".join(parents)


def _fold(hashes: bytes) -> bytes:
    """Return the root over joined hashes of one level; at least one hash."""
    while len(hashes) > HASH_BYTES:
        hashes = _parents(hashes)
    return hashes


def _levels(hashes: bytes) -> list[bytes]:
    """Return joined hashes and every level above them up to the root over them."""
    levels = [hashes]
    while len(levels[-1]) > HASH_BYTES:
        levels.append(_parents(levels[-1]))
    return levels


@lru_cache(maxsize=256)
def _levels_above(hashes: bytes) -> tuple[bytes, ...]:
    """Return the same, kept: one tile in 256 is above the leaves, and every receipt needs some of them."""
    return tuple(_levels(hashes))


def tile_counts(size: int) -> tuple[int, ...]:
    """Return the number of hashes at each tile level of a tree with ``size`` leaves."""
    counts = [size]
    while counts[-1] > TILE_WIDTH:
        counts.append(-(-counts[-1] // TILE_WIDTH))
    return tuple(counts)


class TreeBuilder:
    """Builds a tree from leaves as they come, in memory of one unfinished tile a level.

    Args:
        emit: called with every tile as soon as it can no longer change.
    """

    def __init__(self, emit: Callable[[Tile], None] | None = None) -> None:
        self._emit = emit
        self._open: list[bytearray] = [bytearray()]
        self._numbers: list[int] = [0]
        self._size = 0
        self._head: TreeHead | None = None

    @property
    def size(self) -> int:
        """Number of leaves so far."""
        return self._size

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes in order.

        Raises:
            LimitError: more than ``MAX_TREE_SIZE`` leaves.
        """
        if self._head is not None:
            raise RuntimeError("the tree is sealed")
        for leaf in leaves:
            if len(leaf) != HASH_BYTES:
                raise ValueError("a leaf is a SHA-256 hash")
            # A full tile waits for the next leaf: only then is it sure that a level above exists.
            if len(self._open[0]) == TILE_BYTES:
                self._close(0)
            self._open[0] += leaf
            self._size += 1
        if self._size > MAX_TREE_SIZE:
            raise _tree_full()

    def extend_joined(self, leaves: bytes) -> None:
        """Add leaf hashes in order, joined: a third faster than ``extend`` for millions.

        Raises:
            LimitError: more than ``MAX_TREE_SIZE`` leaves.
        """
        if self._head is not None:
            raise RuntimeError("the tree is sealed")
        count, rest = divmod(len(leaves), HASH_BYTES)
        if rest:
            raise ValueError("leaves are SHA-256 hashes")
        if self._size + count > MAX_TREE_SIZE:
            raise _tree_full()
        at = 0
        while at < len(leaves):
            # As in extend: a full tile waits for the next leaf.
            if len(self._open[0]) == TILE_BYTES:
                self._close(0)
            taken = min(TILE_BYTES - len(self._open[0]), len(leaves) - at)
            self._open[0] += leaves[at : at + taken]
            at += taken
        self._size += count

    def seal(self) -> TreeHead:
        """Emit what is left and return the tree's size and root; later calls return the same.

        Raises:
            ReceiptError: the tree is empty.
        """
        if self._head is None:
            if not self._size:
                raise ReceiptError("A batch without leaves has nothing to anchor.", code="batch_empty")
            level = 0
            while level + 1 < len(self._open):
                self._close(level)
                level += 1
            self._head = TreeHead(self._size, self._put(level))
        return self._head

    def _put(self, level: int) -> bytes:
        """Hand out the open tile of ``level`` and return the root over it."""
        hashes = bytes(self._open[level])
        if self._emit is not None:
            self._emit(Tile(level, self._numbers[level], hashes))
        self._numbers[level] += 1
        self._open[level].clear()
        return _fold(hashes)

    def _close(self, level: int) -> None:
        """Move the root of ``level``'s open tile one tile level up."""
        root = self._put(level)
        if level + 1 == len(self._open):
            self._open.append(bytearray())
            self._numbers.append(0)
        elif len(self._open[level + 1]) == TILE_BYTES:
            self._close(level + 1)
        self._open[level + 1] += root


class MerkleTree:
    """A sealed tree held in memory as its tiles: for a tick's batch, tests and small lists.

    Args:
        leaves: the leaf hashes in order, at least one.
    """

    def __init__(self, leaves: Iterable[bytes]) -> None:
        self.tiles: dict[tuple[int, int], bytes] = {}
        builder = TreeBuilder(self._keep)
        builder.extend(leaves)
        head = builder.seal()
        self.size: int = head.size
        self.root: bytes = head.root

    def _keep(self, tile: Tile) -> None:
        self.tiles[tile.level, tile.number] = tile.hashes

    def path(self, index: int) -> tuple[bytes, ...]:
        """Return the inclusion path of leaf ``index``."""
        return path_from_tiles(index, self.size, lambda level, number: self.tiles[level, number])


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes; ``EMPTY_ROOT`` when there is none."""
    return _fold(b"".join(leaves)) if leaves else EMPTY_ROOT


def find_in_tile(hashes: bytes, wanted: bytes) -> int:
    """Return the place of a hash among a tile's joined hashes.

    Raises:
        ReceiptError: it is not there.
    """
    at = hashes.find(wanted)
    while at % HASH_BYTES:  # across two hashes, or -1: nowhere
        if at < 0:
            raise ReceiptError("The tile does not hold that hash.", code="leaf_not_in_tile")
        at = hashes.find(wanted, at + 1)
    return at // HASH_BYTES


def path_from_tiles(index: int, size: int, read_tile: TileReader) -> tuple[bytes, ...]:
    """Assemble the inclusion path of leaf ``index`` from one tile a tile level.

    Args:
        index: the leaf's place, from 0.
        size: number of leaves of the sealed tree.
        read_tile: returns the joined hashes of ``(level, number)``.

    Raises:
        ReceiptError: no such leaf, or a tile that does not have its length.
    """
    if not 0 <= index < size <= MAX_TREE_SIZE:
        raise ReceiptError(
            "The tree has no leaf of that index.", code="leaf_out_of_range", index=index, size=size
        )
    path: list[bytes] = []
    for level in range(len(tile_counts(size))):
        number, place = divmod(index, TILE_WIDTH)
        hashes = _read_tile(level, number, size, read_tile)
        path += _siblings(_levels_above(hashes) if level else _levels(hashes), place)
        index = number
    return tuple(path)


def paths_of_tile(number: int, size: int, read_tile: TileReader) -> list[tuple[bytes, ...]]:
    """Assemble the inclusion paths of all leaves of one leaf tile, hashing each tile once.

    Args:
        number: the tile's place on level 0.
        size: number of leaves of the sealed tree.
        read_tile: as of ``path_from_tiles``.

    Raises:
        ReceiptError: as ``path_from_tiles``.
    """
    first = path_from_tiles(number * TILE_WIDTH, size, read_tile)
    levels = _levels(_read_tile(0, number, size, read_tile))
    count = len(levels[0]) // HASH_BYTES
    # Every leaf of the tile goes up the same way from the tile's root.
    above = first[len(_siblings(levels, 0)) :]
    return [(*_siblings(levels, place), *above) for place in range(count)]


def _siblings(levels: Sequence[bytes], place: int) -> list[bytes]:
    path: list[bytes] = []
    for hashes in levels[:-1]:
        at = (place ^ 1) * HASH_BYTES
        if at < len(hashes):
            path.append(hashes[at : at + HASH_BYTES])
        place >>= 1
    return path


def _read_tile(level: int, number: int, size: int, read_tile: TileReader) -> bytes:
    hashes = read_tile(level, number)
    if len(hashes) != min(TILE_WIDTH, tile_counts(size)[level] - number * TILE_WIDTH) * HASH_BYTES:
        raise ReceiptError(
            "A stored tile does not have the length that the tree's size calls for.",
            code="tile_damaged",
            level=level,
            number=number,
        )
    return hashes


def root_from_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root that ``path`` leads to from ``leaf``: RFC 9162 section 2.1.3.2, steps 1 to 5.

    Raises:
        ReceiptError: the path does not fit index and size.
    """
    if not 0 <= index < size <= MAX_TREE_SIZE:
        raise ReceiptError("The receipt's index lies outside its tree.", code="leaf_out_of_range")
    first, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise ReceiptError("The receipt's path is longer than its tree is high.", code="path_too_long")
        if first & 1 or first == last:
            root = hash_node(sibling, root)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            root = hash_node(root, sibling)
        first, last = first >> 1, last >> 1
    if last:
        raise ReceiptError("The receipt's path is shorter than its tree is high.", code="path_too_short")
    return root
