"""Anchored trees in static files, whoever wrote them: checked, and receipts made out of them.

``resume tiles export`` of an issuer writes such a folder, and mirrors copy it. A batch that has a manifest is
complete.
"""

import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from digital_resume.core.anchoring.receipt import Receipt
from digital_resume.core.anchoring.static_tiles import (
    MANIFEST,
    MAX_MANIFEST_BYTES,
    BatchManifest,
    Reader,
    find_leaf,
    make_receipt,
    parse_manifest,
    verify_batch,
)
from digital_resume.core.errors import ReceiptError, ResumeError

Progress = Callable[[str, int, int], None]
"""``(what is done, how much of it, of how much)``."""

MAX_FILE_BYTES: Final = 1 << 20
"""More than any tile (8 KiB) and any shard of the index (some 48 KiB) has."""


class TilesError(ResumeError):
    """A folder of tiles that is not what it must be, or a batch that is not there."""

    code = "tiles_unusable"


def verify_tiles(folder: Path, *, root: bytes | None, progress: Progress) -> int:
    """Rebuild every exported batch's tree, or one's, and return how many were checked.

    Raises:
        ReceiptError: a file is missing or damaged.
        TilesError: there is no batch.
    """
    count = 0
    for manifest, place in manifests(folder, root):
        verify_files(manifest, place, progress)
        count += 1
    if not count:
        raise TilesError("There is no batch in this folder.", code="batch_unknown")
    return count


def receipt_from_files(
    folder: Path, leaf: bytes, *, root: bytes | None = None, index: int | None = None
) -> Receipt:
    """Make a receipt from static files alone.

    Args:
        folder: what ``resume tiles export`` wrote, or a copy of it.
        leaf: the leaf's hash.
        root: the batch's root; every batch is searched when not given.
        index: the leaf's place, when it is known; looked up in the index otherwise.

    Raises:
        ReceiptError: a file is missing or damaged, or the leaf is not at that place.
        TilesError: no batch has the leaf.
    """
    for manifest, place in manifests(folder, root):
        read = reader_of(place)
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


def verify_files(manifest: BatchManifest, place: Path, progress: Progress) -> None:
    """Rebuild a batch's tree from its files.

    Raises:
        ReceiptError: a file is missing or damaged, or the tree does not lead to the manifest's root.
    """
    verify_batch(manifest, reader_of(place), lambda leaves: progress("check", leaves, manifest.size))


def reader_of(place: Path) -> Reader:
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
