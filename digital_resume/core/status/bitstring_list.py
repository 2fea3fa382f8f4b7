"""A bitstring of its own: entries of 1 to 8 bits for any purpose, ``message`` included.

Bitstring Status List 1.0, sections 2.2 and 3. The product's credentials have the canonical ``status_array``
and its view in ``bitstring``; this is for whoever keeps one list a purpose, as the VC-API does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from digital_resume.core.credentials.status_entry import MAX_STATUS_SIZE, StatusEntry
from digital_resume.core.encoding.dates import format_datetime
from digital_resume.core.errors import StatusError
from digital_resume.core.status.bitstring import encode_bitstring, read_bitstring_credential
from digital_resume.core.status.status_array import MAX_ENTRIES, MIN_ENTRIES

CONTEXT: Final = "https://www.w3.org/ns/credentials/v2"
INVALIDATING: Final = frozenset({"revocation", "suspension"})
"""Purposes whose set bit means that the credential is not in force."""


class BitstringList:
    """Statuses of one purpose, most significant bit first.

    Args:
        bits: the packed bytes.
        status_size: bits an entry.

    Raises:
        StatusError: a status size or length out of range.
    """

    __slots__ = ("_bits", "status_size")

    def __init__(self, bits: bytes | bytearray, status_size: int = 1) -> None:
        if not 1 <= status_size <= MAX_STATUS_SIZE:
            raise StatusError("The status size is out of range.", code="status_size")
        if not MIN_ENTRIES <= len(bits) * 8 // status_size <= MAX_ENTRIES:
            raise StatusError(
                f"A status list has {MIN_ENTRIES} to {MAX_ENTRIES} entries.", code="status_list_length"
            )
        self._bits = bytearray(bits)
        self.status_size = status_size

    @classmethod
    def new(cls, status_size: int = 1, entries: int = MIN_ENTRIES) -> "BitstringList":
        """Make a list of ``entries`` zeros; errors as the constructor."""
        return cls(bytes((entries * status_size + 7) // 8), status_size)

    def __len__(self) -> int:
        return len(self._bits) * 8 // self.status_size

    @property
    def raw(self) -> bytes:
        """The packed bytes."""
        return bytes(self._bits)

    def get(self, index: int) -> int:
        """Return the value at ``index``.

        Raises:
            StatusError: ``status_index`` when there is no such entry.
        """
        self._check(index)
        value = 0
        for position in range(index * self.status_size, (index + 1) * self.status_size):
            value = value << 1 | (self._bits[position >> 3] >> (7 - (position & 7)) & 1)
        return value

    def set(self, index: int, value: int) -> None:
        """Change the value at ``index``.

        Raises:
            StatusError: ``status_index``, or ``status_value`` when it needs more bits than an entry has.
        """
        self._check(index)
        if not 0 <= value < 1 << self.status_size:
            raise StatusError("The status value does not fit into an entry.", code="status_value")
        for offset in range(self.status_size):
            position = index * self.status_size + offset
            bit = value >> (self.status_size - 1 - offset) & 1
            mask = 0x80 >> (position & 7)
            self._bits[position >> 3] = self._bits[position >> 3] & ~mask | (mask if bit else 0)

    def credential(
        self, *, uri: str, purpose: str, issuer: str, valid_from: datetime, ttl: timedelta | None = None
    ) -> dict[str, Any]:
        """Build the unsecured BitstringStatusListCredential.

        Args:
            uri: where it is served; its ``id``.
            purpose: its ``statusPurpose``.
            issuer: who signs it.
            valid_from: begin of validity.
            ttl: how long a copy may be kept; not written when ``None``.
        """
        subject: dict[str, Any] = {
            "id": f"{uri}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": encode_bitstring(self.raw),
        }
        if ttl is not None:
            subject["ttl"] = int(ttl.total_seconds() * 1000)
        return {
            "@context": [CONTEXT],
            "id": uri,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": issuer,
            "validFrom": format_datetime(valid_from),
            "credentialSubject": subject,
        }

    def _check(self, index: int) -> None:
        if not 0 <= index < len(self):
            raise StatusError("The status index lies outside the status list.", code="status_index")


@dataclass(frozen=True, slots=True)
class StatusValue:
    """What a list says of a credential.

    Attributes:
        purpose: the entry's purpose.
        value: the value at its index.
        message: what the value means, when the entry says so.
        in_force: ``False`` when the value revokes or suspends the credential.
        ttl: how long the answer may be kept, or ``None``.
    """

    purpose: str
    value: int
    message: str | None
    in_force: bool
    ttl: timedelta | None


def read_status(entry: StatusEntry, list_credential: Mapping[str, Any], *, now: datetime) -> StatusValue:
    """Read an entry's value from its list, whose proof was verified (section 3.2).

    Raises:
        StatusError: the list is malformed, not in force, of another purpose or too short, or has no such
            entry.
        MalformedError: its times are not date-times.
    """
    if list_credential.get("id", entry.list_url) != entry.list_url:
        raise StatusError("The status list is another one than the entry names.")
    bits = read_bitstring_credential(list_credential, purpose=entry.purpose, now=now, status_size=entry.size)
    value = bits.get(entry.index)
    return StatusValue(
        entry.purpose,
        value,
        entry.messages.get(value),
        not (value and entry.purpose in INVALIDATING),
        read_ttl(list_credential),
    )


def read_ttl(list_credential: Mapping[str, Any]) -> timedelta | None:
    """Return a list's ``ttl`` (milliseconds), ``None`` when it has none.

    Raises:
        StatusError: it is not a whole number of milliseconds.
    """
    subject = list_credential.get("credentialSubject")
    ttl = subject.get("ttl") if isinstance(subject, Mapping) else None
    if ttl is None:
        return None
    if isinstance(ttl, bool) or not isinstance(ttl, int) or not 0 <= ttl < 10**13:
        raise StatusError("The status list's ttl must be a number of milliseconds.")
    return timedelta(milliseconds=ttl)
