"""Anchored trees out of the database into static files, and receipts out of these files: ``resume tiles``.

Files are made whole beside their place and moved there; a batch's manifest is written last, after the tree
was built anew from the files and led to its root. So what has a manifest is complete, an export that was
interrupted goes on where it stopped, and a mirror may copy while it runs.
"""

import json
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from digital_resume.core.anchoring.leaf import HASH_BYTES
from digital_resume.core.anchoring.merkle import TILE_WIDTH
from digital_resume.core.anchoring.receipt import Receipt
from digital_resume.core.anchoring.static_tiles import (
    ENTRY_BYTES,
    MANIFEST,
    MAX_MANIFEST_BYTES,
    BatchManifest,
    Reader,
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
from digital_resume.core.errors import ReceiptError, ResumeError
from digital_resume.core.trust.issuers import ChainRef

if TYPE_CHECKING:
    import psycopg

Progress = Callable[[str, int, int], None]
"""``(what is done, how much of it, of how much)``."""

MAX_FILE_BYTES: Final = 1 << 20
"""More than any tile (8 KiB) and any shard of the index (some 48 KiB) has."""

_TILES_AT_ONCE: Final = 512
_LEAVES_A_PASS: Final = 1 << 24
"""Leaves whose index entries are held in memory at a time: 200 MB."""

_BATCHES: Final = """
select id, root, size, submitter, transaction_hash, block_number, anchored_at from issuer.batch
where state = 'confirmed' and (%(root)s::bytea is null or root = %(root)s) order by id
"""

_TILES: Final = """
select number, hashes from issuer.tile where batch_id = %s and level = %s and number = any(%s)
"""


class TilesError(ResumeError):
    """A folder of tiles that is not what it must be, or a batch that is not there."""

    code = "tiles_unusable"


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export did: batches that were written, and that were there already."""

    written: int
    present: int


def export_tiles(
    database_url: str, chain: ChainRef, folder: Path, *, root: bytes | None, progress: Progress
) -> Exported:
    """Write every confirmed batch, or one, as static files.

    Args:
        database_url: the issuer's database.
        chain: the chain of the deployment.
        folder: where to; made when missing.
        root: the one batch that is wanted.
        progress: told of every few hundred tiles.

    Raises:
        TilesError: there is no such batch, or what is in the database is damaged.
    """
    import psycopg

    from digital_resume.adapters.database import libpq_url

    written = present = 0
    with psycopg.connect(libpq_url(database_url)) as connection:
        rows = connection.execute(_BATCHES, {"root": root}).fetchall()
        if not rows and root is not None:
            raise TilesError("There is no anchored batch of that root.", code="batch_unknown")
        for batch_id, *facts in rows:
            manifest = _manifest(chain, *facts)
            place = batch_folder(folder, manifest.root)
            if (place / MANIFEST).exists():
                present += 1
                continue
            _write_tiles(connection, batch_id, manifest, place, progress)
            _write_index(manifest, place, progress)
            _verify(manifest, place, progress)
            _write(place / MANIFEST, json.dumps(manifest.to_json(), indent=1).encode() + b"\n")
            written += 1
    return Exported(written, present)


def verify_tiles(folder: Path, *, root: bytes | None, progress: Progress) -> int:
    """Build every exported batch's tree anew, or one's, and return how many were checked.

    Raises:
        ReceiptError: a file is missing or damaged.
        TilesError: there is no batch.
    """
    count = 0
    for manifest, place in manifests(folder, root):
        _verify(manifest, place, progress)
        count += 1
    if not count:
        raise TilesError("There is no batch in this folder.", code="batch_unknown")
    return count


def receipt_from_files(
    folder: Path, leaf: bytes, *, root: bytes | None = None, index: int | None = None
) -> Receipt:
    """Make a receipt from static files alone.

    Args:
        folder: what ``export_tiles`` wrote, or a copy of it.
        leaf: the leaf's hash.
        root: the batch's root; every batch is searched when not given.
        index: the leaf's place, when it is known; looked up in the index otherwise.

    Raises:
        ReceiptError: a file is missing or damaged, or the leaf is not at that place.
        TilesError: no batch has the leaf.
    """
    for manifest, place in manifests(folder, root):
        read = _reader(place)
        found = index if index is not None and root is not None else find_leaf(leaf, manifest, read)
        if found is not None:
            return make_receipt(leaf, found, manifest, read)
    raise TilesError(
        "No batch in this folder has that leaf. Check the leaf, or export the newest batches first.",
        code="leaf_unknown",
    )


def batch_folder(folder: Path, root: bytes) -> Path:
    """Return where a batch's files are."""
    return folder / "batch" / root.hex()


def manifests(folder: Path, root: bytes | None) -> Iterator[tuple[BatchManifest, Path]]:
    """Yield the complete batches of a folder, each with its place.

    Raises:
        ReceiptError: a manifest is malformed.
    """
    wanted = [batch_folder(folder, root)] if root is not None else sorted((folder / "batch").glob("*"))
    for place in wanted:
        path = place / MANIFEST
        if not path.is_file():
            continue
        if path.stat().st_size > MAX_MANIFEST_BYTES:
            raise ReceiptError("A manifest is too large.", code="manifest_malformed")
        try:
            manifest = parse_manifest(json.loads(path.read_bytes()))
        except (ValueError, RecursionError):
            raise ReceiptError("A manifest is not JSON.", code="manifest_malformed") from None
        if manifest.root.hex() != place.name:
            raise ReceiptError("A manifest is of another batch than its folder.", code="manifest_malformed")
        yield manifest, place


def _manifest(chain: ChainRef, *facts: Any) -> BatchManifest:
    root, size, submitter, transaction, block_number, anchored_at = facts
    return BatchManifest(
        root=root,
        size=size,
        chain=chain,
        submitter=submitter,
        transaction="0x" + transaction.hex(),
        block_number=block_number,
        block_time=anchored_at,
    )


def _write_tiles(
    connection: "psycopg.Connection[Any]",
    batch_id: int,
    manifest: BatchManifest,
    place: Path,
    progress: Progress,
) -> None:
    missing = [tile for tile in tiles_of(manifest.size) if not _has(place / tile_path(*tile[:2]), tile[2])]
    count = sum(1 for _ in tiles_of(manifest.size))
    done = count - len(missing)
    for first in range(0, len(missing), _TILES_AT_ONCE):
        wanted = missing[first : first + _TILES_AT_ONCE]
        for level in sorted({level for level, _, _ in wanted}):
            numbers = [number for at, number, _ in wanted if at == level]
            with connection.cursor(binary=True) as cursor:
                for number, hashes in cursor.execute(_TILES, (batch_id, level, numbers)):
                    _write(place / tile_path(level, number), hashes)
        done += len(wanted)
        progress("tiles", done, count)


def _write_index(manifest: BatchManifest, place: Path, progress: Progress) -> None:
    """Write the index by leaf, out of the leaf tiles; in several passes where it is larger than memory."""
    shards = 16 ** index_digits(manifest.size)
    passes = min(shards, -(-manifest.size // _LEAVES_A_PASS))
    for turn in range(passes):
        found: dict[str, bytearray] = {}
        for number in range(-(-manifest.size // TILE_WIDTH)):
            hashes = (place / tile_path(0, number)).read_bytes()
            for at in range(0, len(hashes), HASH_BYTES):
                leaf = hashes[at : at + HASH_BYTES]
                if leaf[0] * passes >> 8 == turn:
                    shard = found.setdefault(index_path(leaf, manifest.size), bytearray())
                    shard += index_entry(leaf, number * TILE_WIDTH + at // HASH_BYTES)
            if number % _TILES_AT_ONCE == 0:
                progress("index", number * TILE_WIDTH, manifest.size)
        for path, joined in found.items():
            entries = [bytes(joined[at : at + ENTRY_BYTES]) for at in range(0, len(joined), ENTRY_BYTES)]
            _write(place / path, b"".join(sorted(entries)))
    if shards > 1:
        # A shard that no leaf falls into is there too, and empty: missing means damaged.
        for value in range(shards):
            empty = place / "index" / f"{value:0{index_digits(manifest.size)}x}"
            if not empty.exists():
                _write(empty, b"")


def _verify(manifest: BatchManifest, place: Path, progress: Progress) -> None:
    verify_batch(manifest, _reader(place), lambda leaves: progress("check", leaves, manifest.size))


def _reader(place: Path) -> Reader:
    """Return a reader of a batch's files, whoever wrote them: regular ones only, and bounded."""

    def read(path: str) -> bytes:
        try:
            # A pipe is not waited for, and a link does not lead elsewhere.
            descriptor = os.open(place / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as file:
                regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
                content = file.read(MAX_FILE_BYTES + 1) if regular else b""
        except FileNotFoundError:
            raise
        except OSError:
            regular, content = False, b""
        if not regular or len(content) > MAX_FILE_BYTES:
            raise ReceiptError(f"The file {path} is not what it must be.", code="tile_damaged")
        return content

    return read


def _has(path: Path, length: int) -> bool:
    try:
        return path.stat().st_size == length
    except FileNotFoundError:
        return False


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    partial.write_bytes(content)
    partial.replace(path)
