"""The issuer's background work: the tick and the retention, on procrastinate.

``resume worker`` finds ``PART`` here. A tick is deferred every
``ANCHOR_TICK_SECONDS`` by the worker's own scheduler under a queueing lock, so that however many workers run
and however long a tick takes, at most one waits. Arguments carry nothing.
"""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import procrastinate
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from sqlalchemy.exc import SQLAlchemyError

from digital_resume.adapters.chain.roles import check_chain_at_start
from digital_resume.adapters.database.roles import check_own_role
from digital_resume.adapters.jobs import ANCHORING, DEFAULT, WorkerPart, end, make_app
from digital_resume.adapters.retention_clock import RetentionClock
from digital_resume.core.errors import ResumeError
from digital_resume.settings import CommonSettings
from issuer.chain.account import ChainWriter
from issuer.context import Context
from issuer.retention import erase_expired
from issuer.schema import retention_clock
from issuer.settings import IssuerSettings
from issuer.tick import anchor_tick, ignore_step

log = logging.getLogger(__name__)

blueprint = procrastinate.Blueprint()
SWEEP_EVERY_TICKS = 10


@blueprint.task(name="anchor_tick", queue=ANCHORING, queueing_lock="issuer:anchor_tick", pass_context=True)
async def run_anchor_tick(context: procrastinate.JobContext) -> None:
    """Anchor what waits and publish the status root."""
    worker: Context = context.additional_context["issuer"]
    try:
        chain = await asyncio.to_thread(_writer, context.additional_context)
        on_step = context.additional_context.get("issuer_on_step", ignore_step)
        report = await anchor_tick(worker, chain, on_step)
    except ResumeError as error:
        # The next tick goes on from what is stored; a retry of the job would only add to it. It reopens
        # the chain: what an operator fixed may be the deployments file or a key.
        context.additional_context["issuer_chain"].clear()
        log.warning("Anchoring waits (%s): %s", error.code, error.message)
        return
    except SQLAlchemyError as error:
        log.warning("Anchoring waits (database_unavailable): no answer (%s).", type(error).__name__)
        return
    if report.batches or report.status_published:
        log.info("Anchored %d batches, status root new: %s.", report.batches, report.status_published)


@blueprint.task(name="sweep", queue=DEFAULT, queueing_lock="issuer:sweep", pass_context=True)
async def run_sweep(context: procrastinate.JobContext) -> None:
    """Erase what is over, and what nobody claimed within its retention."""
    worker: Context = context.additional_context["issuer"]
    clock: RetentionClock = context.additional_context["issuer_retention_clock"]
    try:
        chain = await asyncio.to_thread(_writer, context.additional_context)
        witness = await asyncio.to_thread(lambda: chain.reader.client.head().time)
        async with worker.database.sessions.begin() as session:
            now = await clock.moment(session, witness=witness)
    except ResumeError as error:
        log.warning("Nothing is erased now (%s): %s", error.code, error.message)
        return
    await erase_expired(worker, now)


def _writer(resources: Any) -> ChainWriter:
    """Return the chain, opened by the first tick that finds it."""
    cache: dict[str, ChainWriter] = resources["issuer_chain"]
    if "writer" not in cache:
        cache["writer"] = ChainWriter.from_settings(resources["issuer"].settings)
    return cache["writer"]


@asynccontextmanager
async def resources(settings: CommonSettings) -> AsyncIterator[Mapping[str, Any]]:
    """Open what the issuer's jobs need, and defer the ticks as long as it is open.

    Raises:
        ChainMismatchError: in production, a development chain.
    """
    own = settings if isinstance(settings, IssuerSettings) else IssuerSettings()
    await asyncio.to_thread(check_chain_at_start, own)
    await asyncio.to_thread(check_own_role, own, own.database_url.get_secret_value(), "worker")
    context = Context.from_settings(own)
    opened: dict[str, ChainWriter] = {}
    ticking = asyncio.create_task(_schedule(own))
    try:
        yield {
            "issuer": context,
            "issuer_chain": opened,
            "issuer_retention_clock": RetentionClock(retention_clock, context.clock),
        }
    finally:
        await end(ticking)
        for writer in opened.values():
            writer.reader.client.close()  # what hangs on a node shall not keep the process
        await context.close()


async def _schedule(settings: IssuerSettings) -> None:
    """Defer a tick every ``ANCHOR_TICK_SECONDS``, and now and then a sweep, until cancelled.

    A database that is away delays the ticks and does not end them.
    """
    while True:
        app = make_app(settings.database_url.get_secret_value(), max_connections=1)
        try:
            async with app.open_async():
                await _defer_for_ever(app, settings.anchor_tick_seconds)
        except (ConnectorException, OSError) as error:
            log.warning("Ticks cannot be queued (%s); it is tried again.", type(error).__name__)
            await asyncio.sleep(min(1.0, settings.anchor_tick_seconds))


async def _defer_for_ever(app: procrastinate.App, tick_seconds: float) -> None:
    for count in itertools.count():
        await _defer(app, "anchor_tick", ANCHORING)
        if count % SWEEP_EVERY_TICKS == 0:
            await _defer(app, "sweep", DEFAULT)
        await asyncio.sleep(tick_seconds)


async def _defer(app: procrastinate.App, name: str, queue: str) -> None:
    task = app.configure_task(
        f"issuer:{name}", queue=queue, queueing_lock=f"issuer:{name}", allow_unknown=True
    )
    # One that waits already is as good as another.
    with suppress(AlreadyEnqueued):
        await task.defer_async()


#: What ``resume worker`` runs of the issuer.
PART = WorkerPart(blueprints=lambda: {"issuer": blueprint}, resources=resources)
