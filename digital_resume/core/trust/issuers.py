"""What the chain says about institutions, as values: names, status, types, anchorers and keys over time.

These are views of ``IssuerRegistry``. Every fact carries the time from which it holds, because a
credential is judged at the time it was anchored and nothing can be made true afterwards.
All times are UTC; intervals are half open: ``start <= t < end``.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from digital_resume.core.errors import SourceUnavailableError

UNREADABLE: Final = "\N{REPLACEMENT CHARACTER}"
"""Stands for a text of the chain that nobody can read: not UTF-8, or of a length that no contract accepts."""


class EntryUnreadableError(SourceUnavailableError):
    """An institution's entry that cannot be read: nothing is believed of it, and nothing said against it."""

    code = "registry_entry_unreadable"


def key_digest(multikey: str) -> bytes:
    """Return the registry's digest of a key: SHA-256 of its multikey in ASCII, with its ``z``."""
    return hashlib.sha256(multikey.encode("ascii")).digest()


class IssuerStatus(StrEnum):
    """Standing of an institution in the registry."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open span of time; ``end`` is ``None`` while it has no end."""

    start: datetime
    end: datetime | None = None

    def covers(self, moment: datetime) -> bool:
        """Tell whether ``moment`` lies in the period."""
        return self.start <= moment and (self.end is None or moment < self.end)


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One entry of an institution's status log."""

    status: IssuerStatus
    at: datetime
    successor: str | None = None


@dataclass(frozen=True, slots=True)
class Accreditation:
    """Permission to issue one credential type during a period."""

    credential_type: str
    period: Period


@dataclass(frozen=True, slots=True)
class AnchorerGrant:
    """Permission of one EVM address (EIP-55) to anchor and publish status in the institution's name."""

    address: str
    period: Period


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """One entry of the key log. ``digest`` is SHA-256 of the multikey string (ASCII, with its ``z``)."""

    digest: bytes
    period: Period
    compromised_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChainRef:
    """A chain and its anchoring contract as a verifier pins them.

    Attributes:
        id: CAIP-2 identifier, e.g. ``eip155:31337``.
        genesis: hash of block 0, lower-case hex with ``0x``.
        contract: address of ``AnchorRegistry``, EIP-55.
        code_hash: keccak-256 of the contract's runtime code, lower-case hex with ``0x``.
    """

    id: str
    genesis: str
    contract: str
    code_hash: str


def same_chain(one: ChainRef, other: ChainRef) -> bool:
    """Tell whether two references pin the same chain and contract; letter case of hex does not matter."""
    return (one.id, one.genesis.lower(), one.contract.lower(), one.code_hash.lower()) == (
        other.id,
        other.genesis.lower(),
        other.contract.lower(),
        other.code_hash.lower(),
    )


@dataclass(frozen=True, slots=True)
class IssuerRecord:
    """Everything the registry holds about one institution.

    ``pending_keys`` are digests of keys whose registration is in a block that is not final yet: they may not
    sign, but whoever holds one is no stranger.
    """

    did: str
    name_ko: str
    name_en: str
    url: str
    status_log: tuple[StatusChange, ...]
    accreditations: tuple[Accreditation, ...]
    anchorers: tuple[AnchorerGrant, ...]
    keys: tuple[KeyEntry, ...]
    pending_keys: frozenset[bytes] = frozenset()

    def readable(self) -> "IssuerRecord":
        """Return the record itself, if all of its texts could be read.

        Raises:
            EntryUnreadableError: one could not.
        """
        texts = [self.did, self.name_ko, self.name_en, self.url]
        texts += [change.successor or "" for change in self.status_log]
        texts += [accreditation.credential_type for accreditation in self.accreditations]
        if UNREADABLE in texts:
            raise EntryUnreadableError(
                "The registry's entry of this institution holds text that is not UTF-8, so nobody can say "
                "what it is. Ask whoever entered the institution to set its names again."
            )
        return self

    def status_at(self, moment: datetime) -> IssuerStatus | None:
        """Return the standing at ``moment``; ``None`` before the institution was registered."""
        current: IssuerStatus | None = None
        for change in self.status_log:
            if change.at <= moment:
                current = change.status
        return current

    def accredited_at(self, credential_type: str, moment: datetime) -> bool:
        """Tell whether the institution might issue ``credential_type`` at ``moment``."""
        return any(
            a.credential_type == credential_type and a.period.covers(moment) for a in self.accreditations
        )

    def anchorer_at(self, address: str, moment: datetime) -> bool:
        """Tell whether ``address`` might anchor in the institution's name at ``moment``."""
        wanted = address.lower()
        return any(g.address.lower() == wanted and g.period.covers(moment) for g in self.anchorers)

    def publisher_at(self, address: str, moment: datetime, *, published_at: datetime) -> bool:
        """Tell whether what ``address`` published then speaks for the institution at ``moment``.

        A status root counts while its publisher is an anchorer. An institution that closed or merged has none
        any more: what was published in its name while it had stands, and nothing published later does.
        """
        if self.anchorer_at(address, moment):
            return True
        ended = self.status_at(moment) in (IssuerStatus.CLOSED, IssuerStatus.MERGED)
        return ended and self.anchorer_at(address, published_at)

    def key(self, digest: bytes) -> KeyEntry | None:
        """Return the key log's entry for ``digest``, or ``None``."""
        return next((k for k in self.keys if k.digest == digest), None)

    def problem_at(self, moment: datetime, credential_type: str, key: KeyEntry) -> str | None:
        """Return why the institution could not issue then with a key of its own; ``None`` when it could.

        A report of compromise is not looked at: what it means depends on when a credential was anchored.
        """
        if moment < key.period.start:
            return "key_not_yet_valid"
        if not key.period.covers(moment):
            return "key_retired"
        if self.status_at(moment) is not IssuerStatus.ACTIVE:
            return "issuer_not_active"
        if not self.accredited_at(credential_type, moment):
            return "type_not_accredited"
        return None
