"""One tick: under the nonce lease, status and then anchoring, each once. What the worker runs."""

from dataclasses import dataclass

from digital_resume.core.errors import ResumeError
from issuer.anchoring.machine import AnchoringMachine
from issuer.chain.account import ChainWriter
from issuer.chain.lease import nonce_lease
from issuer.chain.transactions import StepHook, Transactor
from issuer.context import Context
from issuer.status.machine import StatusMachine


@dataclass(frozen=True, slots=True)
class TickReport:
    """What a tick did."""

    owner: bool
    batches: int = 0
    status_published: bool = False


def ignore_step(_step: str) -> None:
    """Do nothing; tests crash here instead."""


async def anchor_tick(context: Context, chain: ChainWriter, on_step: StepHook = ignore_step) -> TickReport:
    """Anchor what waits and publish the status root; with nothing to do, send nothing.

    Another worker that holds the nonces makes this a no-op. Status goes first, because revocations must not
    wait for anchoring; when it fails, anchoring is tried all the same.

    Raises:
        ChainStateError: an operator has to act; nothing is lost.
        SourceUnavailableError: the chain is away; the next tick goes on.
    """
    genesis, address = chain.reader.deployments.genesis_hash, chain.submitter.address
    async with nonce_lease(context.database, genesis, address) as lease:
        if lease is None:
            return TickReport(owner=False)
        transactor = Transactor(
            chain,
            lease,
            on_step,
            settings=context.settings,
            database=context.database,
            clock=context.clock,
        )
        failure: ResumeError | None = None
        published = False
        try:
            published = await StatusMachine(context, transactor, on_step).tick()
        except ResumeError as error:
            failure = error
        batches = await AnchoringMachine(context, transactor, on_step).tick()
        if failure is not None:
            raise failure
        return TickReport(owner=True, batches=batches, status_published=published)
