"""The ``StatusSource`` port: status lists from checked copies.

The order, for every question:

1. The chain's latest root for the copy's submitter is the very root the copy was checked against, and that
   submitter speaks for the credential's issuer: the copy is *current*, whatever has become of the issuer's
   server.
2. Else the list is fetched from its URI and checked (``checking``) against the root the chain names now;
   then it is kept, beside what other submitters published under the same URI.
3. The issuer cannot be reached, serves another version than the chain names (a new one is unmined, or its
   worker stands still), or somebody else is fetching the list: the copy still answers *as of* the last block
   at which the chain named its root, while that is not older than the age allowed.
4. Without such a copy: what the chain does not name, an older version than one already seen of the same
   submitter, or what was not published in the issuer's name is a ``StatusError`` with its own code. The chain
   cannot be read: ``SourceUnavailableError``.

One reader fetches a list at a time, and no lock is held meanwhile. A fetch that failed is remembered for
``retry_after`` seconds, so that an issuer in trouble slows nobody down.
"""

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from digital_resume.adapters.status_lists.checking import CheckedList, fetch_and_check, not_issuers
from digital_resume.adapters.status_lists.stores import MARK_EVERY, CopyStore, seen
from digital_resume.core.errors import ResumeError, SourceUnavailableError, StatusError
from digital_resume.core.ports import Clock, Fetcher, StatusListCopy, TrustDirectory
from digital_resume.core.trust.issuers import ChainRef, IssuerRecord
from digital_resume.core.trust.logs import StatusHead

log = logging.getLogger(__name__)

#: A new version may be fetched while its root is unmined: without a copy to answer from, token, anchor and
#: chain are looked at again.
_ATTEMPTS = 4
_PAUSE = 0.35
_MOST_REMEMBERED = 10_000
#: What a server says while its list and the chain's root are not of one version.
_BETWEEN_VERSIONS = frozenset({"status_list_differs", "status_list_behind"})


class StatusHeads(Protocol):
    """A submitter's current status root, as ``digital_resume.adapters.chain.status_registry`` has it."""

    @property
    def chain(self) -> ChainRef:
        """The pinned chain and ``StatusRegistry``."""
        ...

    def latest(self, submitter: str) -> StatusHead | None:
        """Return the current root; ``None`` when the submitter never published."""
        ...


class _Fetch:
    """One fetch of a list, and what came of it for all who wait."""

    def __init__(self, error: ResumeError | None = None) -> None:
        self.fresh: CheckedList | None = None
        self.error = error
        self.done = threading.Event()
        if error is not None:
            self.done.set()


class StatusCopies:
    """Checked copies of status lists, kept fresh.

    Args:
        store: where copies are kept.
        fetcher: guarded fetching of ``{uri}`` and ``{uri}/anchor``.
        trust: the registry of institutions.
        heads: the current status roots.
        clock: the present moment.
        max_age: how old a copy may be when it is not the chain's newest and the issuer is away.
        refresh_lists: lists that one refresh round looks at.
        retry_after: seconds for which an issuer that did not answer, or not with the chain's version, is not
            asked again.
    """

    def __init__(
        self,
        store: CopyStore,
        *,
        fetcher: Fetcher,
        trust: TrustDirectory,
        heads: StatusHeads,
        clock: Clock,
        max_age: timedelta,
        refresh_lists: int = 2_000,
        retry_after: float = 3.0,
    ) -> None:
        self._store = store
        self._fetcher = fetcher
        self._trust = trust
        self._heads = heads
        self._clock = clock
        self._max_age = max_age
        self._refresh_lists = refresh_lists
        self._retry_after = retry_after
        self._fetching: dict[tuple[str, str], _Fetch] = {}
        self._failed: dict[tuple[str, str], tuple[float, ResumeError]] = {}
        self._lock = threading.Lock()  # held for a look at these two, never while anything is asked
        #: Set when a copy was found that the chain no longer names: others will have changed too.
        self.changed = threading.Event()

    def status_list(self, uri: str, issuer: IssuerRecord) -> StatusListCopy:
        """Return the checked list behind ``uri``, as it was published in the name of ``issuer``.

        Raises:
            SourceUnavailableError: the chain cannot be read, or no copy can be had that is fresh enough.
            StatusError: what was served is malformed, older than what was seen, not the issuer's, or not what
                the chain names.
        """
        copy = self._current(self._store.load(uri), issuer)
        if copy is not None:
            return _view(copy, current=True)
        kept = self._store.reload(uri)
        copy = self._current(kept, issuer)
        if copy is not None:
            return _view(copy, current=True)
        oldest = self._clock.now() - self._max_age
        young = [copy for copy in kept if copy.seen_at >= oldest and _speaks(copy, issuer)]
        fetch, mine = self._join((uri, issuer.did))
        if mine:
            self._run(fetch, uri, issuer, kept, attempts=1 if young else _ATTEMPTS)
        elif not young:
            fetch.done.wait()
        if fetch.fresh is not None and _speaks(fetch.fresh, issuer):
            return _view(fetch.fresh, current=True)
        waits = fetch.error is None or fetch.error.code in _BETWEEN_VERSIONS
        if young and (waits or isinstance(fetch.error, SourceUnavailableError)):
            return _view(max(young, key=lambda copy: (copy.seen_at, copy.sequence)), current=False)
        raise fetch.error or not_issuers()

    def _join(self, key: tuple[str, str]) -> tuple["_Fetch", bool]:
        """Return the fetch that is under way or failed a moment ago, or a new one that is the caller's."""
        with self._lock:
            until, error = self._failed.get(key, (0.0, None))
            if error is not None and until > time.monotonic():
                return _Fetch(error), False
            self._failed.pop(key, None)
            under_way = self._fetching.get(key)
            if under_way is not None:
                return under_way, False
            mine = self._fetching[key] = _Fetch()
            return mine, True

    def _run(
        self, fetch: "_Fetch", uri: str, issuer: IssuerRecord, kept: Sequence[CheckedList], *, attempts: int
    ) -> None:
        """Fetch, and tell whoever waits; what is not of this product's errors is theirs too."""
        key = (uri, issuer.did)
        fetch.error = SourceUnavailableError("The status list could not be fetched. Try again in a moment.")
        try:
            fetch.fresh = self._fetch(uri, issuer, kept, attempts)
            fetch.error = None
        except ResumeError as error:
            fetch.error = error
        finally:
            with self._lock:
                del self._fetching[key]
                passing = isinstance(fetch.error, SourceUnavailableError) or (
                    fetch.error is not None and fetch.error.code in _BETWEEN_VERSIONS
                )
                if fetch.error is not None and passing:
                    if len(self._failed) >= _MOST_REMEMBERED:
                        self._failed.clear()
                    self._failed[key] = (time.monotonic() + self._retry_after, fetch.error)
            fetch.done.set()

    def refresh_known(self) -> int:
        """Bring the known lists up to date; return how many are current. Never raises.

        Only a list whose root the chain no longer names is fetched: a quiet round costs one read of the
        chain a submitter.
        """
        self.changed.clear()
        heads: dict[str, StatusHead | None] = {}
        fresh = 0
        try:
            for uri, issuer, submitter, root in self._store.known(self._refresh_lists):
                if submitter not in heads:
                    head = heads[submitter] = self._heads.latest(submitter)
                    if head is not None:
                        self._store.mark_root_seen(submitter, head)
                head = heads[submitter]
                if head is not None and head.root == root:
                    fresh += 1
                    continue
                record = self._trust.issuer(issuer)
                fresh += record is not None and self._is_current(uri, record)
        except SQLAlchemyError as error:
            log.warning("Status lists wait for the database (%s).", type(error).__name__)
        except ResumeError as error:
            log.info("Status lists wait for the chain (%s).", error.code)
        return fresh

    def _is_current(self, uri: str, issuer: IssuerRecord) -> bool:
        try:
            return self.status_list(uri, issuer).current
        except ResumeError as error:
            log.info("A status list could not be brought up to date (%s).", error.code)
            return False

    def _current(self, copies: Sequence[CheckedList], issuer: IssuerRecord) -> CheckedList | None:
        """Return the issuer's copy, seen now, when the chain still names its root."""
        found: list[CheckedList] = []
        for copy in copies:
            if not _ever_anchored(issuer, copy.submitter):
                continue
            head = self._heads.latest(copy.submitter)
            if head is None or head.root != copy.root:
                self.changed.set()
                continue
            now = seen(copy, head)
            if head.read_at - copy.seen_at > MARK_EVERY:
                self._store.mark_seen(copy, head)
            if _speaks(now, issuer):
                found.append(now)
        # Two only while an institution changes its anchorer: the later version is the newer one's.
        return max(found, key=lambda copy: copy.sequence, default=None)

    def _fetch(
        self, uri: str, issuer: IssuerRecord, kept: Sequence[CheckedList], attempts: int
    ) -> CheckedList:
        served: CheckedList | None = None
        mismatch: StatusError | None = None
        for attempt in range(attempts):
            if attempt:
                time.sleep(_PAUSE)
            try:
                served = fetch_and_check(
                    uri,
                    fetcher=self._fetcher,
                    trust=self._trust,
                    chain=self._heads.chain,
                    now=self._clock.now(),
                    kept=kept,
                )
            except StatusError as error:
                if error.code != "status_list_differs":
                    raise
                mismatch = error  # token and anchor of two versions, caught in between
                continue
            if not _ever_anchored(issuer, served.submitter):
                raise not_issuers()
            head = self._heads.latest(served.submitter)
            if head is not None and head.root == served.root:
                return self._keep(served, kept, head, issuer)
        if served is None:
            assert mismatch is not None
            raise mismatch
        raise _not_named(served, _same_submitters(served, kept))

    def _keep(
        self, served: CheckedList, kept: Sequence[CheckedList], head: StatusHead, issuer: IssuerRecord
    ) -> CheckedList:
        before = _same_submitters(served, kept)
        if before is not None and served.sequence < before.sequence:
            raise _outdated()
        # The same version under a newer root is as old as it was: only what it says counts, not the root.
        same = before is not None and before.version == served.version
        published = min(head.since, before.published_at) if before is not None and same else head.since
        fresh = replace(served, seen_at=head.read_at, heartbeat=head.heartbeat, published_at=published)
        if not _speaks(fresh, issuer):
            raise not_issuers()
        self._store.store(fresh)
        return fresh


def _speaks(copy: CheckedList, issuer: IssuerRecord) -> bool:
    return issuer.publisher_at(copy.submitter, copy.seen_at, published_at=copy.published_at)


def _ever_anchored(issuer: IssuerRecord, submitter: str) -> bool:
    return any(grant.address.lower() == submitter.lower() for grant in issuer.anchorers)


def _same_submitters(served: CheckedList, kept: Sequence[CheckedList]) -> CheckedList | None:
    """Return the kept copy of the same submitter: sequences of two submitters say nothing of each other."""
    return next((copy for copy in kept if copy.submitter == served.submitter), None)


def _not_named(served: CheckedList, kept: CheckedList | None) -> ResumeError:
    """Tell apart why the chain does not name what was served."""
    if kept is not None and served.sequence < kept.sequence:
        return _outdated()
    if kept is not None and served.version == kept.version:
        # The very version that the chain named before: the issuer has not taken note of the newer root.
        return SourceUnavailableError(
            "The status list's server is behind the chain.", code="status_list_behind"
        )
    return StatusError(
        "The status list that was served is not the one that the chain names. "
        "Its issuer must publish it; until then it says nothing.",
        code="status_list_differs",
    )


def _outdated() -> StatusError:
    return StatusError(
        "An older version of the status list was served than one already seen; it cannot pass as current.",
        code="status_list_outdated",
    )


def _view(copy: CheckedList, *, current: bool) -> StatusListCopy:
    return StatusListCopy(
        uri=copy.uri,
        statuses=copy.statuses,
        size=copy.size,
        sequence=copy.sequence,
        submitter=copy.submitter,
        as_of=copy.seen_at,
        current=current,
        published_at=copy.published_at,
        heartbeat=copy.heartbeat,
    )
