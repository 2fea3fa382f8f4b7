"""BitstringStatusListEntry: the ``credentialStatus`` of a credential in a bitstring list.

Bitstring Status List 1.0, section 2.1; the list itself is in ``bitstring``. An entry is read from a
credential whose proof may or may not have been verified: it says only where to look.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from digital_resume.core.credentials.vcdm_values import is_url
from digital_resume.core.encoding.bounded_json import as_list
from digital_resume.core.errors import SchemaError

ENTRY_TYPE: Final = "BitstringStatusListEntry"
MAX_ENTRIES: Final = 32
MAX_STATUS_SIZE: Final = 8
"""Most bits an entry may have here: 256 messages."""

_INDEX = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
_STATUS = re.compile(r"0x[0-9a-fA-F]{1,4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class StatusEntry:
    """One entry.

    Attributes:
        purpose: ``statusPurpose``, such as ``revocation``, ``suspension``, ``refresh`` or ``message``.
        index: place in the list.
        list_url: ``statusListCredential``.
        size: bits an entry.
        messages: what each value means, by value; empty when it does not say.
    """

    purpose: str
    index: int
    list_url: str
    size: int
    messages: Mapping[int, str]


def check_status_entries(credential: Mapping[str, Any]) -> None:
    """Check every BitstringStatusListEntry of a credential; raises ``SchemaError`` ``status_entry``."""
    read_status_entries(credential)


def read_status_entries(credential: Mapping[str, Any]) -> tuple[StatusEntry, ...]:
    """Read the BitstringStatusListEntry members of ``credentialStatus``; others are left out.

    Raises:
        SchemaError: ``status_entry`` (the spec's MALFORMED_VALUE_ERROR).
    """
    if "credentialStatus" not in credential:
        return ()
    entries = as_list(credential["credentialStatus"])
    if len(entries) > MAX_ENTRIES:
        raise _malformed(f"A credential has at most {MAX_ENTRIES} status entries.")
    found = []
    for entry in entries:
        if isinstance(entry, dict) and ENTRY_TYPE in as_list(entry.get("type")):
            found.append(read_status_entry(entry))
    return tuple(found)


def read_status_entry(entry: Mapping[str, Any]) -> StatusEntry:
    """Read one entry.

    Raises:
        SchemaError: ``status_entry``.
    """
    purpose, index = entry.get("statusPurpose"), entry.get("statusListIndex")
    url = entry.get("statusListCredential")
    if not isinstance(purpose, str) or not 0 < len(purpose) <= 256:
        raise _malformed("statusPurpose must be a string.")
    if not isinstance(index, str) or not _INDEX.fullmatch(index):
        raise _malformed("statusListIndex must be a whole number, not negative, written as a string.")
    if not isinstance(url, str) or not is_url(url):
        raise _malformed("statusListCredential must be a URL.")
    if entry.get("id") == url:
        raise _malformed("The entry's id must not be the status list's URL.")
    size = entry.get("statusSize", 1)
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= MAX_STATUS_SIZE:
        raise _malformed(f"statusSize must be a whole number from 1 to {MAX_STATUS_SIZE}.")
    messages = _messages(entry, size)
    if not messages and (size > 1 or purpose == "message"):
        raise _malformed("statusMessage must say what each status means.")
    if "statusReference" in entry:
        references = as_list(entry["statusReference"])
        if not references or not all(is_url(item) for item in references):
            raise _malformed("statusReference must be a URL or URLs.")
    return StatusEntry(purpose, int(index), url, size, messages)


def _messages(entry: Mapping[str, Any], size: int) -> dict[int, str]:
    if "statusMessage" not in entry:
        return {}
    found = entry["statusMessage"]
    if not isinstance(found, list) or len(found) != 1 << size:
        raise _malformed(f"statusMessage must be an array of {1 << size} messages, one for each value.")
    messages: dict[int, str] = {}
    for item in found:
        status, message = (
            (item.get("status"), item.get("message")) if isinstance(item, dict) else (None, None)
        )
        if not isinstance(status, str) or not _STATUS.fullmatch(status) or not isinstance(message, str):
            raise _malformed('Each statusMessage needs a status such as "0x1" and a message.')
        messages[int(status, 16)] = message
    if set(messages) != set(range(1 << size)):
        raise _malformed("statusMessage must name each value once.")
    return messages


def _malformed(message: str) -> SchemaError:
    return SchemaError(message, code="status_entry")
