"""Anchored trees out of the database into static files: ``resume tiles export``.

Files are made whole beside their place and moved there; a batch's manifest is written last, after the tree
was rebuilt from the files and led to its root. So what has a manifest is complete, an export that was
interrupted goes on where it stopped, and a mirror may copy while it runs.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from digital_resume.adapters.tile_files import Progress, TilesError, batch_folder, verify_files
from digital_resume.core.anchoring.leaf import HASH_BYTES
from digital_resume.core.anchoring.merkle import TILE_WIDTH
from digital_resume.core.anchoring.static_tiles import (
    ENTRY_BYTES,
    MANIFEST,
    BatchManifest,
    index_digits,
    index_entry,
    index_path,
    tile_path,
    tiles_of,
)
from digital_resume.core.trust.issuers import ChainRef

if TYPE_CHECKING:
    import psycopg

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
            verify_files(manifest, place, progress)
            _write(place / MANIFEST, json.dumps(manifest.to_json(), indent=1).encode() + b"\n")
            written += 1
    return Exported(written, present)


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
