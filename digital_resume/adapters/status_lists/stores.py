"""Where checked copies of status lists are kept: the door, and a store in memory for who needs no more.

A list's versions are kept a submitter each: what somebody else published under the same URI never stands in
the way of the institution's own.
"""

import threading
from collections import OrderedDict
from dataclasses import replace
from datetime import timedelta
from typing import Final, Protocol

from digital_resume.adapters.status_lists.checking import CheckedList
from digital_resume.core.trust.logs import StatusHead

#: How often the moment at which a copy was last seen current is written, at most.
MARK_EVERY: Final = timedelta(seconds=30)
MAX_SUBMITTERS: Final = 8
"""Copies of one list that are looked at: an institution has one anchorer, two while it changes."""


class CopyStore(Protocol):
    """Keeps the newest checked version of every list, a submitter each."""

    def load(self, uri: str) -> tuple[CheckedList, ...]:
        """Return the copies of a list at hand; empty when there is none or they cannot be read."""
        ...

    def reload(self, uri: str) -> tuple[CheckedList, ...]:
        """Return the copies of a list from where another process may have put newer ones."""
        ...

    def store(self, checked: CheckedList) -> None:
        """Keep a version that was just checked; not one older than the same submitter's kept one."""
        ...

    def mark_seen(self, checked: CheckedList, head: StatusHead) -> None:
        """Note that the chain still names this version's root."""
        ...

    def mark_root_seen(self, submitter: str, head: StatusHead) -> None:
        """Note that the chain still names a root, for all lists under it."""
        ...

    def known(self, limit: int) -> list[tuple[str, str, str, bytes]]:
        """Return URI, issuer, submitter and root of known lists, the least recently seen first."""
        ...


def seen(checked: CheckedList, head: StatusHead) -> CheckedList:
    """Return the copy as of a head that names its root."""
    return replace(
        checked,
        seen_at=max(checked.seen_at, head.read_at),
        heartbeat=max(checked.heartbeat, head.heartbeat),
    )


class Memory:
    """Copies in memory, the least recently used dropped first (LRU).

    Args:
        most_lists: lists that are kept.
        most_bytes: statuses that are kept, in all.
    """

    def __init__(self, *, most_lists: int = 512, most_bytes: int = 64 << 20) -> None:
        self._most_lists = most_lists
        self._most_bytes = most_bytes
        self._bytes = 0
        self._lists: OrderedDict[str, dict[str, CheckedList]] = OrderedDict()
        self._lock = threading.Lock()

    def load(self, uri: str) -> tuple[CheckedList, ...]:
        """Return the copies of a list."""
        with self._lock:
            copies = self._lists.get(uri)
            if copies is None:
                return ()
            self._lists.move_to_end(uri)
            return tuple(copies.values())

    def put(self, checked: CheckedList) -> None:
        """Keep a copy in place of the same submitter's, unless that one is newer."""
        with self._lock:
            copies = self._lists.setdefault(checked.uri, {})
            kept = copies.pop(checked.submitter, None)
            if kept is not None and kept.sequence > checked.sequence:
                copies[checked.submitter] = kept
                return
            self._bytes += len(checked.statuses) - (len(kept.statuses) if kept else 0)
            copies[checked.submitter] = checked
            if len(copies) > MAX_SUBMITTERS:
                self._bytes -= len(copies.pop(next(iter(copies))).statuses)
            self._lists.move_to_end(checked.uri)
            while len(self._lists) > self._most_lists or (
                self._bytes > self._most_bytes and len(self._lists) > 1
            ):
                _, dropped = self._lists.popitem(last=False)
                self._bytes -= sum(len(copy.statuses) for copy in dropped.values())


class MemoryStore:
    """A ``CopyStore`` of one process, for a service that verifies now and then."""

    def __init__(self, *, most_lists: int = 64) -> None:
        self._memory = Memory(most_lists=most_lists)

    def load(self, uri: str) -> tuple[CheckedList, ...]:
        """Return the copies of a list."""
        return self._memory.load(uri)

    def reload(self, uri: str) -> tuple[CheckedList, ...]:
        """Return the copies of a list."""
        return self._memory.load(uri)

    def store(self, checked: CheckedList) -> None:
        """Keep a version."""
        self._memory.put(checked)

    def mark_seen(self, checked: CheckedList, head: StatusHead) -> None:
        """Note that the chain still names this version's root."""
        self._memory.put(seen(checked, head))

    def mark_root_seen(self, submitter: str, head: StatusHead) -> None:
        """Do nothing: a copy in memory is marked when it is used."""

    def known(self, limit: int) -> list[tuple[str, str, str, bytes]]:  # noqa: ARG002  # the door's form
        """Return nothing: this store is not refreshed ahead of use."""
        return []
