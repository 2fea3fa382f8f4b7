"""Getting one transaction mined, whatever happens: sign, store, send, wait, re-price, re-sign.

Shared by anchoring and status. The caller holds the nonce lease, so one transaction is under way at a
time and the next nonce is the one after the last mined. Every step is stored before the next is taken:

1. signed: the raw bytes are in the database, never sent before that;
2. sent: outside any database transaction; the very same bytes again after a crash ("already known" is fine);
3. mined: its receipt was seen. A transaction that takes too long is *replaced* by one at the same nonce and a
   price at least 10 % higher; one whose nonce was taken by another is *lost* and re-signed. Old attempts are
   still looked for, because any of them may be the one that is mined; only *void* ones are not.

The account may change between two ticks. What the account of before signed is never sent or re-priced: its
nonces are not this account's. A batch's transaction is still looked for, whoever signed it, because the chain
keeps what it anchored; a status root counts for the account that published it only.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Update, select, update

from digital_resume.adapters.chain.errors import RpcDisagreementError, TransactionRejectedError
from digital_resume.adapters.chain.submitter import Fees, SendOutcome, SignedTransaction, TransactionReceipt
from digital_resume.adapters.database import Database
from digital_resume.core.errors import SourceUnavailableError
from digital_resume.core.ports import Clock
from issuer.chain.account import ChainWriter
from issuer.chain.lease import NonceLease
from issuer.chain.models import ChainTransaction
from issuer.errors import ChainStateError
from issuer.settings import IssuerSettings

log = logging.getLogger(__name__)

StepHook = Callable[[str], None]
"""Called with a step's name after the step was stored; tests crash there."""

_ACTIVE: Final = ("signed", "sent")
_MAX_PRICES_A_TICK: Final = 3
_RESEND_SECONDS: Final = 3.0
"""Shortest time before the same bytes are sent again in one tick."""
_MAX_SIGNATURES: Final = 4
"""Most transactions that are signed for one subject before the next tick looks again: each may cost gas."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a transaction is for: a purpose (``anchor``, ``status``, ``heartbeat``), an id and a root."""

    purpose: str
    id: int
    root: bytes


class Transactor:
    """Sends the transactions of one account; made for each tick, under its lease."""

    def __init__(
        self,
        chain: ChainWriter,
        lease: NonceLease,
        on_step: StepHook,
        *,
        settings: IssuerSettings,
        database: Database,
        clock: Clock,
    ) -> None:
        self.chain = chain
        self._database = database
        self._settings = settings
        self._clock = clock
        self._submitter = chain.submitter
        self._lease = lease
        self._on_step = on_step
        self._genesis = chain.reader.deployments.genesis_hash
        self._prices = 0
        self._signatures = 0
        self._sent_last: dict[bytes, float] = {}

    async def drive(self, subject: Subject, *, final: bool = True) -> TransactionReceipt | None:
        """Bring the subject's transaction into a block; ``None`` when that takes longer than this tick waits.

        Args:
            subject: what is sent.
            final: wait until the block is final by the chain's setting, not only mined.

        Raises:
            ChainStateError: the account cannot pay, or the contract refused.
            SourceUnavailableError: the chain or the lease is away; the next tick goes on.
        """
        deadline = time.monotonic() + self._settings.transaction_wait_seconds
        self._signatures = 0
        while True:
            sent = False
            try:
                receipt = await self._find_receipt(subject)
                if receipt is None:
                    sent = await self._advance(subject)
                elif receipt.final or not final:
                    await self._mark_mined(receipt)
                    self._on_step(f"{subject.purpose}:mined")
                    return receipt
            except RpcDisagreementError:
                # As between nodes of which one has the newest block and another not yet.
                if time.monotonic() > deadline:
                    raise
            if time.monotonic() > deadline:
                return None
            if not sent:
                await asyncio.sleep(self._settings.transaction_poll_seconds)

    async def forget(self, subject: Subject) -> None:
        """Give up every attempt of a subject whose transactions did not have their effect."""
        await self._execute(update(ChainTransaction).where(*_of(subject)).values(state="void", sent_at=None))

    async def revive(self, subject: Subject) -> None:
        """Make this account's mined attempt of a subject, which the chain forgot, one to be sent again."""
        async with self._database.sessions.begin() as session:
            row = (
                await session.scalars(
                    select(ChainTransaction)
                    .where(*_of(subject), self._own(), ChainTransaction.state == "mined")
                    .order_by(ChainTransaction.id.desc())
                    .limit(1)
                )
            ).one_or_none()
            if row is not None:
                await session.execute(self._free_nonce(row.nonce))
                row.state, row.sent_at = "signed", None

    async def submitter_of(self, receipt: TransactionReceipt) -> str:
        """Return the account that signed a transaction ``drive`` found: this one, or the one before."""
        digest = bytes.fromhex(receipt.hash[2:])
        async with self._database.sessions() as session:
            query = select(ChainTransaction.submitter).where(ChainTransaction.hash == digest)
            return (await session.scalars(query)).one()

    async def _advance(self, subject: Subject) -> bool:
        """Take the next step for an unmined subject; tell whether to look again at once."""
        row = await self._active(subject) or await self._sign(subject)
        mined = await asyncio.to_thread(self._submitter.mined_nonce)
        if row.nonce != mined:
            # Below: somebody else's transaction took the nonce. Above: it waits behind one that is gone, as
            # after the chain came back from an older snapshot. Either way it will never be mined.
            log.warning("Transaction %s lost its nonce and is re-signed.", _hex(row.hash))
            await self._set_state(row, "lost")
            return False
        if row.state == "signed":
            return await self._send(subject, row) is not None
        if self._may_resend(row) and not await asyncio.to_thread(self._submitter.is_known, _hex(row.hash)):
            outcome = await self._send(subject, row)
            if outcome is not SendOutcome.ALREADY_KNOWN:
                # Taken again, or refused: look for it first, after the pause. Stuck is for the next round.
                return False
            # A node that does not show what waits in its pool: it is there all the same, and may be stuck.
        if await self._is_stuck(row):
            await self._reprice(subject, row)
        return False

    def _may_resend(self, row: ChainTransaction) -> bool:
        # A node may take the same bytes again and again and never show them: then only a price helps.
        last = self._sent_last.get(row.hash)
        return last is None or time.monotonic() - last >= _RESEND_SECONDS

    async def _is_stuck(self, row: ChainTransaction) -> bool:
        if row.sent_at is None:
            return False
        now = self._clock.now()
        if row.sent_at > now:
            # The clock was set back: the wait restarts, rather than last until the clock has caught up.
            await self._execute(
                update(ChainTransaction).where(ChainTransaction.id == row.id).values(sent_at=now)
            )
            return False
        return (now - row.sent_at).total_seconds() >= self._settings.transaction_stuck_seconds

    async def _sign(self, subject: Subject) -> ChainTransaction:
        self._signatures += 1
        if self._signatures > _MAX_SIGNATURES:
            raise SourceUnavailableError(
                "Transactions lose their nonce one after the other: another program uses the anchoring "
                "account, or the node does not show what it has. The next tick goes on; see that the account "
                "is used by the worker alone, and look at the node.",
                code="nonce_contended",
            )
        nonce = await asyncio.to_thread(self._submitter.mined_nonce)
        fees = await asyncio.to_thread(self._submitter.suggest_fees)
        # In a thread: a token may take its time.
        return await self._store(subject, await asyncio.to_thread(self._build, subject, nonce, fees))

    async def _reprice(self, subject: Subject, row: ChainTransaction) -> None:
        """Store a dearer transaction in place of ``row``; the next step sends it."""
        self._prices += 1
        if self._prices > _MAX_PRICES_A_TICK:
            raise SourceUnavailableError(
                "The chain's node keeps refusing the price of a transaction. The next tick goes on; if it "
                "stays, look at the node and at MAX_FEE_WEI.",
                code="underpriced",
            )
        wanted = await asyncio.to_thread(self._submitter.suggest_fees)
        paid = Fees(row.max_fee_per_gas, row.max_priority_fee_per_gas)
        try:
            fees = self._submitter.dearer(paid, wanted)
        except TransactionRejectedError as error:
            raise ChainStateError(error.message, code=error.code) from None
        dearer = await asyncio.to_thread(self._build, subject, row.nonce, fees)
        log.warning("Transaction %s is replaced by %s at a higher price.", _hex(row.hash), dearer.hash)
        await self._store(subject, dearer)

    def _build(self, subject: Subject, nonce: int, fees: Fees) -> SignedTransaction:
        build = self._submitter.build_anchor if subject.purpose == "anchor" else self._submitter.build_publish
        return build(subject.root, nonce=nonce, fees=fees)

    async def _send(self, subject: Subject, row: ChainTransaction) -> SendOutcome | None:
        """Send the stored bytes; ``None`` when the node refused them and what follows was stored."""
        await self._lease.verify()
        self._sent_last[row.hash] = time.monotonic()
        try:
            outcome = await asyncio.to_thread(self._submitter.send_raw, row.raw, _hex(row.hash))
        except TransactionRejectedError as error:
            if error.code == "nonce_too_low":
                await self._set_state(row, "lost")
            elif error.code == "underpriced":
                await self._reprice(subject, row)
            else:
                # Re-signed at the next try, at the prices of then: these bytes may never be accepted.
                await self._set_state(row, "lost")
                raise ChainStateError(error.message, code=error.code) from None
            return None
        self._on_step(f"{subject.purpose}:sent")
        if row.state == "signed" and outcome is not SendOutcome.ALREADY_MINED:
            await self._execute(
                update(ChainTransaction)
                .where(ChainTransaction.id == row.id)
                .values(state="sent", sent_at=self._clock.now())
            )
            self._on_step(f"{subject.purpose}:marked-sent")
        return outcome

    async def _store(self, subject: Subject, transaction: SignedTransaction) -> ChainTransaction:
        digest = bytes.fromhex(transaction.hash[2:])
        async with self._database.sessions.begin() as session:
            await session.execute(self._free_nonce(transaction.nonce))
            row = (
                await session.scalars(select(ChainTransaction).where(ChainTransaction.hash == digest))
            ).one_or_none()
            if row is None:
                row = ChainTransaction(
                    purpose=subject.purpose,
                    genesis=self._genesis,
                    submitter=self._submitter.address,
                    nonce=transaction.nonce,
                    hash=digest,
                    raw=transaction.raw,
                    max_fee_per_gas=transaction.fees.max_fee,
                    max_priority_fee_per_gas=transaction.fees.priority_fee,
                )
                session.add(row)
            # Else the very same bytes as before are taken up again, maybe for another heartbeat.
            row.purpose, row.subject_id = subject.purpose, subject.id
            row.state, row.sent_at = "signed", None
        self._on_step(f"{subject.purpose}:signed")
        return row

    def _own(self) -> ColumnElement[bool]:
        return ChainTransaction.submitter == self._submitter.address

    def _free_nonce(self, nonce: int) -> Update:
        """End what is under way at a nonce: something else takes its place."""
        return (
            update(ChainTransaction)
            .where(
                ChainTransaction.genesis == self._genesis,
                self._own(),
                ChainTransaction.nonce == nonce,
                ChainTransaction.state.in_(_ACTIVE),
            )
            .values(state="replaced")
        )

    async def _find_receipt(self, subject: Subject) -> TransactionReceipt | None:
        """Return the receipt of whichever attempt is in a block, an old account's first, then the oldest."""
        for digest in await self._hashes(subject):
            receipt = await asyncio.to_thread(self._submitter.receipt, _hex(digest))
            if receipt is None:
                continue
            if not receipt.succeeded:
                raise ChainStateError(
                    f"The contract refused transaction {receipt.hash}. Check the deployments file.",
                    transaction=receipt.hash,
                )
            return receipt
        return None

    async def _hashes(self, subject: Subject) -> Iterable[bytes]:
        query = (
            select(ChainTransaction.hash)
            .where(*_of(subject), ChainTransaction.state != "void")
            .order_by(self._own(), ChainTransaction.nonce, ChainTransaction.id)
        )
        if subject.purpose != "anchor":
            query = query.where(self._own())
        async with self._database.sessions() as session:
            return list(await session.scalars(query))

    async def _active(self, subject: Subject) -> ChainTransaction | None:
        query = select(ChainTransaction).where(
            *_of(subject), self._own(), ChainTransaction.state.in_(_ACTIVE)
        )
        async with self._database.sessions() as session:
            return (await session.scalars(query.order_by(ChainTransaction.id.desc()).limit(1))).one_or_none()

    async def _mark_mined(self, receipt: TransactionReceipt) -> None:
        digest = bytes.fromhex(receipt.hash[2:])
        await self._execute(
            update(ChainTransaction).where(ChainTransaction.hash == digest).values(state="mined")
        )

    async def _set_state(self, row: ChainTransaction, state: str) -> None:
        await self._execute(update(ChainTransaction).where(ChainTransaction.id == row.id).values(state=state))

    async def _execute(self, statement: Update) -> None:
        async with self._database.sessions.begin() as session:
            await session.execute(statement)


def _of(subject: Subject) -> tuple[ColumnElement[bool], ...]:
    return (ChainTransaction.purpose == subject.purpose, ChainTransaction.subject_id == subject.id)


def _hex(digest: bytes) -> str:
    return "0x" + digest.hex()
