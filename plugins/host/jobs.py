"""Modules' periodic jobs, for ``resume worker modules``: one task each, run once a period by one worker.

They have queues, a schema and a process of their own. A module's code never runs beside the issuer's keys,
and cannot hand the issuer's workers a job.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import procrastinate
from procrastinate.exceptions import AlreadyEnqueued

from digital_resume.adapters.database.schemas import MODULES_SCHEMA
from digital_resume.adapters.jobs import DEFAULT, WorkerPart
from digital_resume.modules.api import Plugin, PluginJob, schema_of
from digital_resume.modules.schedule import cron_of
from digital_resume.settings import CommonSettings
from plugins.host.contexts import OpenModules
from plugins.host.discovery import discover

log = logging.getLogger(__name__)

#: A failed job is tried again after 1, 6, 11, 16 and 21 minutes; then its next period is waited for.
_RETRIES: Final = tuple(60 + 300 * attempt for attempt in range(5))


def blueprint_of(plugin: Plugin) -> procrastinate.Blueprint:
    """Return a module's jobs as periodic tasks."""
    blueprint = procrastinate.Blueprint()
    for job in plugin.jobs:
        _add(blueprint, plugin.name, job)
    return blueprint


def _add(blueprint: procrastinate.Blueprint, module: str, job: PluginJob) -> None:
    # One at a time, and one that waits does what any later one would.
    lock = f"{module}:{job.name}"

    @blueprint.periodic(cron=cron_of(job.every))
    @blueprint.task(name=job.name, queue=DEFAULT, lock=lock, queueing_lock=lock, pass_context=True)
    async def run(context: procrastinate.JobContext, timestamp: int, attempt: int = 0) -> None:
        try:
            async with asyncio.timeout(job.limit.total_seconds()):
                await job.run(context.additional_context["modules"][module])
        except asyncio.CancelledError:
            # The worker ends; the next one goes on with it.
            await asyncio.shield(_queue_again(context, timestamp, attempt, seconds=0))
            raise
        except Exception as error:
            # Names only: an error's own text may hold a row.
            log.warning("The job %s of the module %s failed (%s).", job.name, module, type(error).__name__)
            if attempt < len(_RETRIES):
                await _queue_again(context, timestamp, attempt + 1, seconds=_RETRIES[attempt])


async def _queue_again(
    context: procrastinate.JobContext, timestamp: int, attempt: int, *, seconds: int
) -> None:
    """Queue a job that was not done; a retry of the queue's own would collide with one that waits."""
    task = context.app.configure_task(context.job.task_name, schedule_in={"seconds": seconds})
    with suppress(AlreadyEnqueued):
        await task.defer_async(timestamp=timestamp, attempt=attempt)


@asynccontextmanager
async def resources(settings: CommonSettings) -> AsyncIterator[Mapping[str, Any]]:
    """Open every module's context as long as the worker runs.

    Raises:
        PluginError: a module cannot be taken in.
        DatabaseRoleError: in production, a role of more than its own schema.
    """
    modules = OpenModules(settings, discover())
    try:
        await asyncio.to_thread(modules.check_roles)
        yield {"modules": modules.contexts}
    finally:
        await modules.close()


def _blueprints() -> Mapping[str, procrastinate.Blueprint]:
    return {schema_of(plugin.name): blueprint_of(plugin) for plugin in discover() if plugin.jobs}


PART: Final = WorkerPart(
    blueprints=_blueprints, resources=resources, schema=MODULES_SCHEMA, queues=(DEFAULT,), apart=True
)
