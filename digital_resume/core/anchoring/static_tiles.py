"""Anchored trees as static files: what a mirror serves, and receipts made from it without the issuer.

One folder a batch, named after its root, in the manner of static transparency logs (C2SP tlog-tiles: numbers
in groups of three digits). All but the index is bound to the root, and the root is on the chain, so whoever
serves the files cannot lie with them. Layout and forms: ``docs/formats.md``, "Tiles as files".
Reading and writing files is left to others: every function takes a reader of paths.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from digital_resume.core.anchoring.leaf import HASH_BYTES
from digital_resume.core.anchoring.merkle import TILE_WIDTH, Tile, TreeBuilder, path_from_tiles, tile_counts
from digital_resume.core.anchoring.receipt import Receipt, parse_receipt
from digital_resume.core.errors import ReceiptError
from digital_resume.core.trust.issuers import ChainRef

Reader = Callable[[str], bytes]
"""``path below the batch's folder -> bytes``; raises ``FileNotFoundError`` for a file that is not there."""

MANIFEST: Final = "manifest.json"
MAX_MANIFEST_BYTES: Final = 2_048
PREFIX_BYTES: Final = 8
ENTRY_BYTES: Final = PREFIX_BYTES + 4
_ENTRIES_A_SHARD: Final = 4_096
_PLACE_OF_NONE: Final = {"leaf": "00" * HASH_BYTES, "index": 0, "path": []}


@dataclass(frozen=True, slots=True)
class BatchManifest:
    """What is said of a batch as a whole (attributes as of ``Receipt``); a receipt adds a leaf's place."""

    root: bytes
    size: int
    chain: ChainRef
    submitter: str
    transaction: str
    block_number: int
    block_time: datetime

    def receipt(self, leaf: bytes, index: int, path: tuple[bytes, ...]) -> Receipt:
        """Return the receipt of a leaf of this batch."""
        return Receipt(
            leaf=leaf,
            index=index,
            size=self.size,
            path=path,
            root=self.root,
            chain=self.chain,
            submitter=self.submitter,
            transaction=self.transaction,
            block_number=self.block_number,
            block_time=self.block_time,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the manifest as its JSON object."""
        whole = self.receipt(bytes(HASH_BYTES), 0, ()).to_json()
        return {**{k: v for k, v in whole.items() if k not in _PLACE_OF_NONE}, "type": "AnchorBatch"}


def parse_manifest(document: object) -> BatchManifest:
    """Parse a manifest's JSON object, as strictly as a receipt.

    Raises:
        ReceiptError: as ``parse_receipt``.
    """
    if (
        not isinstance(document, dict)
        or document.get("type") != "AnchorBatch"
        or _PLACE_OF_NONE.keys() & document.keys()
    ):
        raise ReceiptError("This is not the manifest of an anchored batch.", code="manifest_malformed")
    whole = parse_receipt({**document, **_PLACE_OF_NONE, "type": "AnchorReceipt"})
    return BatchManifest(
        root=whole.root,
        size=whole.size,
        chain=whole.chain,
        submitter=whole.submitter,
        transaction=whole.transaction,
        block_number=whole.block_number,
        block_time=whole.block_time,
    )


def tile_path(level: int, number: int) -> str:
    """Return a tile's path: ``tile/0/x001/x234/067`` for number 1,234,067 of level 0."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03d}")
    return f"tile/{level}/" + "/".join(reversed(groups))


def index_digits(size: int) -> int:
    """Return how many hexadecimal digits of a leaf name its shard: some 4,096 leaves a shard."""
    digits = 0
    while size > _ENTRIES_A_SHARD << (4 * digits):
        digits += 1
    return digits


def index_path(leaf: bytes, size: int) -> str:
    """Return the path of the index's shard for a leaf."""
    return f"index/{leaf.hex()[: index_digits(size)] or 'all'}"


def index_entry(leaf: bytes, index: int) -> bytes:
    """Return a leaf's entry in its shard: its first 8 bytes, its place as uint32be. Shards are sorted."""
    return leaf[:PREFIX_BYTES] + index.to_bytes(4, "big")


def find_leaf(leaf: bytes, manifest: BatchManifest, read: Reader) -> int | None:
    """Return a leaf's place in a batch by its index; ``None`` when the index does not have it.

    The index is a convenience and proves nothing: what it says is checked against the tiles.

    Raises:
        ReceiptError: the index or a tile is damaged.
    """
    shard = _read(read, index_path(leaf, manifest.size))
    if len(shard) % ENTRY_BYTES:
        raise ReceiptError("A shard of the index is cut short.", code="index_damaged")
    prefix = leaf[:PREFIX_BYTES]
    entries = range(len(shard) // ENTRY_BYTES)
    at = bisect_left(entries, prefix, key=lambda n: shard[n * ENTRY_BYTES : n * ENTRY_BYTES + PREFIX_BYTES])
    while at < len(entries) and shard[at * ENTRY_BYTES :].startswith(prefix):
        index = int.from_bytes(shard[at * ENTRY_BYTES + PREFIX_BYTES : (at + 1) * ENTRY_BYTES], "big")
        number, place = divmod(index, TILE_WIDTH)
        if index < manifest.size:
            tile = _read(read, tile_path(0, number))
            if tile[place * HASH_BYTES : (place + 1) * HASH_BYTES] == leaf:
                return index
        at += 1
    return None


def make_receipt(leaf: bytes, index: int, manifest: BatchManifest, read: Reader) -> Receipt:
    """Make a leaf's receipt from a batch's files and check it.

    Args:
        leaf: the leaf's hash.
        index: its place, as ``find_leaf`` or somebody else says.
        manifest: the batch's.
        read: reads its files.

    Raises:
        ReceiptError: the leaf is not there, or a file is missing or not what the root binds.
    """
    path = path_from_tiles(index, manifest.size, lambda level, number: _read(read, tile_path(level, number)))
    receipt = manifest.receipt(leaf, index, path)
    receipt.verify_path()
    return receipt


def tiles_of(size: int) -> Iterator[tuple[int, int, int]]:
    """Yield level, number and length in bytes of every tile of a tree."""
    for level, count in enumerate(tile_counts(size)):
        for number in range(-(-count // TILE_WIDTH)):
            yield level, number, min(TILE_WIDTH, count - number * TILE_WIDTH) * HASH_BYTES


def verify_batch(
    manifest: BatchManifest, read: Reader, progress: Callable[[int], None] = lambda _leaves: None
) -> None:
    """Check that a batch's tiles are all there and are the tree under its root, by rebuilding it.

    Args:
        manifest: the batch's.
        read: reads its files.
        progress: called with the number of leaves that were hashed.

    Raises:
        ReceiptError: a tile is missing, damaged or of another tree.
    """

    def compare(tile: Tile) -> None:
        if tile.level and _read(read, tile_path(tile.level, tile.number)) != tile.hashes:
            raise ReceiptError(
                "A tile is not what the tiles below it call for.",
                code="tile_damaged",
                level=tile.level,
                number=tile.number,
            )

    builder = TreeBuilder(compare)
    for level, number, length in tiles_of(manifest.size):
        if level:
            break
        hashes = _read(read, tile_path(level, number))
        if len(hashes) != length:
            raise ReceiptError("A tile is cut short.", code="tile_damaged", level=0, number=number)
        builder.extend_joined(hashes)
        progress(builder.size)
    if builder.seal().root != manifest.root:
        raise ReceiptError("The tiles are not of the tree under the batch's root.", code="root_mismatch")


def _read(read: Reader, path: str) -> bytes:
    try:
        return read(path)
    except FileNotFoundError:
        raise ReceiptError(
            f"The file {path} is missing. Export the batch again, or take it from another mirror.",
            code="tile_missing",
        ) from None
