"""The file of the shares' keys: what is destroyed is written over, and opens nothing any more."""

import os
import stat
from pathlib import Path

import pytest

from wallet.share_keys import KEY_BYTES, ShareKeyDestroyedError, ShareKeyError, ShareKeys


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
    with pytest.raises(ShareKeyDestroyedError):
        keys.open(0, "a", stored)
    assert keys.open(1, "b", other) == b"two"


def test_a_blob_of_another_share_does_not_open(path: Path) -> None:
    keys = ShareKeys(path)
    stored = keys.seal(0, "a", b"one")
    for slot, share_id in ((0, "b"), (5, "a")):
        with pytest.raises(ShareKeyError) as caught:
            keys.open(slot, share_id, stored)
        assert not isinstance(caught.value, ShareKeyDestroyedError)


def test_a_key_of_another_file_is_told_in_the_log_once_and_names_no_share(
    path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stored = ShareKeys(path).seal(0, "the-share", b"one")
    wrong = ShareKeys(tmp_path / "wrong")
    wrong.seal(0, "other", b"two")
    for _ in range(3):
        with pytest.raises(ShareKeyError):
            wrong.open(0, "the-share", stored)
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert "SHARE_KEYS_FILE" in record.getMessage()
    assert "the-share" not in record.getMessage()


def test_a_file_that_was_lost_is_noticed(path: Path) -> None:
    keys = ShareKeys(path)
    keys.check(None)
    keys.seal(7, "a", b"one")
    keys.check(7)
    os.truncate(path, 0)
    with pytest.raises(ShareKeyError, match="SHARE_KEYS_FILE"):
        keys.check(7)
