"""Verifications in threads, with budgets of time and computing, and a bound on how many wait.

The pipeline is synchronous and reads the chain; threads keep it off the event loop, handed out fairly by
client and cost (``verifier.queueing``). When a budget is used up nothing more is read for that verification,
so its thread is soon free again. What was presented is held in memory for one request and goes nowhere else:
it is never logged, stored or named in an error.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from digital_resume.core.errors import ResumeError, SourceUnavailableError
from digital_resume.core.ports import StatusListCopy
from digital_resume.core.trust.issuers import ChainRef, IssuerRecord
from digital_resume.core.verification.as_of import parse_as_of
from digital_resume.core.verification.pipeline import verify_presentation
from digital_resume.core.verification.policy import Policy, Sources
from digital_resume.core.verification.verdict import ChainInfo, ChainRead, Verdict, format_time
from digital_resume.web.client_address import UNKNOWN
from verifier.connections import Connections
from verifier.queueing import FairQueue
from verifier.settings import VerifierSettings

log = logging.getLogger(__name__)

T = TypeVar("T")

_WAITING_PER_THREAD = 4
_LONG_WAIT_SECONDS = 1.0
"""A chain that let one question wait this long for nothing is not asked again for the same verdict."""
_HEALTH_SECONDS = 4.0


class VerificationTimeoutError(ResumeError):
    """A verification took longer than its budget."""

    code = "verification_timeout"


class VerificationTooDearError(ResumeError):
    """A presentation took more computing than its budget."""

    code = "verification_too_dear"


class _WithinBudget:
    """The sources of one verification, closed when its time or its computing is used up.

    Nobody waits for the verdict any more then, but a resume of many items that are slow or dear would keep
    its thread for minutes. A chain that hangs is waited for once, not once an item. Made in the thread that
    judges.
    """

    def __init__(self, sources: Sources, deadline: float, computing: float) -> None:
        self._sources = sources
        self._deadline = deadline
        self._computed = time.thread_time() + computing
        self.too_dear = False
        self._hanging: SourceUnavailableError | None = None

    def sources(self) -> Sources:
        """Return it as what a verification reads."""
        history = self if self._sources.history is not None else None
        return Sources(self, self, self, self._sources.catalog, history)

    def issuer(self, did: str) -> IssuerRecord | None:
        """Return what the registry holds of ``did``."""
        return self._of_chain(partial(self._sources.trust.issuer, did))

    def anchored_at(self, chain: ChainRef, submitter: str, root: bytes) -> datetime | None:
        """Return when ``submitter`` first anchored ``root``."""
        return self._of_chain(partial(self._sources.anchors.anchored_at, chain, submitter, root))

    def status_list(self, uri: str, issuer: IssuerRecord) -> StatusListCopy:
        """Return the checked list behind ``uri``, as it was published in the name of ``issuer``."""
        self._check()
        return self._sources.statuses.status_list(uri, issuer)

    def status_list_at(self, uri: str, issuer: IssuerRecord, moment: datetime) -> StatusListCopy:
        """Return the kept version of ``uri`` that the chain named at a past moment."""
        self._check()
        assert self._sources.history is not None
        return self._sources.history.status_list_at(uri, issuer, moment)

    def _of_chain(self, ask: Callable[[], T]) -> T:
        self._check()
        if self._hanging is not None:
            raise self._hanging
        begun = time.monotonic()
        try:
            return ask()
        except SourceUnavailableError as error:
            if time.monotonic() - begun > _LONG_WAIT_SECONDS:
                self._hanging = error
            raise

    def _check(self) -> None:
        self.too_dear = self.too_dear or time.thread_time() > self._computed
        if self.too_dear or time.monotonic() > self._deadline:
            raise SourceUnavailableError("The verification's time is over.", code="budget_used_up")


class VerificationService:
    """Runs the pipeline for the API.

    Args:
        connections: what verdicts rest on.
        settings: budget, number of threads, age of status lists.
    """

    def __init__(self, connections: Connections, settings: VerifierSettings) -> None:
        self._connections = connections
        self._policy = Policy(
            max_status_age=timedelta(seconds=settings.status_max_age_seconds),
            max_heartbeat_age=timedelta(seconds=settings.status_heartbeat_max_age_seconds),
            # What is not seen yet may be as old as the index, and a few minutes more until it is final.
            index_delay=timedelta(seconds=max(900.0, settings.index_max_age_seconds + 300.0)),
        )
        self._budget = settings.verification_seconds
        self._computing = settings.verification_computing_seconds
        threads = settings.verification_threads
        self._queue = FairQueue(threads, threads * _WAITING_PER_THREAD)

    async def verify(
        self,
        presentation: dict[str, Any],
        *,
        challenge: str,
        domain: str | None,
        expires: int | None,
        as_of: str | None = None,
        client: str = UNKNOWN,
    ) -> dict[str, Any]:
        """Return the verdict on a presentation as the API serves it.

        Args:
            presentation: the VerifiablePresentation.
            challenge: share id or nonce it must carry.
            domain: recipient it must name; ``None`` accepts any and shows it.
            expires: expiry it must carry, Unix seconds.
            as_of: day or moment to judge as of; ``None`` for now.
            client: whom it counts for, among those who ask at the same time.

        Raises:
            MalformedError: ``as_of`` is neither, or still to come.
            BusyError: too many verifications wait, and this client's are the most.
            VerificationTimeoutError: the budget of time is used up, waiting included.
            VerificationTooDearError: the budget of computing is used up.
        """
        day = None if as_of is None else parse_as_of(as_of, self._connections.clock.now())
        moment = None if expires is None else datetime.fromtimestamp(expires, UTC)
        deadline = time.monotonic() + self._budget
        work = partial(self.verify_now, presentation, challenge, domain, moment, deadline=deadline, as_of=day)
        try:
            async with asyncio.timeout(self._budget):
                verdict = await self._queue.run(client, work)
        except TimeoutError:
            raise VerificationTimeoutError(
                f"The verification did not finish within {self._budget:g} seconds. Try again in a moment."
            ) from None
        return verdict.to_json()

    def verify_now(
        self,
        presentation: dict[str, Any],
        challenge: str,
        domain: str | None = None,
        expires: datetime | None = None,
        *,
        deadline: float | None = None,
        as_of: datetime | None = None,
    ) -> Verdict:
        """Judge a presentation in this thread (arguments as of ``verify``).

        After ``deadline`` (of ``time.monotonic``) no source answers any more; within the budget from now when
        not given.

        Raises:
            VerificationTooDearError: the budget of computing is used up.
        """
        until = time.monotonic() + self._budget if deadline is None else deadline
        within = _WithinBudget(self._sources(), until, self._computing)
        chain = self._chain_info()
        verdict = verify_presentation(
            presentation,
            expected_challenge=challenge,
            expected_domain=domain,
            expected_expires=expires,
            now=self._connections.clock.now(),
            sources=within.sources(),
            policy=self._policy,
            chain=chain,
            as_of=as_of,
        )
        if within.too_dear:
            raise VerificationTooDearError(
                f"This resume takes more than the {self._computing:g} seconds of computing that this "
                "verifier spends on one. Share fewer credentials at once."
            )
        return verdict

    def _sources(self) -> Sources:
        """Return the sources at one position of the index, for a whole verdict."""
        sources, readings = self._connections.sources, self._connections.readings
        if readings is None:
            return sources
        reading = readings.choose()
        return replace(sources, trust=reading, anchors=reading)

    def _chain_info(self) -> ChainInfo:
        """Return the chain with how fresh what is read of it now is."""
        if self._connections.readings is None:
            return self._connections.chain
        told = self._connections.readings.as_of()
        behind = timedelta() if told.reaches is None else self._connections.clock.now() - told.reaches
        read = ChainRead(told.source, told.block, told.block_time, max(0, int(behind.total_seconds())))
        return replace(self._connections.chain, read=read)

    async def health(self) -> dict[str, Any]:
        """Say what works: the chain, the database with its copies. No address and no key in it."""
        chain, copies, index = await asyncio.gather(
            _answer_of(asyncio.to_thread(self._chain_health)),
            _answer_of(asyncio.to_thread(self._copies_health)),
            _answer_of(asyncio.to_thread(self._index_health)),
        )
        works = [chain.get("reachable", False), copies.get("reachable", False)]
        status = "ok" if all(works) else "degraded" if any(works) else "down"
        told = {"id": self._connections.chain.id, **chain}
        return {"status": status, "chain": told, "index": index, "statusCopies": copies}

    def _chain_health(self) -> dict[str, Any]:
        try:
            head = self._connections.client.head()
        except SourceUnavailableError as error:
            return {"reachable": False, "code": error.code}
        return {"reachable": True, "block": head.number, "blockTime": format_time(head.time)}

    def _index_health(self) -> dict[str, Any]:
        readings, worker = self._connections.readings, self._connections.index
        if readings is None or worker is None:
            return {"used": False, "on": False}
        position = readings.position()
        told: dict[str, Any] = {"on": True, "follows": worker.leads, "trouble": worker.trouble}
        if position is None:
            return {"used": False, **told}
        behind = (self._connections.clock.now() - readings.reaches(position)).total_seconds()
        return {
            "used": readings.usable(position),
            **told,
            "complete": position.ready,
            "block": position.block,
            "blockTime": format_time(position.block_time),
            "blocksLeft": position.blocks_left,
            "behindSeconds": max(0, int(behind)),
        }

    def _copies_health(self) -> dict[str, Any]:
        try:
            lists, oldest = self._connections.store.count()
        except SQLAlchemyError:
            return {"reachable": False}
        return {"reachable": True, "lists": lists, "oldestAsOf": format_time(oldest) if oldest else None}

    def close(self) -> None:
        """Let running verifications end and take no more."""
        self._queue.close()

    @property
    def at_work(self) -> int:
        """How many verifications run or wait."""
        return len(self._queue)


async def _answer_of(check: Any) -> dict[str, Any]:
    try:
        return dict(await asyncio.wait_for(check, _HEALTH_SECONDS))
    except TimeoutError:
        return {"reachable": False}
