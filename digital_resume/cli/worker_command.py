"""``resume worker``: the background work of installed services, of one or of all in one process.

A distribution names its part under the entry-point group ``digital_resume.jobs``: an
``digital_resume.adapters.jobs.WorkerPart``.
"""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digital_resume.core.errors import ResumeError

if TYPE_CHECKING:
    from digital_resume.adapters.jobs import WorkerPart
    from digital_resume.settings import CommonSettings


class WorkerPartError(ResumeError):
    """A part that there is not, or parts that must not share a process."""

    code = "worker_part"


def worker(
    parts: Annotated[
        list[str] | None, typer.Argument(help="issuer, modules; 없으면 모두 · all when none is named")
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="동시 작업 · jobs at the same time")] = 4,
) -> None:
    """작업자 · background work until told to stop."""
    from digital_resume.settings import CommonSettings

    asyncio.run(_until_signalled(CommonSettings(), parts or (), concurrency))


async def _until_signalled(settings: "CommonSettings", names: Collection[str], concurrency: int) -> None:
    """Work until SIGINT or SIGTERM; jobs that run may end then."""
    working = asyncio.create_task(run_worker(settings, names, concurrency=concurrency))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, working.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await working


async def run_worker(
    settings: "CommonSettings", names: Collection[str] = (), *, concurrency: int = 4
) -> None:
    """Work until cancelled.

    Args:
        settings: what every service shares.
        names: what to work for; everything that is installed when empty.
        concurrency: jobs at once on a queue.

    Raises:
        WorkerPartError: no such part; or, in production, others' code beside a service's work.
    """
    from digital_resume.adapters.jobs import make_app, work

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # Its lines at INFO repeat every job's arguments.
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    chosen = _parts(names)
    if settings.is_production:
        _refuse_company(chosen)
    url = settings.database_url.get_secret_value()
    async with contextlib.AsyncExitStack() as stack:
        opened = []
        for part in chosen.values():
            context: dict[str, Any] = {"settings": settings}
            context |= await stack.enter_async_context(part.resources(settings))
            app = make_app(url, schema=part.schema, blueprints=part.blueprints())
            opened.append((part, await stack.enter_async_context(app.open_async()), context))
        async with asyncio.TaskGroup() as group:
            for part, app, context in opened:
                group.create_task(work(app, context=context, queues=part.queues, concurrency=concurrency))


def _parts(names: Collection[str]) -> "dict[str, WorkerPart]":
    from digital_resume.extensions import JOBS, declared

    entries = {entry.name: entry for entry in declared(JOBS)}
    unknown = sorted(set(names) - entries.keys())
    if unknown:
        raise WorkerPartError(
            f"There is no background work named {unknown[0]!r}; take: {', '.join(entries)}."
        )
    return {name: entry.load() for name, entry in entries.items() if not names or name in names}


def _refuse_company(chosen: "Mapping[str, WorkerPart]") -> None:
    if len(chosen) > 1 and any(part.apart for part in chosen.values()):
        one_by_one = "; ".join(f"resume worker {name}" for name in chosen)
        raise WorkerPartError(
            "In production no module's code runs in a process that works for a service. "
            f"Start one process each: {one_by_one}."
        )
