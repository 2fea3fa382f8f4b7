"""Anchor entries and leaves: what of a signed document goes into the tree.

A leaf is a digest over what the issuer signed and over the signature itself, so any verifier rebuilds
it from any disclosure of the credential, and nobody can guess a person's data from it: the signature
and the credential's ids carry at least 128 random bits. The reasons are in ``docs/adr/0003-leaf-scheme.md``.
"""

import hashlib
from enum import IntEnum
from typing import Final, NamedTuple

HASH_BYTES: Final = 32
MAX_STATUS_ENTRIES: Final = 1 << 27

_ANCHOR_TAG: Final = b"vdr-anchor-v1\x00"
_STATUS_TAG: Final = b"vdr-status-v1\x00"


class Mechanism(IntEnum):
    """How a credential was secured; the number is the entry's byte and never changes its meaning."""

    JOSE = 1
    EDDSA_RDFC_2022 = 2
    EDDSA_JCS_2022 = 3
    ECDSA_RDFC_2019 = 4
    ECDSA_JCS_2019 = 5
    ECDSA_SD_2023 = 6


def hash_leaf(entry: bytes) -> bytes:
    """Hash ``entry`` as a leaf: SHA-256(0x00 ‖ entry), RFC 9162 section 2.1.1."""
    return hashlib.sha256(b"\x00" + entry).digest()


class SignedContent(NamedTuple):
    """What an issuer signed of one document, and the signature: every leaf of a credential is made here.

    The readers and the issuers of each form make one (``content``); nobody else picks a leaf's parts.

    Attributes:
        mechanism: how the document is secured.
        signed: the bytes the issuer signed: ASCII ``header.payload`` of a JWS, the proof's hashData of
            Data Integrity, the base proof's signed data of ``ecdsa-sd-2023``.
        signature: the raw signature, ECDSA as ``r ‖ s``.
    """

    mechanism: Mechanism
    signed: bytes
    signature: bytes

    @property
    def identity(self) -> bytes:
        """Tag ‖ mechanism ‖ SHA-256(signed): the same for a credential, whatever is disclosed of it.

        The signature is not part of it: anybody can write a second one of ECDSA, ``(r, n - s)``.
        """
        return _ANCHOR_TAG + bytes((self.mechanism,)) + hashlib.sha256(self.signed).digest()

    @property
    def entry(self) -> bytes:
        """The anchor entry: tag ‖ mechanism ‖ SHA-256(signed) ‖ signature."""
        return self.identity + self.signature

    @property
    def leaf(self) -> bytes:
        """The anchor leaf."""
        return hash_leaf(self.entry)


def status_entry(uri: str, size: int, sequence: int, statuses: bytes) -> bytes:
    """Build the entry of one version of a status list.

    Args:
        uri: the list's URI, as credentials name it.
        size: number of entries in the list.
        sequence: the list's version, growing by one a change.
        statuses: the canonical array of statuses.

    Raises:
        ValueError: a number that does not fit its field; callers validate what comes from outside first.
    """
    if not 0 < size <= MAX_STATUS_ENTRIES or not 0 <= sequence < 1 << 64:
        raise ValueError("size or sequence of a status list is out of range")
    return b"".join(
        (
            _STATUS_TAG,
            hashlib.sha256(uri.encode()).digest(),
            size.to_bytes(8, "big"),
            sequence.to_bytes(8, "big"),
            hashlib.sha256(statuses).digest(),
        )
    )


def status_leaf(uri: str, size: int, sequence: int, statuses: bytes) -> bytes:
    """Build the leaf of one version of a status list (arguments as of ``status_entry``)."""
    return hash_leaf(status_entry(uri, size, sequence, statuses))
