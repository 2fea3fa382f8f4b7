"""A folder of tiles that somebody else wrote: a receipt is made, or an error of ours says why not."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from digital_resume.adapters.tile_files import MAX_FILE_BYTES, batch_folder, receipt_from_files
from digital_resume.core.anchoring.static_tiles import MANIFEST, PREFIX_BYTES, index_path, tile_path
from digital_resume.core.errors import ReceiptError
from tests.unit.digital_resume.core.anchoring.test_static_tiles import Mirror

MIRROR = Mirror(300)
LEAF = MIRROR.leaves[7]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = batch_folder(tmp_path, MIRROR.manifest.root)
    for path, content in MIRROR.files.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(content)
    (place / MANIFEST).write_text(json.dumps(MIRROR.manifest.to_json()))
    return tmp_path


def test_a_folder_as_it_was_exported_gives_a_receipt(folder: Path) -> None:
    receipt = receipt_from_files(folder, LEAF)
    assert (receipt.leaf, receipt.index) == (LEAF, 7)


def _folder(path: Path) -> None:
    path.mkdir()


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _link(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(400 * MAX_FILE_BYTES)


@pytest.mark.parametrize("make", [_folder, _pipe, _link, _huge])
@pytest.mark.parametrize("path", [tile_path(0, 0), index_path(LEAF, 300)], ids=["tile", "index"])
def test_what_is_no_file_of_its_size_is_refused_at_once(
    folder: Path, make: Callable[[Path], None], path: str
) -> None:
    place = batch_folder(folder, MIRROR.manifest.root) / path
    place.unlink()
    make(place)
    with pytest.raises(ReceiptError) as refused:
        receipt_from_files(folder, LEAF)
    assert refused.value.code == "tile_damaged"


def test_a_place_that_the_batch_does_not_have_hides_none_that_it_has(folder: Path) -> None:
    shard = batch_folder(folder, MIRROR.manifest.root) / index_path(LEAF, 300)
    entries = MIRROR.files[index_path(LEAF, 300)]
    at = entries.index(LEAF[:PREFIX_BYTES])
    false = LEAF[:PREFIX_BYTES] + (0xFFFFFFF0).to_bytes(4, "big")
    shard.write_bytes(entries[:at] + false + entries[at:])
    assert receipt_from_files(folder, LEAF).index == 7
