"""The service's own status lists: one a issuer, purpose and size, in memory, kept in a file when one is set.

An index is random among the free ones (Bitstring Status List 1.0, section 5.2). Which credential has which
index is remembered by credential id only, so that its status can be changed; nothing else of a credential
is kept.
"""

import json
import os
import secrets
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from digital_resume.core.credentials.status_entry import ENTRY_TYPE, MAX_STATUS_SIZE, read_status_entry
from digital_resume.core.encoding.bounded_json import as_list
from digital_resume.core.errors import MalformedError, SchemaError, StatusError
from digital_resume.core.status.bitstring import decode_bitstring, encode_bitstring
from digital_resume.core.status.bitstring_list import BitstringList

MAX_LISTS: Final = 512
MAX_PER_CREDENTIAL: Final = 8
MAX_CREDENTIALS: Final = 500_000
"""Most credential ids remembered; older ones then keep their status but can no longer be changed by id."""
PURPOSES: Final = frozenset({"revocation", "suspension", "refresh", "message"})


@dataclass(frozen=True, slots=True)
class ListKey:
    """What names a list: issuer, purpose, bits an entry, and a running number."""

    issuer: str
    purpose: str
    size: int
    number: int

    def path(self) -> str:
        """Return its path below the service's origin."""
        return f"/status/{quote(self.issuer, safe='')}/{self.purpose}/{self.size}/{self.number}"


@dataclass(slots=True)
class _List:
    bits: BitstringList
    taken: BitstringList
    used: int = 0
    version: int = 0


@dataclass(slots=True)
class _State:
    lists: dict[ListKey, _List] = field(default_factory=dict)
    places: dict[str, list[tuple[ListKey, int]]] = field(default_factory=dict)


class StatusLists:
    """The lists and who has which place in them.

    Args:
        public_url: origin that entries name.
        file: where they are kept; in memory only when ``None``.

    Raises:
        ValueError: the file cannot be read.
    """

    def __init__(self, public_url: str, file: Path | None = None) -> None:
        self._origin = public_url
        self._file = file
        self._lock = threading.Lock()
        self._state = _State()
        if file is not None and file.exists():
            self._state = _load(file)

    def url(self, key: ListKey) -> str:
        """Return a list's address."""
        return self._origin + key.path()

    def key_of(self, url: str) -> ListKey | None:
        """Return which own list a URL names; ``None`` when it is not one of ours."""
        with self._lock:
            return next((key for key in self._state.lists if self.url(key) == url), None)

    def allocate(self, issuer: str, wanted: object, credential_id: object) -> list[dict[str, Any]]:
        """Give a credential a place for each status it shall have; returns the entries.

        Args:
            issuer: name of the issuer.
            wanted: ``options.credentialStatus``: one object or several, ``type`` and ``statusPurpose`` each.
            credential_id: the credential's id, so that its status can be changed later.

        Raises:
            MalformedError: what is wanted is not a BitstringStatusListEntry.
        """
        requests = [_request(item) for item in as_list(wanted)]
        if not 0 < len(requests) <= MAX_PER_CREDENTIAL:
            raise MalformedError(
                f"'options.credentialStatus' must be 1 to {MAX_PER_CREDENTIAL} entries.",
                code="request_invalid",
            )
        entries = []
        with self._lock:
            places = []
            for purpose, size, more in requests:
                key, index = self._place(issuer, purpose, size)
                places.append((key, index))
                url = self.url(key)
                entry: dict[str, Any] = {
                    "id": f"{url}#{index}",
                    "type": ENTRY_TYPE,
                    "statusPurpose": purpose,
                    "statusListIndex": str(index),
                    "statusListCredential": url,
                    **more,
                }
                read_status_entry(entry)
                entries.append(entry)
            if isinstance(credential_id, str):
                self._remember(credential_id, places)
            self._save()
        return entries

    def update(self, credential_id: str, purpose: str, value: int) -> bool:
        """Set a credential's status; returns whether it has one of this purpose.

        Raises:
            StatusError: the value does not fit into the entry.
        """
        with self._lock:
            found = [
                place for place in self._state.places.get(credential_id, ()) if place[0].purpose == purpose
            ]
            for key, index in found:
                entry = self._state.lists[key]
                entry.bits.set(index, value)
                entry.version += 1
            if found:
                self._save()
        return bool(found)

    def credential(
        self, key: ListKey, issuer_did: str, valid_from: datetime
    ) -> tuple[dict[str, Any], int] | None:
        """Return a list as an unsecured credential, and its version; ``None`` when there is none."""
        with self._lock:
            found = self._state.lists.get(key)
            if found is None:
                return None
            credential = found.bits.credential(
                uri=self.url(key), purpose=key.purpose, issuer=issuer_did, valid_from=valid_from
            )
            return credential, found.version

    def version(self, key: ListKey) -> int | None:
        """Return a list's version, growing by one a change; ``None`` when there is no such list."""
        with self._lock:
            found = self._state.lists.get(key)
            return None if found is None else found.version

    def _place(self, issuer: str, purpose: str, size: int) -> tuple[ListKey, int]:
        number = 1
        while True:
            key = ListKey(issuer, purpose, size, number)
            entry = self._state.lists.get(key)
            if entry is None:
                if len(self._state.lists) >= MAX_LISTS:
                    raise StatusError("This service keeps no more status lists.", code="status_lists_full")
                entry = self._state.lists[key] = _List(BitstringList.new(size), BitstringList.new())
            # Half full is full: then a free place is found in two tries, and which ones are used says little.
            if entry.used < len(entry.bits) // 2:
                while True:
                    index = secrets.randbelow(len(entry.bits))
                    if not entry.taken.get(index):
                        entry.taken.set(index, 1)
                        entry.used += 1
                        return key, index
            number += 1

    def _remember(self, credential_id: str, places: list[tuple[ListKey, int]]) -> None:
        while len(self._state.places) >= MAX_CREDENTIALS:
            self._state.places.pop(next(iter(self._state.places)))
        self._state.places[credential_id] = [*self._state.places.get(credential_id, []), *places][-64:]

    def _save(self) -> None:
        if self._file is None:
            return
        document = {
            "lists": [
                {
                    "key": [key.issuer, key.purpose, key.size, key.number],
                    "bits": encode_bitstring(entry.bits.raw),
                    "taken": encode_bitstring(entry.taken.raw),
                    "used": entry.used,
                    "version": entry.version,
                }
                for key, entry in self._state.lists.items()
            ],
            "places": {
                name: [[key.issuer, key.purpose, key.size, key.number, index] for key, index in places]
                for name, places in self._state.places.items()
            },
        }
        # Whole or not at all: a kill in the middle leaves the lists as they were.
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._file.parent, prefix=".status-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(document, file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(self._file)


def _request(item: object) -> tuple[str, int, dict[str, Any]]:
    if not isinstance(item, Mapping) or item.get("type", ENTRY_TYPE) != ENTRY_TYPE:
        raise MalformedError(f"Only statuses of the type {ENTRY_TYPE} are given.", code="request_invalid")
    purpose, size = item.get("statusPurpose"), item.get("statusSize", 1)
    if not isinstance(purpose, str) or purpose not in PURPOSES:
        raise MalformedError(
            f"statusPurpose must be one of {', '.join(sorted(PURPOSES))}.", code="request_invalid"
        )
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= MAX_STATUS_SIZE:
        raise MalformedError(
            f"statusSize must be a whole number from 1 to {MAX_STATUS_SIZE}.", code="request_invalid"
        )
    more = {name: item[name] for name in ("statusSize", "statusMessage", "statusReference") if name in item}
    try:
        read_status_entry(
            {
                "statusPurpose": purpose,
                "statusListIndex": "0",
                "statusListCredential": "https://list.example/",
                **more,
            }
        )
    except SchemaError as error:
        raise MalformedError(error.message, code="request_invalid") from error
    return purpose, size, more


def _load(file: Path) -> _State:
    state = _State()
    try:
        document = json.loads(file.read_text("utf-8"))
        for item in document["lists"]:
            key = ListKey(*item["key"])
            state.lists[key] = _List(
                BitstringList(decode_bitstring(item["bits"]), key.size),
                BitstringList(decode_bitstring(item["taken"])),
                int(item["used"]),
                int(item["version"]),
            )
        for name, places in document["places"].items():
            state.places[name] = [(ListKey(*place[:4]), int(place[4])) for place in places]
    except (OSError, ValueError, KeyError, TypeError, StatusError) as error:
        raise ValueError("VC_API_STATUS_FILE cannot be read; restore it from a copy.") from error
    return state
