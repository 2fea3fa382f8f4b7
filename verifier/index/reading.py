"""The domain's ports, answered from the index: no question goes to the chain.

A ``Reading`` belongs to one position of the index and is thrown away with it; of what it has read it
remembers what the next verification will ask again. Positive facts are those of blocks with enough
confirmations below the index's newest one; negative ones count from the newest one on
(``digital_resume.core.trust.events``).

``Readings`` chooses for every verification: the index, while it was complete not longer ago than the age
allowed; else the chain itself, which then answers, or does not, and then nothing is green.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from eth_utils.address import is_hex_address, to_checksum_address
from sqlalchemy.exc import SQLAlchemyError

from digital_resume.adapters.chain.deployments import Deployments
from digital_resume.core.errors import ResumeError, SourceUnavailableError, StatusError
from digital_resume.core.ports import AnchorLog, Clock, TrustDirectory
from digital_resume.core.trust.events import EventOrderError, fold_cautiously
from digital_resume.core.trust.issuers import ChainRef, IssuerRecord
from digital_resume.core.trust.logs import StatusHead, check_question
from digital_resume.core.trust.registry import MAX_DID_BYTES, issuer_id
from verifier.index.position import Position, RootPeriod
from verifier.index.store import IndexStore

log = logging.getLogger(__name__)

_MOST_KEPT: Final = 65_536
#: How long a position that was read from the database is used without looking again, in seconds.
_POSITION_SECONDS: Final = 0.2
#: How long a database that did not answer is not asked again, in seconds.
_AWAY_SECONDS: Final = 3.0
CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far two machines' clocks may be apart."""
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class AsOf:
    """How fresh what was read is.

    Attributes:
        source: ``index`` or ``chain``.
        block: the newest block that counted; ``None`` when the chain itself is read.
        block_time: its time.
        reaches: up to which moment the index knows what the chain said.
    """

    source: str
    block: int | None = None
    block_time: datetime | None = None
    reaches: datetime | None = None


class IndexReading:
    """Registry, log and status roots as of one position of the index."""

    def __init__(
        self, store: IndexStore, deployments: Deployments, position: Position, kept: "_Kept | None" = None
    ) -> None:
        self._store = store
        self._anchor_chain = deployments.anchor_chain
        self._final = position.block - deployments.confirmations
        self._kept = kept or _Kept()
        self.position = position
        self.chain = deployments.status_chain

    def issuer(self, did: str) -> IssuerRecord | None:
        """Return what may be believed of ``did``, ``None`` when it is not registered finally.

        Raises:
            EntryUnreadableError: the chain's entry cannot be read.
            SourceUnavailableError: the index cannot be read, or is not whole.
        """
        if len(did.encode("utf-8", "surrogatepass")) > MAX_DID_BYTES:
            return None
        return self._remembered(("issuer", did), lambda: self._issuer(did))

    def anchored_at(self, chain: ChainRef, submitter: str, root: bytes) -> datetime | None:
        """Return when ``submitter`` first anchored ``root``, finally; ``None`` when never.

        Raises:
            UnknownChainError: ``chain`` is not the pinned one.
            ReceiptError: ``submitter`` is no address or ``root`` not 32 bytes.
            SourceUnavailableError: the index cannot be read.
        """
        address = check_question(chain, self._anchor_chain, submitter, root)
        found = self._remembered(("anchor", address, root), lambda: self._store.anchored(address, root))
        return found[0] if found is not None and found[1] <= self._final else None

    def latest(self, submitter: str) -> StatusHead | None:
        """Return the current status root of ``submitter``; ``None`` when it never published.

        Raises:
            StatusError: ``submitter`` is no address.
            SourceUnavailableError: the index cannot be read.
        """
        found = self._root(submitter, None)
        if found is None:
            return None
        return StatusHead(
            root=found.root,
            since=found.since,
            heartbeat=found.heartbeat,
            sequence=found.sequence,
            read_at=self.position.block_time,
            block_number=self.position.block,
        )

    def root_at(self, submitter: str, moment: datetime) -> RootPeriod | None:
        """Return the status root that was current at a moment; ``None`` when there was none yet.

        Raises:
            StatusError: ``submitter`` is no address.
            SourceUnavailableError: the index cannot be read.
        """
        return self._root(submitter, moment)

    def _root(self, submitter: str, moment: datetime | None) -> RootPeriod | None:
        if not is_hex_address(submitter):
            raise StatusError("The status list's submitter is not an address.")
        address = str(to_checksum_address(submitter))
        return self._remembered(("root", address, moment), lambda: self._store.status_root(address, moment))

    def _issuer(self, did: str) -> IssuerRecord | None:
        try:
            events = self._store.registry_events(issuer_id(did))
            record = fold_cautiously(
                [event for number, event in events if number <= self._final],
                [event for number, event in events if number > self._final],
            )
        except (EventOrderError, KeyError, TypeError, ValueError) as error:
            raise SourceUnavailableError(
                "The index of the chain is not whole: an institution's events do not follow one another. "
                "Compare it with `resume index check` and rebuild it with `resume index rebuild`.",
                code="index_damaged",
            ) from error
        if record is not None and record.did != did:
            raise SourceUnavailableError("The index of the chain is damaged.", code="index_damaged")
        return record and record.readable()

    def _remembered(self, key: Hashable, read: Callable[[], _Answer]) -> _Answer:
        kept, known = self._kept.get(key)
        if known:
            return kept  # type: ignore[no-any-return]  # what was kept under this key
        try:
            answer = read()
        except SQLAlchemyError as error:
            raise SourceUnavailableError(
                f"The index of the chain cannot be read ({type(error).__name__}). Check the database.",
                code="index_unavailable",
            ) from None
        self._kept.put(key, answer)
        return answer


class _Kept:
    """Answers of one position, the least recently used dropped first (LRU)."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> tuple[Any, bool]:
        with self._lock:
            if key not in self._answers:
                return None, False
            self._answers.move_to_end(key)
            return self._answers[key], True

    def put(self, key: Hashable, answer: Any) -> None:
        with self._lock:
            self._answers[key] = answer
            if len(self._answers) > _MOST_KEPT:
                self._answers.popitem(last=False)

    def anchors(self) -> "_Kept":
        """Return what a longer index of the same chain still says: roots that were found."""
        longer = _Kept()
        with self._lock:
            for key, answer in self._answers.items():
                if isinstance(key, tuple) and key[0] == "anchor" and answer is not None:
                    longer._answers[key] = answer
        return longer


@dataclass(frozen=True, slots=True)
class DirectReading:
    """The chain itself: what answers while the index is being made, or is too old."""

    trust: TrustDirectory
    anchors: AnchorLog
    heads: Any

    @property
    def chain(self) -> ChainRef:
        """The pinned chain and ``StatusRegistry``."""
        chain: ChainRef = self.heads.chain
        return chain

    def issuer(self, did: str) -> IssuerRecord | None:
        """Return what the registry holds of ``did``."""
        return self.trust.issuer(did)

    def anchored_at(self, chain: ChainRef, submitter: str, root: bytes) -> datetime | None:
        """Return when ``submitter`` first anchored ``root``, finally."""
        return self.anchors.anchored_at(chain, submitter, root)

    def latest(self, submitter: str) -> StatusHead | None:
        """Return the current status root of ``submitter``."""
        head: StatusHead | None = self.heads.latest(submitter)
        return head


class Readings:
    """Chooses between index and chain, and answers the ports by the choice of the moment.

    Args:
        store: the index; ``None`` reads the chain always.
        deployments: the pinned chain.
        direct: the chain itself.
        clock: the present moment.
        max_age: how long ago the index may have been complete.
        max_block_age: how old its newest block may be; ``None`` for chains that make blocks on demand.
    """

    def __init__(
        self,
        store: IndexStore | None,
        deployments: Deployments,
        direct: DirectReading,
        *,
        clock: Clock,
        max_age: timedelta,
        max_block_age: timedelta | None = None,
    ) -> None:
        self._store = store
        self._deployments = deployments
        self._direct = direct
        self._clock = clock
        self._max_age = max_age
        self._max_block_age = max_block_age
        self._lock = threading.Lock()
        self._looked = float("-inf")
        self._position: Position | None = None
        self._current: IndexReading | None = None
        self._kept = _Kept()

    @property
    def chain(self) -> ChainRef:
        """The pinned chain and ``StatusRegistry``."""
        return self._direct.chain

    def choose(self) -> IndexReading | DirectReading:
        """Return what the next verification reads."""
        return self._usable() or self._direct

    def as_of(self) -> AsOf:
        """Return how fresh what ``choose`` returns now is."""
        index = self._usable()
        if index is None:
            return AsOf("chain")
        at = index.position
        return AsOf("index", at.block, at.block_time, self.reaches(at))

    def index(self) -> IndexReading | None:
        """Return the index of whatever age, for historical verdicts; ``None`` when it never was whole."""
        with self._lock:
            return self._look()

    def position(self) -> Position | None:
        """Return how far the index has come; ``None`` when there is none or it cannot be read."""
        with self._lock:
            self._look()
            return self._position

    def issuer(self, did: str) -> IssuerRecord | None:
        """Return what the registry holds of ``did``."""
        return self.choose().issuer(did)

    def anchored_at(self, chain: ChainRef, submitter: str, root: bytes) -> datetime | None:
        """Return when ``submitter`` first anchored ``root``, finally."""
        return self.choose().anchored_at(chain, submitter, root)

    def latest(self, submitter: str) -> StatusHead | None:
        """Return the current status root of ``submitter``."""
        return self.choose().latest(submitter)

    def usable(self, position: Position) -> bool:
        """Tell whether verdicts may rest on the index at a position."""
        age = self._clock.now() - position.confirmed_at
        # Confirmed in the future: some clock was wrong, and how old the index is nobody knows.
        if not position.ready or not -CLOCK_SKEW <= age <= self._max_age:
            return False
        now = self._clock.now()
        return self._max_block_age is None or now - position.block_time <= self._max_block_age

    def reaches(self, position: Position) -> datetime:
        """Return up to which moment the index knows what the chain said.

        Where blocks come regularly it is the newest block's time: a node that stands still confirms nothing.
        """
        if self._max_block_age is None:
            return position.confirmed_at
        return min(position.confirmed_at, position.block_time)

    def _usable(self) -> IndexReading | None:
        with self._lock:
            reading = self._look()
        return reading if reading is not None and self.usable(reading.position) else None

    def _look(self) -> IndexReading | None:
        """Bring the position up to date; the lock is held."""
        if self._store is None:
            return None
        if time.monotonic() - self._looked < _POSITION_SECONDS:
            return self._current
        try:
            position = self._store.position()
        except (SQLAlchemyError, ResumeError) as error:
            log.warning("The index of the chain cannot be read (%s).", type(error).__name__)
            position = None
            self._looked = time.monotonic() + _AWAY_SECONDS
        else:
            self._looked = time.monotonic()
        before, self._position = self._position, position
        if position is None or not position.ready:
            self._current = None
            return None
        if before is None or self._current is None or before.generation != position.generation:
            self._kept = _Kept()
        elif before.block != position.block:
            self._kept = self._kept.anchors()
        self._current = IndexReading(self._store, self._deployments, position, self._kept)
        return self._current
