"""One tick of the chain's side: lease, anchoring, status, sweeping. What the worker runs."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, update

from core.errors import ResumeError
from issuer.anchoring.lease import nonce_lease
from issuer.anchoring.machine import AnchoringMachine
from issuer.anchoring.transactions import Checkpoint, Transactor
from issuer.chain import ChainWriter
from issuer.context import Context
from issuer.models import AccessToken, Credential, IdempotentAnswer, Nonce, Offer
from issuer.status.machine import StatusMachine

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TickReport:
    """What a tick did."""

    owner: bool
    batches: int = 0
    status_published: bool = False


def _no_checkpoint(_step: str) -> None:
    """Do nothing; tests crash here instead."""


async def anchor_tick(
    context: Context, chain: ChainWriter, checkpoint: Checkpoint = _no_checkpoint
) -> TickReport:
    """Anchor what waits and publish the status root; with nothing to do, send nothing.

    Another worker that holds the nonces makes this a no-op. Anchoring goes first; when it fails, status is
    tried all the same, because revocations must not wait for it.

    Raises:
        ChainStateError: an operator has to act; nothing is lost.
        SourceUnavailableError: the chain is away; the next tick goes on.
    """
    genesis, address = chain.reader.deployments.genesis_hash, chain.submitter.address
    async with nonce_lease(context.database, genesis, address) as lease:
        if lease is None:
            return TickReport(owner=False)
        transactor = Transactor(context, chain, lease, checkpoint)
        failure: ResumeError | None = None
        batches = 0
        try:
            batches = await AnchoringMachine(context, transactor, checkpoint).tick()
        except ResumeError as error:
            failure = error
        published = await StatusMachine(context, transactor, checkpoint).tick()
        if failure is not None:
            raise failure
        return TickReport(owner=True, batches=batches, status_published=published)


async def sweep(context: Context) -> None:
    """Erase what is over: nonces, tokens, offers, kept answers and copies kept for delivery."""
    now = context.clock.now()
    async with context.database.sessions.begin() as session:
        for model in (Nonce, AccessToken, IdempotentAnswer):
            await session.execute(delete(model).where(model.expires_at <= now))
        # A day longer than it could be used, so that its link still says that it has ended.
        await session.execute(delete(Offer).where(Offer.expires_at <= now - timedelta(days=1)))
        await session.execute(
            update(Credential)
            .where(Credential.delivery_expires_at <= now)
            .values(encrypted_delivery=None, delivery_thumbprint=None, delivery_expires_at=None)
        )
