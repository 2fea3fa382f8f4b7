"""The ports that read the chain, in memory. They can be changed over time and cut off."""

from dataclasses import replace
from datetime import datetime

from digital_resume.core.errors import ResumeError, SourceUnavailableError, UnknownChainError
from digital_resume.core.ports import STATUS_NOT_KEPT, StatusListCopy
from digital_resume.core.status.status_array import StatusArray
from digital_resume.core.trust.issuers import (
    Accreditation,
    AnchorerGrant,
    ChainRef,
    IssuerRecord,
    IssuerStatus,
    KeyEntry,
    Period,
    StatusChange,
)


class FakeTrustDirectory:
    """``TrustDirectory``: the registry of institutions, with the contract's rules of what may change."""

    def __init__(self) -> None:
        self.records: dict[str, IssuerRecord] = {}
        self.available = True

    def issuer(self, did: str) -> IssuerRecord | None:
        """Return the record of ``did``."""
        if not self.available:
            raise SourceUnavailableError("The registry was cut off by the test.")
        return self.records.get(did)

    def register(self, did: str, *, name_ko: str, name_en: str, url: str, at: datetime) -> None:
        """Register an institution, active from ``at``."""
        log = (StatusChange(IssuerStatus.ACTIVE, at),)
        self.records[did] = IssuerRecord(did, name_ko, name_en, url, log, (), (), ())

    def set_status(
        self, did: str, status: IssuerStatus, *, at: datetime, successor: str | None = None
    ) -> None:
        """Change an institution's standing."""
        record = self.records[did]
        self.records[did] = replace(
            record, status_log=(*record.status_log, StatusChange(status, at, successor))
        )

    def accredit(
        self, did: str, credential_type: str, *, start: datetime, end: datetime | None = None
    ) -> None:
        """Let an institution issue a type."""
        record = self.records[did]
        grant = Accreditation(credential_type, Period(start, end))
        self.records[did] = replace(record, accreditations=(*record.accreditations, grant))

    def end_accreditation(self, did: str, credential_type: str, *, until: datetime) -> None:
        """End every accreditation of a type."""
        record = self.records[did]
        ended = tuple(
            replace(a, period=Period(a.period.start, until)) if a.credential_type == credential_type else a
            for a in record.accreditations
        )
        self.records[did] = replace(record, accreditations=ended)

    def authorize_anchorer(self, did: str, address: str, *, start: datetime) -> None:
        """Let an address anchor in an institution's name."""
        record = self.records[did]
        grant = AnchorerGrant(address, Period(start))
        self.records[did] = replace(record, anchorers=(*record.anchorers, grant))

    def end_anchorer(self, did: str, address: str, *, until: datetime) -> None:
        """End an address' permission."""
        record = self.records[did]
        ended = tuple(
            replace(g, period=Period(g.period.start, until)) if g.address == address else g
            for g in record.anchorers
        )
        self.records[did] = replace(record, anchorers=ended)

    def add_key(self, did: str, digest: bytes, *, start: datetime) -> None:
        """Add a key to the key log."""
        record = self.records[did]
        self.records[did] = replace(record, keys=(*record.keys, KeyEntry(digest, Period(start))))

    def retire_key(self, did: str, digest: bytes, *, until: datetime) -> None:
        """End a key's period."""
        self._change_key(did, digest, until=until)

    def report_compromise(self, did: str, digest: bytes, *, since: datetime) -> None:
        """Report a key stolen since ``since``; a later report only moves it earlier."""
        self._change_key(did, digest, since=since)

    def _change_key(
        self, did: str, digest: bytes, *, until: datetime | None = None, since: datetime | None = None
    ) -> None:
        record = self.records[did]
        keys: list[KeyEntry] = []
        for key in record.keys:
            changed = key
            if key.digest == digest and until is not None:
                changed = replace(changed, period=Period(key.period.start, until))
            if key.digest == digest and since is not None:
                earliest = min(since, key.compromised_since or since)
                changed = replace(changed, compromised_since=earliest)
            keys.append(changed)
        self.records[did] = replace(record, keys=tuple(keys))


class FakeAnchorLog:
    """``AnchorLog``: roots by submitter, the first time kept, on one pinned chain."""

    def __init__(self, chain: ChainRef) -> None:
        self.chain = chain
        self.roots: dict[tuple[str, bytes], datetime] = {}
        self.available = True

    def anchor(self, submitter: str, root: bytes, *, at: datetime) -> None:
        """Anchor a root; a repeat is no error and changes nothing."""
        self.roots.setdefault((submitter.lower(), root), at)

    def anchored_at(self, chain: ChainRef, submitter: str, root: bytes) -> datetime | None:
        """Return when ``submitter`` first anchored ``root``."""
        if chain != self.chain:
            raise UnknownChainError("The receipt names another chain than the one pinned.")
        if not self.available:
            raise SourceUnavailableError("The chain was cut off by the test.")
        return self.roots.get((submitter.lower(), root))


class FakeStatusSource:
    """``StatusSource``: one published version a list."""

    def __init__(self) -> None:
        self.copies: dict[str, StatusListCopy] = {}
        self.errors: dict[str, ResumeError] = {}
        self.history: dict[str, list[StatusListCopy]] = {}
        self.available = True

    def publish(self, uri: str, statuses: StatusArray, *, submitter: str, at: datetime) -> None:
        """Publish the next version of a list, named by the chain from ``at`` until now."""
        before = self.copies.get(uri)
        self.copies[uri] = StatusListCopy(
            uri=uri,
            statuses=statuses.raw,
            size=len(statuses),
            sequence=before.sequence + 1 if before else 1,
            submitter=submitter,
            as_of=at,
            current=True,
            published_at=at,
            heartbeat=at,
        )
        self.history.setdefault(uri, []).append(self.copies[uri])

    def heartbeat(self, at: datetime) -> None:
        """Let the chain name every published version at ``at`` too."""
        self.copies = {uri: replace(copy, as_of=at, heartbeat=at) for uri, copy in self.copies.items()}

    def change(self, uri: str, **members: object) -> None:
        """Change what is told of a list, e.g. ``current=False``."""
        self.copies[uri] = replace(self.copies[uri], **members)  # type: ignore[arg-type]  # a test's choice

    def fail(self, uri: str, error: ResumeError) -> None:
        """Answer for a list with an error."""
        self.errors[uri] = error

    def status_list(self, uri: str, issuer: IssuerRecord) -> StatusListCopy:
        """Return the checked copy of a list."""
        if not self.available:
            raise SourceUnavailableError("The status lists were cut off by the test.")
        if uri in self.errors:
            raise self.errors[uri]
        if uri not in self.copies:
            raise SourceUnavailableError("No such status list was published.")
        return self.copies[uri]

    def status_list_at(self, uri: str, issuer: IssuerRecord, moment: datetime) -> StatusListCopy:
        """Return the version that was published last before a moment; every version is kept here."""
        found = [copy for copy in self.history.get(uri, []) if copy.published_at <= moment]
        if not found:
            raise SourceUnavailableError("No version was kept for that day.", code=STATUS_NOT_KEPT)
        return replace(found[-1], as_of=moment, heartbeat=moment, current=False)
