"""Background work on procrastinate: queues in PostgreSQL, schema ``jobs``.

A service describes its work in ``<service>/jobs.py``::

    blueprint = procrastinate.Blueprint()

    @blueprint.task(name="tick", queue=ANCHORING, pass_context=True)
    async def tick(context: procrastinate.JobContext) -> None:
        settings = context.additional_context["settings"]

    @asynccontextmanager
    async def resources(settings: CommonSettings) -> AsyncIterator[Mapping[str, Any]]: ...   # optional

``resume worker`` finds these, adds the blueprints under the service's name (``issuer:tick``), opens
the resources once and hands them to every job in ``context.additional_context``. Arguments of jobs
carry ids only, never a person's data. The ``anchoring`` queue has one worker of concurrency 1.
"""

import asyncio
import copy
import hashlib
import logging
from collections.abc import Iterable, Mapping
from typing import Any

import procrastinate
import psycopg
from procrastinate.app import WorkerOptions
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.schema import SchemaManager, migrations_path
from psycopg import sql

from digital_resume.adapters.database.engine import libpq_url

log = logging.getLogger(__name__)

SCHEMA = "jobs"
DEFAULT = "default"
ANCHORING = "anchoring"
QUEUES = (DEFAULT, ANCHORING)

_LOCK_KEY = int.from_bytes(hashlib.sha256(b"vdr-migrate|jobs").digest()[:8], "big", signed=True)


def make_app(
    database_url: str,
    *,
    blueprints: Mapping[str, procrastinate.Blueprint] | None = None,
    import_paths: Iterable[str] = (),
    max_connections: int = 4,
) -> procrastinate.App:
    """Make a procrastinate app on the schema ``jobs``.

    Args:
        database_url: ``postgresql://…``.
        blueprints: tasks by namespace: a task ``tick`` of ``issuer`` is ``issuer:tick``.
        import_paths: modules that a worker imports first.
        max_connections: size of the connection pool.

    Returns:
        The app; open it with ``async with app.open_async():`` before deferring or working.
    """
    connector = procrastinate.PsycopgConnector(
        conninfo=libpq_url(database_url),
        kwargs={"options": f"-c search_path={SCHEMA}", "connect_timeout": 10},
        min_size=1,
        max_size=max_connections,
    )
    app = procrastinate.App(connector=connector, import_paths=list(import_paths))
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


def apply_schema(database_url: str) -> None:
    """Create or update the schema ``jobs``; safe to run any number of times and by several at once."""
    with psycopg.connect(libpq_url(database_url), connect_timeout=10) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK_KEY,))
        schema = sql.Identifier(SCHEMA)
        connection.execute(sql.SQL("create schema if not exists {}").format(schema))
        connection.execute(sql.SQL("set local search_path to {}").format(schema))
        connection.execute("create table if not exists vdr_applied (name text primary key)")
        applied = {row[0] for row in connection.execute("select name from vdr_applied")}
        names = sorted(path.name for path in migrations_path.glob("*.sql"))
        if not applied:
            connection.execute(SchemaManager.get_schema())
        else:
            for name in names:
                if name not in applied:
                    connection.execute((migrations_path / name).read_bytes())
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into vdr_applied values (%s) on conflict do nothing", [(name,) for name in names]
            )


async def work(
    app: procrastinate.App,
    *,
    context: Mapping[str, Any],
    concurrency: int = 4,
    heartbeat: float = 5.0,
) -> None:
    """Work on every queue until the task is cancelled or the process is told to stop.

    Two workers in one process: ``default`` with the given concurrency, ``anchoring`` with one. A job
    whose worker was killed is given back as soon as that worker's heartbeat is four beats old.

    Args:
        app: an open app.
        context: what every job finds in ``context.additional_context``.
        concurrency: jobs at once on ``default``.
        heartbeat: seconds between two signs of life.
    """
    common: WorkerOptions = {
        "additional_context": dict(context),
        "update_heartbeat_interval": heartbeat,
        "stalled_worker_timeout": heartbeat * 4,
        "shutdown_graceful_timeout": 10.0,
        "install_signal_handlers": False,
        "delete_jobs": "successful",
        "fetch_job_polling_interval": 2.0,
    }
    default: WorkerOptions = {**common, "queues": [DEFAULT], "name": "default", "concurrency": concurrency}
    # One owner of the nonce: anchoring never runs twice at once. A tick may end at any of its steps, and the
    # next goes on from there, so one that waits for the chain is not waited for.
    anchoring: WorkerOptions = {
        **common,
        "queues": [ANCHORING],
        "name": "anchoring",
        "concurrency": 1,
        "shutdown_graceful_timeout": 2.0,
    }
    async with asyncio.TaskGroup() as group:
        group.create_task(app.run_worker_async(**default))
        group.create_task(app.run_worker_async(**anchoring))
        group.create_task(_give_back_stalled(app, heartbeat))


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
