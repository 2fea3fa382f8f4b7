"""The status state machine: one root over all lists, on the chain whenever a list changed, and a heartbeat.

A tick, under the same nonce lease as anchoring:

1. look whether the chain names the confirmed publication; if not (restored, reorganised), publish it again;
2. drive a publication that an earlier tick left pending; then make one if a list changed, and drive that;
3. when there was none and the last heartbeat is older than the cadence, publish the same root again, which
   moves its heartbeat only.

A publication counts as confirmed as soon as its block is mined, not only when it is final: verifiers read
negative facts from the chain's head, and a list is served only in the version the head names.
"""

import asyncio
import logging

from digital_resume.adapters.chain.submitter import TransactionReceipt
from digital_resume.core.errors import SourceUnavailableError
from digital_resume.core.trust.logs import StatusHead
from issuer.chain.transactions import StepHook, Subject, Transactor
from issuer.context import Context
from issuer.status import publications
from issuer.status.models import StatusPublication

log = logging.getLogger(__name__)


class StatusMachine:
    """One tick's run over the status lists, under the nonce lease."""

    def __init__(self, context: Context, transactor: Transactor, on_step: StepHook) -> None:
        self._database = context.database
        self._settings = context.settings
        self._clock = context.clock
        self._transactor = transactor
        self._chain = transactor.chain
        self._on_step = on_step

    async def tick(self) -> bool:
        """Run one tick; tell whether a new root was confirmed in it.

        Raises:
            ChainStateError: an operator has to act; nothing is lost.
            SourceUnavailableError: the chain is away; the next tick goes on.
        """
        await self._take_back_forgotten()
        async with self._database.sessions() as session:
            left = await publications.open_publication(session)
        if left is not None and not await self._drive(left):
            return False
        publication = await self._seal()
        if publication is not None:
            return await self._drive(publication) or left is not None
        if left is None:
            await self._heartbeat()
        return left is not None

    async def _seal(self) -> StatusPublication | None:
        async with self._database.sessions.begin() as session:
            publication = await publications.seal(session)
        if publication is not None:
            self._on_step("status:sealed")
        return publication

    async def _drive(self, publication: StatusPublication) -> bool:
        async with self._database.sessions.begin() as session:
            await publications.set_state(session, publication.id, "submitted")
        self._on_step("status:submitted")
        subject = Subject("status", publication.id, publication.root)
        receipt = await self._transactor.drive(subject, final=False)
        if receipt is None:
            return False
        head = await self._head()
        if head is None or head.root != publication.root:
            # Mined, and yet another root stands: an older transaction came after it. Republish.
            await self._transactor.forget(subject)
            raise SourceUnavailableError("The chain names another status root than the one just published.")
        await asyncio.to_thread(self._chain.make_final, receipt.block_number)
        self._on_step("status:final")
        await self._confirm(publication, receipt)
        self._on_step("status:confirmed")
        return True

    async def _confirm(self, publication: StatusPublication, receipt: TransactionReceipt) -> None:
        async with self._database.sessions.begin() as session:
            await publications.confirm(
                session,
                publication.id,
                submitter=self._chain.submitter.address,
                transaction_hash=bytes.fromhex(receipt.hash[2:]),
                block_number=receipt.block_number,
                block_time=receipt.block_time,
            )

    async def _heartbeat(self) -> None:
        async with self._database.sessions() as session:
            publication = await publications.confirmed_publication(session)
        if publication is None or publication.heartbeat_at is None:
            return
        number = publication.heartbeat_started
        if number is None:
            now = self._clock.now()
            if (now - publication.heartbeat_at).total_seconds() < self._settings.status_heartbeat_seconds:
                return
            number = int(now.timestamp())
            async with self._database.sessions.begin() as session:
                await publications.start_heartbeat(session, publication.id, number)
            self._on_step("heartbeat:started")
        receipt = await self._transactor.drive(Subject("heartbeat", number, publication.root), final=False)
        if receipt is not None:
            async with self._database.sessions.begin() as session:
                await publications.finish_heartbeat(session, publication.id, receipt.block_time)

    async def _head(self) -> StatusHead | None:
        registry = self._chain.reader.status_registry
        return await asyncio.to_thread(registry.latest, self._chain.submitter.address)

    async def _take_back_forgotten(self) -> None:
        async with self._database.sessions() as session:
            publication = await publications.confirmed_publication(session)
            if publication is None or await publications.open_publication(session) is not None:
                return
        head = await self._head()
        if head is not None and head.root == publication.root:
            return
        log.warning("The chain does not name status root %d; it is published again.", publication.id)
        await self._transactor.revive(Subject("status", publication.id, publication.root))
        async with self._database.sessions.begin() as session:
            await publications.set_state(session, publication.id, "submitted")
        self._on_step("status:taken-back")
