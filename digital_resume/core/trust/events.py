"""The registry's events, and what they add up to: an institution's record, folded without any I/O.

``IssuerRegistry`` emits an event for every change of what a verdict reads, so its whole state follows from
the events in their order (``fold``). Two readings of the same events, because blocks near the chain's head
may still be replaced:

- ``fold`` takes every event at its word: what ``getIssuer`` answers at the block of the last one;
- ``fold_cautiously`` believes *positive facts from final blocks only and negative ones from the head on*:

====================  ======================================================================================
event                 in a block that is not final yet
====================  ======================================================================================
IssuerRegistered      does not count: the institution is unknown
NamesChanged          does not count: the names shown are those of the final block
StatusChanged         active again: does not count. Suspended, closed, merged: counts as *suspended*, because
                      closure and merger also allow something (what was published before stands)
AccreditationChanged  a new period, or a later end: does not count. An earlier end: counts
AnchorerChanged       likewise
KeyAdded              does not count; the key is named as pending, so that it is not taken for a stranger's
KeyRetired            counts
KeyCompromised        counts
====================  ======================================================================================

Whatever becomes of the blocks that are not final, the record is never kinder than the chain will be. Times
are seconds since 1970-01-01 UTC, as the contract has them; a period is told apart by its start, except that
one of no length may be followed by another that starts in the same second.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from digital_resume.core.errors import ResumeError
from digital_resume.core.trust.issuers import (
    Accreditation,
    AnchorerGrant,
    EntryUnreadableError,
    IssuerRecord,
    IssuerStatus,
    KeyEntry,
    Period,
    StatusChange,
)

#: The last second of the calendar; a time beyond it is this one, an end beyond it none.
LAST_SECOND: Final = 253_402_300_799


class EventOrderError(ResumeError):
    """Events that cannot follow one another: some are missing, or they are not the registry's."""

    code = "registry_events_incomplete"


@dataclass(frozen=True, slots=True)
class IssuerRegistered:
    """An institution was entered."""

    issuer_id: bytes
    did: str


@dataclass(frozen=True, slots=True)
class NamesChanged:
    """Names or URL were set."""

    issuer_id: bytes
    name_ko: str
    name_en: str
    url: str


@dataclass(frozen=True, slots=True)
class StandingChanged:
    """The status log grew by one entry."""

    issuer_id: bytes
    status: IssuerStatus
    start: int
    successor: str


@dataclass(frozen=True, slots=True)
class AccreditationChanged:
    """A period of accreditation began, or the end of the running one was changed; ``end`` 0 is none."""

    issuer_id: bytes
    credential_type: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class AnchorerChanged:
    """A period of an anchorer began, or the end of the running one was changed; ``end`` 0 is none."""

    issuer_id: bytes
    anchorer: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class KeyAdded:
    """The key log grew by one key."""

    issuer_id: bytes
    digest: bytes
    start: int


@dataclass(frozen=True, slots=True)
class KeyRetired:
    """The end of a key was set, or moved earlier."""

    issuer_id: bytes
    digest: bytes
    end: int


@dataclass(frozen=True, slots=True)
class KeyCompromised:
    """A key counts as compromised from ``since`` on."""

    issuer_id: bytes
    digest: bytes
    since: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An event of an institution that holds no value of its form; ``kind`` is the contract's name of it."""

    issuer_id: bytes
    kind: str


RegistryEvent = (
    IssuerRegistered
    | NamesChanged
    | StandingChanged
    | AccreditationChanged
    | AnchorerChanged
    | KeyAdded
    | KeyRetired
    | KeyCompromised
    | Unreadable
)


def moment(seconds: int) -> datetime:
    """Return a time of the chain as a moment; one beyond the calendar is the calendar's last second."""
    return datetime.fromtimestamp(min(seconds, LAST_SECOND), UTC)


def period(start: int, end: int) -> Period:
    """Return a period of the chain: an end of 0, or beyond the calendar, is none."""
    return Period(moment(start), moment(end) if 0 < end <= LAST_SECOND else None)


@dataclass(slots=True)
class _Span:
    """A period of something that is named by ``name``: a type, an address, a key."""

    name: str | bytes
    start: int
    end: int
    since: int = 0

    def end_earlier(self, end: int) -> None:
        """Take an end if it is one, and earlier than the present one."""
        if end and (not self.end or end < self.end):
            self.end = end


@dataclass(slots=True)
class _Fold:
    did: str
    names: tuple[str, str, str] = ("", "", "")
    standings: list[StandingChanged] = field(default_factory=list)
    accreditations: list[_Span] = field(default_factory=list)
    anchorers: list[_Span] = field(default_factory=list)
    keys: list[_Span] = field(default_factory=list)
    whole: bool = True

    def apply(self, event: RegistryEvent) -> None:
        """Take an event at its word."""
        match event:
            case IssuerRegistered():
                raise EventOrderError("An institution was registered twice.")
            case NamesChanged():
                self.names = (event.name_ko, event.name_en, event.url)
            case StandingChanged():
                self.standings.append(event)
            case AccreditationChanged():
                _set_period(self.accreditations, event.credential_type, event.start, event.end)
            case AnchorerChanged():
                _set_period(self.anchorers, event.anchorer, event.start, event.end)
            case KeyAdded():
                if any(key.name == event.digest for key in self.keys):
                    raise EventOrderError("A key was added twice.")
                self.keys.append(_Span(event.digest, event.start, 0))
            case KeyRetired():
                self._key(event.digest).end = event.end
            case KeyCompromised():
                self._key(event.digest).since = event.since
            case Unreadable():
                self.whole = False

    def apply_negative(self, event: RegistryEvent) -> None:
        """Take from an event only what it takes away, and only from what is there."""
        match event:
            case StandingChanged() if event.status is not IssuerStatus.ACTIVE:
                self.standings.append(replace(event, status=IssuerStatus.SUSPENDED, successor=""))
            case AccreditationChanged():
                _end_period(self.accreditations, event.credential_type, event.start, event.end)
            case AnchorerChanged():
                _end_period(self.anchorers, event.anchorer, event.start, event.end)
            case KeyRetired():
                for key in self.keys:
                    if key.name == event.digest:
                        key.end_earlier(event.end)
            case KeyCompromised():
                for key in self.keys:
                    if key.name == event.digest and (not key.since or event.since < key.since):
                        key.since = event.since
            case Unreadable():
                self.whole = False
            case _:
                pass

    def record(self) -> IssuerRecord:
        """Return what the registry holds now.

        Raises:
            EntryUnreadableError: nobody can say, because an event could not be read.
        """
        if not self.whole:
            raise EntryUnreadableError(
                "The chain holds an event of this institution that cannot be read, so nobody can say what "
                "its entry is. Ask whoever entered the institution to enter it under another identifier."
            )
        name_ko, name_en, url = self.names
        return IssuerRecord(
            did=self.did,
            name_ko=name_ko,
            name_en=name_en,
            url=url,
            status_log=tuple(
                StatusChange(entry.status, moment(entry.start), entry.successor or None)
                for entry in self.standings
            ),
            accreditations=tuple(
                Accreditation(str(span.name), period(span.start, span.end)) for span in self.accreditations
            ),
            anchorers=tuple(
                AnchorerGrant(str(span.name), period(span.start, span.end)) for span in self.anchorers
            ),
            keys=tuple(
                KeyEntry(
                    bytes(span.name) if isinstance(span.name, bytes) else b"",
                    period(span.start, span.end),
                    moment(span.since) if span.since else None,
                )
                for span in self.keys
            ),
        )

    def _key(self, digest: bytes) -> _Span:
        key = next((key for key in self.keys if key.name == digest), None)
        if key is None:
            raise EventOrderError("A key was changed that was never added.")
        return key


def _set_period(spans: list[_Span], name: str, start: int, end: int) -> None:
    last = next((span for span in reversed(spans) if span.name == name), None)
    empty = last is not None and 0 < last.end <= last.start
    if last is None or last.start != start or empty:
        spans.append(_Span(name, start, end))
    else:
        last.end = end


def _end_period(spans: list[_Span], name: str, start: int, end: int) -> None:
    last = next((span for span in reversed(spans) if span.name == name), None)
    if last is not None and last.start == start:
        last.end_earlier(end)


def _folded(events: Iterable[RegistryEvent]) -> _Fold | None:
    state: _Fold | None = None
    for event in events:
        if state is not None:
            state.apply(event)
        elif isinstance(event, IssuerRegistered):
            state = _Fold(event.did)
        elif isinstance(event, Unreadable):
            state = _Fold("", whole=False)
        else:
            raise EventOrderError("An institution was changed that was never registered.")
    return state


def fold(events: Iterable[RegistryEvent]) -> IssuerRecord | None:
    """Return what the registry holds of one institution after its events; ``None`` when there are none.

    Args:
        events: all of the institution's events, in the chain's order.

    Raises:
        EntryUnreadableError: one could not be read.
        EventOrderError: some are missing.
    """
    state = _folded(events)
    return state.record() if state else None


def fold_cautiously(final: Iterable[RegistryEvent], recent: Iterable[RegistryEvent]) -> IssuerRecord | None:
    """Return what may be believed of one institution while its last events are in blocks that may go.

    Args:
        final: the events in final blocks, in the chain's order.
        recent: those in later blocks.

    Raises:
        EntryUnreadableError: one could not be read.
        EventOrderError: some are missing.
    """
    state = _folded(final)
    if state is None:
        return None
    pending: list[bytes] = []
    for event in recent:
        state.apply_negative(event)
        if isinstance(event, KeyAdded):
            pending.append(event.digest)
    return replace(state.record(), pending_keys=frozenset(pending))
