"""What the domain needs from the world. ``adapters`` implements these; ``tests/fakes`` too.

Every port is synchronous. A port that cannot answer raises ``SourceUnavailableError``: the caller
turns that into ``unknown``, never into a pass.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from digital_resume.core.trust.issuers import ChainRef, IssuerRecord


class Clock(Protocol):
    """The present moment, timezone-aware UTC."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        ...


class Signer(Protocol):
    """A private key that signs; the key itself never leaves its keystore."""

    @property
    def verification_method(self) -> str:
        """DID URL of the key, ``did:…#<multikey>``."""
        ...

    @property
    def algorithm(self) -> str:
        """JOSE algorithm name: ``ES256``, ``ES384`` or ``EdDSA``."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Sign ``data`` (hashing is the algorithm's); ECDSA answers raw ``r ‖ s``, not DER."""
        ...


class TrustDirectory(Protocol):
    """The registry of institutions."""

    def issuer(self, did: str) -> IssuerRecord | None:
        """Return what the registry holds of ``did``, ``None`` when it is not registered.

        Raises:
            SourceUnavailableError: the registry could not be read.
        """
        ...


class AnchorLog(Protocol):
    """The log of anchored roots."""

    def anchored_at(self, chain: ChainRef, submitter: str, root: bytes) -> datetime | None:
        """Return when ``submitter`` first anchored ``root``, finally; ``None`` when never.

        Raises:
            UnknownChainError: ``chain`` is not one that this verifier has pinned.
            SourceUnavailableError: the chain could not be read.
        """
        ...


@dataclass(frozen=True, slots=True)
class StatusListCopy:
    """A status list whose bytes were checked against the digest on the chain.

    Attributes:
        uri: the list's URI, as credentials name it.
        statuses: the canonical array, 2 bits an entry, least significant bits first.
        size: number of entries.
        sequence: the list's version, growing by one a change.
        submitter: EVM address whose root on ``StatusRegistry`` covers the list.
        as_of: time of the newest block at which the chain still named this very version.
        current: whether the chain names this version now.
        published_at: since when the chain names this version, as far as whoever keeps the copy has seen.
        heartbeat: when ``submitter`` last said on the chain that this version is its newest.
    """

    uri: str
    statuses: bytes
    size: int
    sequence: int
    submitter: str
    as_of: datetime
    current: bool
    published_at: datetime
    heartbeat: datetime


STATUS_NOT_KEPT: Final = "status_not_kept"
"""Code of the error that says that no version of a list was kept for a historical verdict."""


class StatusSource(Protocol):
    """Status lists, each checked against the chain before it is handed out."""

    def status_list(self, uri: str, issuer: IssuerRecord) -> StatusListCopy:
        """Return the checked list behind ``uri``, from the issuer, a mirror or the own copy.

        Args:
            uri: the list's URI, as the credential names it.
            issuer: the credential's issuer, in whose name the list must have been published: what anybody
                else published under the same URI is passed over.

        Raises:
            SourceUnavailableError: no copy could be had, or none that is fresh enough.
            StatusError: what was served is not what the chain names, or not the issuer's.
        """
        ...


class StatusHistory(Protocol):
    """Historical versions of status lists."""

    def status_list_at(self, uri: str, issuer: IssuerRecord, moment: datetime) -> StatusListCopy:
        """Return the version of the list behind ``uri`` that the chain named at a past moment.

        A version is believed for a moment only if the chain's history says that its root was current then.

        Args:
            uri: the list's URI, as the credential names it.
            issuer: the credential's issuer, in whose name it must have been published.
            moment: the moment asked for.

        Raises:
            SourceUnavailableError: no such version was kept (code ``STATUS_NOT_KEPT``), or what was kept
                cannot be read.
        """
        ...


class Fetcher(Protocol):
    """A guarded HTTP GET: public addresses or an allow-list, bounded in size, time and redirects."""

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> bytes:
        """Return the body behind ``url``.

        Raises:
            SourceUnavailableError: not reachable, not allowed, too large or too slow.
        """
        ...
