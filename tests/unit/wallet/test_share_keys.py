"""The file of the shares' keys: what is destroyed is written over, and opens nothing any more."""

import os
import stat
from pathlib import Path

import pytest

from wallet.share_keys import KEY_BYTES, ShareKeyError, ShareKeys


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "share-keys"


def test_what_was_sealed_opens_also_in_another_process(path: Path) -> None:
    stored = ShareKeys(path).seal(3, "a-share", b"ciphertext")
    assert ShareKeys(path).open(3, "a-share", stored) == b"ciphertext"
    assert b"ciphertext" not in stored
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_destroyed_key_is_nowhere_in_the_file(path: Path) -> None:
    keys = ShareKeys(path)
    stored, other = keys.seal(0, "a", b"one"), keys.seal(1, "b", b"two")
    key = path.read_bytes()[:KEY_BYTES]
    keys.destroy(0)
    assert key not in path.read_bytes()
    with pytest.raises(ShareKeyError):
        keys.open(0, "a", stored)
    assert keys.open(1, "b", other) == b"two"


def test_a_blob_of_another_share_does_not_open(path: Path) -> None:
    keys = ShareKeys(path)
    stored = keys.seal(0, "a", b"one")
    with pytest.raises(ShareKeyError):
        keys.open(0, "b", stored)
    with pytest.raises(ShareKeyError):
        keys.open(5, "a", stored)


def test_a_file_that_was_lost_is_noticed(path: Path) -> None:
    keys = ShareKeys(path)
    keys.check(None)
    keys.seal(7, "a", b"one")
    keys.check(7)
    os.truncate(path, 0)
    with pytest.raises(ShareKeyError, match="SHARE_KEYS_FILE"):
        keys.check(7)
