"""The canonical status array: two bits a credential, and the only truth about its status.

Bytes are those of a Token Status List with ``bits`` 2: entry i stands in byte i // 4 at bit 2·(i mod 4),
least significant bits first. The chain names SHA-256 of these bytes; the published forms are in
``token_status_list`` and ``bitstring``.
"""

import hashlib
from enum import IntEnum
from typing import Final

from digital_resume.core.anchoring.leaf import status_entry, status_leaf
from digital_resume.core.errors import StatusError

MIN_ENTRIES: Final = 131_072
"""Smallest list published: a small one would tell which credential a verifier asked about."""

MAX_ENTRIES: Final = 1 << 22
"""Largest list accepted (1 MiB of statuses); an institution with more credentials has more lists."""


class Status(IntEnum):
    """Status of one credential; 0–2 are those of the Token Status List registry."""

    VALID = 0
    REVOKED = 1
    SUSPENDED = 2
    SUPERSEDED = 3


class StatusArray:
    """Statuses of one list.

    Args:
        raw: the packed bytes; four entries each.

    Raises:
        StatusError: empty or larger than ``MAX_ENTRIES``.
    """

    __slots__ = ("_raw",)

    def __init__(self, raw: bytes | bytearray) -> None:
        if not 0 < len(raw) <= MAX_ENTRIES // 4:
            raise StatusError(f"A status list has between 4 and {MAX_ENTRIES} entries.", code="status_size")
        self._raw = bytearray(raw)

    @classmethod
    def new(cls, size: int = MIN_ENTRIES) -> "StatusArray":
        """Make an array of ``size`` valid entries.

        Raises:
            StatusError: fewer than ``MIN_ENTRIES``, more than ``MAX_ENTRIES`` or not a multiple of 8.
        """
        if not MIN_ENTRIES <= size <= MAX_ENTRIES or size % 8:
            raise StatusError(
                f"A status list has {MIN_ENTRIES} to {MAX_ENTRIES} entries, a multiple of 8.",
                code="status_size",
            )
        return cls(bytes(size // 4))

    def __len__(self) -> int:
        return len(self._raw) * 4

    def get(self, index: int) -> Status:
        """Return the status at ``index``.

        Raises:
            StatusError: ``status_index`` when there is no such entry.
        """
        self._check(index)
        return Status(self._raw[index >> 2] >> ((index & 3) * 2) & 3)

    def set(self, index: int, status: Status) -> None:
        """Change the status at ``index``; errors as ``get``."""
        self._check(index)
        shift = (index & 3) * 2
        self._raw[index >> 2] = self._raw[index >> 2] & ~(3 << shift) | int(status) << shift

    @property
    def raw(self) -> bytes:
        """The packed bytes."""
        return bytes(self._raw)

    @property
    def digest(self) -> bytes:
        """SHA-256 of the packed bytes."""
        return hashlib.sha256(self._raw).digest()

    def entry(self, uri: str, sequence: int) -> bytes:
        """Return the entry of this version of the list for the status tree."""
        return status_entry(uri, len(self), sequence, self.raw)

    def leaf(self, uri: str, sequence: int) -> bytes:
        """Return the leaf of this version of the list in the status tree."""
        return status_leaf(uri, len(self), sequence, self.raw)

    def _check(self, index: int) -> None:
        if not 0 <= index < len(self):
            raise StatusError("The status index lies outside the status list.", code="status_index")


__all__ = ["MAX_ENTRIES", "MIN_ENTRIES", "Status", "StatusArray", "status_entry", "status_leaf"]
