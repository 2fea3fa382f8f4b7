"""``resume worker``: the background work of every installed service in one process.

A distribution names its module of jobs under the entry-point group ``digital_resume.jobs``: ``blueprint``
and, where its jobs need them, an async context manager ``resources(settings)``; see
``digital_resume.adapters.jobs``.
"""

import asyncio
import contextlib
import logging
import signal
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import procrastinate

    from digital_resume.settings import CommonSettings


def worker(
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="동시 작업 · jobs at the same time")] = 4,
) -> None:
    """작업자 · background work on every queue until told to stop."""
    from digital_resume.settings import CommonSettings

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run_worker(CommonSettings(), concurrency=concurrency))


async def run_worker(settings: "CommonSettings", *, concurrency: int = 4) -> None:
    """Work until cancelled."""
    from digital_resume.adapters.jobs import make_app, work
    from digital_resume.extensions import JOBS, declared

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # Its lines at INFO repeat every job's arguments.
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    blueprints: dict[str, procrastinate.Blueprint] = {}
    context: dict[str, Any] = {"settings": settings}
    async with contextlib.AsyncExitStack() as stack:
        for entry in declared(JOBS):
            module = entry.load()
            blueprints[entry.name] = module.blueprint
            if hasattr(module, "resources"):
                context |= await stack.enter_async_context(module.resources(settings))
        app = make_app(settings.database_url.get_secret_value(), blueprints=blueprints)
        await stack.enter_async_context(app.open_async())
        await work(app, context=context, concurrency=concurrency)
