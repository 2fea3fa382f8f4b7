"""Background work on procrastinate: queues in PostgreSQL, in a schema of their own.

A service describes its work in ``<service>/jobs.py``::

    blueprint = procrastinate.Blueprint()

    @blueprint.task(name="tick", queue=ANCHORING, pass_context=True)
    async def tick(context: procrastinate.JobContext) -> None:
        settings = context.additional_context["settings"]

    @asynccontextmanager
    async def resources(settings: CommonSettings) -> AsyncIterator[Mapping[str, Any]]: ...

    PART = WorkerPart(blueprints=lambda: {"issuer": blueprint}, resources=resources)

``resume worker`` finds the parts, adds the blueprints under their names (``issuer:tick``), opens the
resources once and hands them to every job in ``context.additional_context``. Arguments of jobs carry ids
only, never a person's data. The ``anchoring`` queue has one worker of concurrency 1.

Services queue in the schema ``jobs``, modules in their host's: whoever may write into a queue decides what
its workers do, and modules decide nothing of the services'.
"""

import asyncio
import copy
import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final

import procrastinate
from procrastinate.app import WorkerOptions
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.worker import Worker

from digital_resume.adapters.database.engine import libpq_url
from digital_resume.adapters.database.schemas import JOBS_SCHEMA
from digital_resume.settings import CommonSettings

log = logging.getLogger(__name__)

DEFAULT = "default"
ANCHORING = "anchoring"
QUEUES = (DEFAULT, ANCHORING)

#: How long a worker that is told to stop waits for its jobs.
GRACE_SECONDS: Final = 10.0
#: How long ago a periodic run may have been due that a starting worker still catches up: the newest, once.
_CATCH_UP: Final = 366 * 86_400.0


@dataclass(frozen=True, slots=True)
class WorkerPart:
    """Background work that ``resume worker`` can do: a service's, or the modules'.

    Attributes:
        blueprints: makes the tasks by namespace.
        resources: opens what the jobs need, as long as the worker runs.
        schema: where its queues are.
        queues: what it works on.
        apart: it runs others' code, so that in production its process works for nothing else.
    """

    blueprints: Callable[[], Mapping[str, procrastinate.Blueprint]]
    resources: Callable[[CommonSettings], AbstractAsyncContextManager[Mapping[str, Any]]]
    schema: str = JOBS_SCHEMA
    queues: tuple[str, ...] = QUEUES
    apart: bool = False


def make_app(
    database_url: str,
    *,
    schema: str = JOBS_SCHEMA,
    blueprints: Mapping[str, procrastinate.Blueprint] | None = None,
    import_paths: Iterable[str] = (),
    max_connections: int = 4,
) -> procrastinate.App:
    """Make a procrastinate app on a schema of queues.

    Its periodic tasks catch up, by one run, what was due while no worker ran.

    Args:
        database_url: ``postgresql://…``.
        schema: where the queues are.
        blueprints: tasks by namespace: a task ``tick`` of ``issuer`` is ``issuer:tick``.
        import_paths: modules that a worker imports first.
        max_connections: size of the connection pool.

    Returns:
        The app; open it with ``async with app.open_async():`` before deferring or working.
    """
    connector = procrastinate.PsycopgConnector(
        conninfo=libpq_url(database_url),
        kwargs={"options": f"-c search_path={schema}", "connect_timeout": 10},
        min_size=1,
        max_size=max_connections,
    )
    app = procrastinate.App(
        connector=connector,
        import_paths=list(import_paths),
        periodic_defaults={"max_delay": _CATCH_UP},
    )
    for namespace, blueprint in (blueprints or {}).items():
        app.add_tasks_from(_copied(blueprint), namespace=namespace)
    return app


def _copied(blueprint: procrastinate.Blueprint) -> procrastinate.Blueprint:
    """Return a copy: adding a blueprint to an app renames its tasks, and so spoils it for another app."""
    made = procrastinate.Blueprint()
    copies = {id(task): copy.copy(task) for task in blueprint.tasks.values()}
    made.tasks = {name: copies[id(task)] for name, task in blueprint.tasks.items()}
    for periodic in blueprint.periodic_registry.periodic_tasks.values():
        made.periodic_registry.register_task(
            task=copies[id(periodic.task)],
            cron=periodic.cron,
            periodic_id=periodic.periodic_id,
            configure_kwargs=periodic.configure_kwargs,
        )
    return made


async def work(
    app: procrastinate.App,
    *,
    context: Mapping[str, Any],
    queues: Iterable[str] = QUEUES,
    concurrency: int = 4,
    heartbeat: float = 5.0,
) -> None:
    """Work on queues until the task is cancelled or the process is told to stop.

    A worker a queue, in one process: ``anchoring`` with concurrency 1, others with the given one. A job
    whose worker was killed is given back as soon as that worker's heartbeat is four beats old.

    Args:
        app: an open app.
        context: what every job finds in ``context.additional_context``.
        queues: what it works on.
        concurrency: jobs at once on a queue.
        heartbeat: seconds between two heartbeats.
    """
    common: WorkerOptions = {
        "additional_context": dict(context),
        "update_heartbeat_interval": heartbeat,
        "stalled_worker_timeout": heartbeat * 4,
        "shutdown_graceful_timeout": GRACE_SECONDS,
        "install_signal_handlers": False,
        "delete_jobs": "successful",
        "fetch_job_polling_interval": 2.0,
    }
    async with asyncio.TaskGroup() as group:
        for queue in queues:
            options: WorkerOptions = {**common, "queues": [queue], "name": queue, "concurrency": concurrency}
            if queue == ANCHORING:
                # One owner of the nonce: anchoring never runs twice at once. A tick may end at any of its
                # steps, and the next goes on from there, so one that waits for the chain is not waited for.
                options |= {"concurrency": 1, "shutdown_graceful_timeout": 2.0}
            group.create_task(_run(Worker(app, **options)))
        group.create_task(_until_cancelled(_give_back_stalled(app, heartbeat)))


async def _run(worker: Worker) -> None:
    """Run a worker until cancelled, and let its jobs end then: it is told to stop, not cancelled.

    Raises:
        RuntimeError: it stopped by itself, as it does when it loses the database.
    """
    running: asyncio.Task[None] = asyncio.create_task(worker.run())  # type: ignore[no-untyped-call]  # as published
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        while not running.done():
            worker.stop()  # type: ignore[no-untyped-call]  # as published
            await asyncio.wait({running}, timeout=1.0)
        raise
    raise RuntimeError(f"The worker of the queue {worker.worker_name} stopped. Start the process again.")


async def _until_cancelled(work: Coroutine[Any, Any, None]) -> None:
    running = asyncio.create_task(work)
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        await end(running)
        raise


async def end(task: asyncio.Task[Any]) -> None:
    """Cancel a task that uses a pool of connections, and return when it is done.

    Once is not enough: Python 3.11's ``wait_for``, which the pool waits by, loses a cancellation that comes
    at the moment of its answer, and a looping task would never end.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=1.0)


async def _give_back_stalled(app: procrastinate.App, heartbeat: float) -> None:
    while True:
        try:
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=heartbeat * 4):
                await _give_back(app, job)
        except ConnectorException:
            log.warning("The queue cannot be read at the moment.")
        await asyncio.sleep(heartbeat)


async def _give_back(app: procrastinate.App, job: procrastinate.jobs.Job) -> None:
    try:
        await app.job_manager.retry_job(job)
    except UniqueViolation:
        # One with its queueing lock waits already, and does the same.
        await app.job_manager.finish_job(job, status=procrastinate.jobs.Status.ABORTED, delete_job=True)
        log.info("Job %s was left by a worker that is gone; another one takes its place.", job.id)
    else:
        log.warning("Job %s was left by a worker that is gone; it is tried again.", job.id)
