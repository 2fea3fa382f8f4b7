"""Keys of stored shares, in a file whose bytes are overwritten: what erases a share for good.

PostgreSQL keeps what was deleted: in the table's file until space is needed, in the write-ahead log, in
replicas. So each share's ciphertext is stored under a key of its own (AES-256-GCM), and the key lies in a
file of fixed slots, at a place that is written over when the share ends. Without it the bytes that
PostgreSQL still has open no more, even for somebody who has the share's link.

A slot is 32 bytes at ``slot * 32``; zeros mean that there is no key, or none any more. Several processes may
use the file; slots come from a sequence of the database, so no two use the same. On several machines
``SHARE_KEYS_FILE`` lies on storage that all of them share. The file is left out of backups: a backup that
holds it keeps what was erased (docs/threat-model.md).
"""

import contextlib
import logging
import os
import secrets
import time
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from digital_resume.core.errors import ResumeError
from digital_resume.error_words import particular

log = logging.getLogger(__name__)

KEY_BYTES: Final = 32
TAG_BYTES: Final = 16
_NONCE: Final = bytes(12)
"""One nonce for all: no key ever encrypts twice."""
_TELL_SECONDS: Final = 60.0


class ShareKeyError(ResumeError):
    """A share's key does not open it: the file of keys is not the one that the shares were stored with."""

    code = "share_key_missing"


class ShareKeyDestroyedError(ShareKeyError):
    """A share's key was written over: the share has ended."""


class ShareKeys:
    """The file of keys, made with mode 0600 when it is not there.

    Args:
        path: the file; its folder is made when missing.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._told = float("-inf")
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def seal(self, slot: int, share_id: str, ciphertext: bytes) -> bytes:
        """Store a fresh key in ``slot``, on the disk, and return what PostgreSQL is to hold."""
        key = secrets.token_bytes(KEY_BYTES)
        os.pwrite(self._file, key, slot * KEY_BYTES)
        self._to_disk()
        return AESGCM(key).encrypt(_NONCE, ciphertext, share_id.encode())

    def open(self, slot: int, share_id: str, stored: bytes) -> bytes:
        """Return the share's ciphertext.

        Raises:
            ShareKeyDestroyedError: the key was destroyed.
            ShareKeyError: the file has no such key, or another one; said in the log.
        """
        key = os.pread(self._file, KEY_BYTES, slot * KEY_BYTES)
        if len(key) == KEY_BYTES and not any(key):
            raise ShareKeyDestroyedError("The share's key was destroyed: the share has ended.")
        if len(key) == KEY_BYTES:
            with contextlib.suppress(InvalidTag):
                return AESGCM(key).decrypt(_NONCE, stored, share_id.encode())
        self._tell()
        raise ShareKeyError("The share's key does not open it: the file of keys is another one.")

    def destroy(self, *slots: int) -> None:
        """Write zeros over keys; blocks until they are on the disk, so that none comes back."""
        for slot in slots:
            os.pwrite(self._file, bytes(KEY_BYTES), slot * KEY_BYTES)
        if slots:
            self._to_disk()

    def _tell(self) -> None:
        """Log that keys do not open, once a minute; which share it was is nobody's business."""
        now = time.monotonic()
        if now - self._told > _TELL_SECONDS:
            self._told = now
            log.error(
                "The key of a stored share does not open it: %s is not the file of keys that it was sealed "
                "with. Such shares answer 503 share_key_missing. Point SHARE_KEYS_FILE at the right file; if "
                "it is lost, docs/operating.md says how to end them.",
                self._path,
            )

    def _to_disk(self) -> None:
        os.fsync(self._file)

    def check(self, newest_slot: int | None) -> None:
        """Refuse a file that cannot be the one of the shares that are stored.

        Args:
            newest_slot: highest slot of a share that still has its key; ``None`` when there is none.

        Raises:
            ShareKeyError: it is too short for that slot.
        """
        if newest_slot is not None and os.fstat(self._file).st_size < (newest_slot + 1) * KEY_BYTES:
            raise ShareKeyError(
                f"{self._path} is not the file of keys that the stored shares were sealed with: it is too "
                "short. Point SHARE_KEYS_FILE at the right one; if it is lost, docs/operating.md says how to "
                "end those shares.",
                message_ko=particular("share_key_missing", "file"),
            )
