"""Bitstring Status List 1.0: the array as W3C status list credentials, one a purpose.

Index 0 is the left-most (most significant) bit; gzip, multibase base64url (``u``). A superseded credential
counts as revoked here: the form has no word for it, and whoever reads only this form must not take it as
valid. Securing the credential is the caller's (``ecdsa-jcs-2019``).
"""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from digital_resume.core.encoding.base64url import b64u_decode, b64u_encode
from digital_resume.core.encoding.bounded_json import as_list
from digital_resume.core.encoding.dates import format_datetime, parse_datetime
from digital_resume.core.encoding.inflate import inflate
from digital_resume.core.errors import LimitError, MalformedError, StatusError
from digital_resume.core.status.status_array import MAX_ENTRIES, MIN_ENTRIES, Status, StatusArray

CONTEXT: Final = "https://www.w3.org/ns/credentials/v2"
PURPOSES: Final[Mapping[str, frozenset[Status]]] = {
    "revocation": frozenset({Status.REVOKED, Status.SUPERSEDED}),
    "suspension": frozenset({Status.SUSPENDED}),
}
"""Which statuses set the bit of each purpose that is published."""

_MAX_BYTES: Final = MAX_ENTRIES


@dataclass(frozen=True, slots=True)
class Bitstring:
    """A decoded list.

    Attributes:
        bits: the uncompressed bytes.
        status_size: bits an entry.
        purposes: its status purposes.
    """

    bits: bytes
    status_size: int
    purposes: tuple[str, ...]

    def get(self, index: int) -> int:
        """Return the status at ``index``, 0 when not set.

        Raises:
            StatusError: ``status_index`` (the spec's RANGE_ERROR) when there is no such entry.
        """
        start = index * self.status_size
        end = start + self.status_size
        if index < 0 or end > len(self.bits) * 8:
            raise StatusError("The status index lies outside the status list.", code="status_index")
        first, last = start // 8, (end + 7) // 8
        window = int.from_bytes(self.bits[first:last], "big")
        return window >> (last * 8 - end) & ((1 << self.status_size) - 1)


def bitstring_view(statuses: StatusArray, purpose: str) -> bytes:
    """Return one purpose's bits of the array, most significant bit first.

    Raises:
        StatusError: a purpose that is not published, or an odd number of bytes in the array.
    """
    if purpose not in PURPOSES:
        raise StatusError("This status purpose is not published.", code="status_purpose")
    raw = statuses.raw
    if len(raw) % 2:
        raise StatusError("The number of entries is not a multiple of 8.", code="status_size")
    left, right = _TABLES[purpose]
    high, low = raw[0::2].translate(left), raw[1::2].translate(right)
    return (int.from_bytes(high, "big") | int.from_bytes(low, "big")).to_bytes(len(high), "big")


def _tables(purpose: str) -> tuple[bytes, bytes]:
    """Return for each packed byte its four bits in the left and in the right half of a byte."""
    marked = PURPOSES[purpose]
    halves = bytearray()
    for byte in range(256):
        bits = 0
        for entry in range(4):
            bits = bits << 1 | (Status(byte >> (entry * 2) & 3) in marked)
        halves.append(bits)
    return bytes(bits << 4 for bits in halves), bytes(halves)


_TABLES: Final = {purpose: _tables(purpose) for purpose in PURPOSES}


def encode_bitstring(bits: bytes) -> str:
    """Encode bits as ``encodedList``: ``u``, base64url, gzip."""
    return "u" + b64u_encode(gzip.compress(bits, 9, mtime=0))


def decode_bitstring(encoded: str) -> bytes:
    """Decode an ``encodedList``.

    Raises:
        StatusError: not multibase base64url of gzip.
        LimitError: larger than accepted.
    """
    if not encoded.startswith("u"):
        raise StatusError("encodedList must be multibase base64url: it begins with 'u'.")
    try:
        compressed = b64u_decode(encoded[1:], max_bytes=_MAX_BYTES)
    except LimitError:
        raise
    except MalformedError as error:
        raise StatusError("encodedList is not base64url without padding.") from error
    return inflate(compressed, "gzip", max_bytes=_MAX_BYTES)


def build_bitstring_credential(
    statuses: StatusArray,
    *,
    uri: str,
    purpose: str,
    issuer: str,
    valid_from: datetime,
    valid_until: datetime | None = None,
    ttl_seconds: int | None = None,
) -> dict[str, Any]:
    """Build an unsecured BitstringStatusListCredential.

    Args:
        statuses: the array.
        uri: where the credential is served; its ``id``.
        purpose: ``revocation`` or ``suspension``.
        issuer: the institution's DID.
        valid_from: begin of validity.
        valid_until: end of validity.
        ttl_seconds: how long a copy may be kept (written in milliseconds).
    """
    subject: dict[str, Any] = {
        "id": f"{uri}#list",
        "type": "BitstringStatusList",
        "statusPurpose": purpose,
        "encodedList": encode_bitstring(bitstring_view(statuses, purpose)),
    }
    if ttl_seconds is not None:
        subject["ttl"] = ttl_seconds * 1000
    credential: dict[str, Any] = {
        "@context": [CONTEXT],
        "id": uri,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": format_datetime(valid_from),
    }
    if valid_until is not None:
        credential["validUntil"] = format_datetime(valid_until)
    return {**credential, "credentialSubject": subject}


def read_bitstring_credential(
    credential: Mapping[str, Any],
    *,
    purpose: str,
    now: datetime,
    status_size: int = 1,
    min_entries: int = MIN_ENTRIES,
) -> Bitstring:
    """Read a BitstringStatusListCredential whose proof was verified (section 3.2, from step 5).

    Args:
        credential: the credential.
        purpose: the status entry's ``statusPurpose``.
        now: present moment, timezone-aware.
        status_size: the status entry's ``statusSize``.
        min_entries: fewest entries accepted.

    Raises:
        StatusError: another type or purpose, not in force now, too short (``status_list_length``) or broken.
        MalformedError: its times are not date-times.
    """
    subject = credential.get("credentialSubject")
    if not isinstance(subject, dict) or "BitstringStatusListCredential" not in as_list(
        credential.get("type")
    ):
        raise StatusError("The document is not a BitstringStatusListCredential.")
    purposes = as_list(subject.get("statusPurpose"))
    if "BitstringStatusList" not in as_list(subject.get("type")) or purpose not in purposes:
        raise StatusError("The status list is not one of this purpose.", code="status_purpose")
    if "validFrom" in credential and parse_datetime(credential["validFrom"], "validFrom") > now:
        raise StatusError("The status list is not yet valid.", code="status_not_yet_valid")
    if "validUntil" in credential and parse_datetime(credential["validUntil"], "validUntil") <= now:
        raise StatusError("The status list has expired; fetch a newer one.", code="status_expired")
    if isinstance(status_size, bool) or not 1 <= status_size <= 16:
        raise StatusError("The status size is out of range.", code="status_size")
    encoded = subject.get("encodedList")
    if not isinstance(encoded, str):
        raise StatusError("The status list has no encodedList.")
    bits = decode_bitstring(encoded)
    if len(bits) * 8 // status_size < min_entries:
        raise StatusError("The status list is too short for privacy.", code="status_list_length")
    return Bitstring(bits, status_size, tuple(str(p) for p in purposes))
