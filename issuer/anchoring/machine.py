"""The anchoring state machine: collecting → sealed → submitted → confirmed.

A tick, in this order:

1. look whether the chain still knows the newest confirmed batch; if not (restored from an older snapshot,
   reorganised), set it and those before it that are unknown too back to *submitted*;
2. drive the batches that are not confirmed, oldest first, from wherever they stand;
3. seal what is collecting, once, and drive that.

So a tick costs one transaction however many leaves wait, and ends however fast more of them come: they are
the next tick's. With many batches to drive again it ends when its time is over.

A batch is *submitted* as soon as its signed transaction is about to be stored, and *confirmed* when the root
stands on the chain in a final block; on the embedded chain that is when the snapshot is written.
Every step is stored before the next, and taking any of them twice changes nothing.

A root is anchored by an account. When the institution changes its account, what the old one anchored stands
under the old one's address, at the old time; only what is unmined is anchored by the new one.
"""

import asyncio
import logging
import time
from datetime import datetime
from typing import Final

from digital_resume.adapters.chain.submitter import TransactionReceipt
from digital_resume.core.errors import SourceUnavailableError
from issuer.anchoring import batches
from issuer.anchoring.batches import OpenBatch
from issuer.anchoring.models import Batch
from issuer.anchoring.sealing import seal
from issuer.chain.transactions import StepHook, Subject, Transactor
from issuer.context import Context

log = logging.getLogger(__name__)

_REPORT_SECONDS: Final = 5.0


class AnchoringMachine:
    """One tick's run over the batches, under the nonce lease."""

    def __init__(self, context: Context, transactor: Transactor, on_step: StepHook) -> None:
        self._database = context.database
        self._transactor = transactor
        self._chain = transactor.chain
        self._on_step = on_step
        self._max_leaves = context.settings.anchor_batch_leaves
        self._seconds = context.settings.transaction_wait_seconds
        self._reported = time.monotonic()

    async def tick(self) -> int:
        """Run one tick and return the number of batches confirmed in it.

        Raises:
            ChainStateError: an operator has to act; nothing is lost.
            SourceUnavailableError: the chain is away; the next tick goes on.
        """
        until = time.monotonic() + self._seconds
        await self._take_back_forgotten()
        confirmed = 0
        async with self._database.sessions() as session:
            waiting = await batches.open_batches(session)
        for batch in waiting:
            if confirmed and time.monotonic() > until:
                return confirmed
            if not await self._drive(batch):
                return confirmed
            confirmed += 1
        sealed = await self._seal()
        if sealed is not None and await self._drive(sealed):
            confirmed += 1
        return confirmed

    async def _seal(self) -> OpenBatch | None:
        batch = await seal(self._database, self._max_leaves, progress=self._report)
        if batch is not None:
            self._on_step("anchor:sealed")
        return batch

    def _report(self, sealed: int, most: int) -> None:
        if time.monotonic() - self._reported >= _REPORT_SECONDS:
            self._reported = time.monotonic()
            log.info("Sealing a batch: %d of at most %d leaves (%d %%).", sealed, most, 100 * sealed // most)
        self._on_step("anchor:sealing")

    async def _drive(self, batch: OpenBatch) -> bool:
        """Bring one batch to *confirmed*; tell whether it is."""
        async with self._database.sessions.begin() as session:
            await batches.set_state(session, batch.id, "submitted")
        self._on_step("anchor:submitted")
        subject = Subject("anchor", batch.id, batch.root)
        receipt = await self._transactor.drive(subject)
        if receipt is None:
            return False
        submitter = await self._transactor.submitter_of(receipt)
        anchored_at = await self._anchored_at(submitter, batch.root)
        if anchored_at is None:
            # Mined and final, yet the contract does not know the root: the node answers out of step.
            raise SourceUnavailableError(
                "The node shows the anchoring transaction but not the root. The next tick looks again."
            )
        await asyncio.to_thread(self._chain.make_final, receipt.block_number)
        self._on_step("anchor:final")
        await self._confirm(batch, receipt, submitter, anchored_at)
        self._on_step("anchor:confirmed")
        return True

    async def _confirm(
        self, batch: OpenBatch, receipt: TransactionReceipt, submitter: str, anchored_at: datetime
    ) -> None:
        async with self._database.sessions.begin() as session:
            await batches.confirm(
                session,
                batch.id,
                submitter=submitter,
                transaction_hash=bytes.fromhex(receipt.hash[2:]),
                block_number=receipt.block_number,
                anchored_at=anchored_at,
            )

    async def _anchored_at(self, submitter: str, root: bytes) -> datetime | None:
        reader = self._chain.reader
        return await asyncio.to_thread(
            reader.anchor_log.anchored_at, reader.deployments.anchor_chain, submitter, root
        )

    async def _stands(self, batch: Batch) -> bool:
        # A confirmed batch has it. Not the account of now: another may have anchored the batch.
        assert batch.submitter is not None
        return await self._anchored_at(batch.submitter, batch.root) == batch.anchored_at

    async def _take_back_forgotten(self) -> None:
        before: int | None = None
        while True:
            async with self._database.sessions() as session:
                batch = await batches.newest_confirmed(session, before)
            if batch is None or await self._stands(batch):
                return
            log.warning(
                "Batch %d, anchored by %s, is no longer on the chain as it was; it is anchored again by %s.",
                batch.id,
                batch.submitter,
                self._chain.submitter.address,
            )
            await self._transactor.revive(Subject("anchor", batch.id, batch.root))
            async with self._database.sessions.begin() as session:
                await batches.set_state(session, batch.id, "submitted")
            self._on_step("anchor:taken-back")
            before = batch.id
