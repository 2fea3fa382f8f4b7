"""``resume worker``: every service's background work in one process.

A service brings ``<service>/jobs.py`` with ``blueprint`` and, where its jobs need them, an async
context manager ``resources(settings)``; see ``digital_resume.adapters.jobs``.
"""

import contextlib
import importlib
import importlib.util
import logging
from pathlib import Path
from typing import Any

import procrastinate

from digital_resume.adapters.jobs import make_app, work
from digital_resume.settings import CommonSettings

ROOT = Path(__file__).resolve().parents[2]


def job_modules() -> dict[str, str]:
    """Return the modules with background work by namespace."""
    found = {
        service: f"{service}.jobs"
        for service in ("issuer", "wallet", "verifier")
        if (ROOT / service / "jobs.py").is_file()
    }
    for path in sorted((ROOT / "plugins").glob("*/jobs.py")):
        found[f"plugin_{path.parent.name}"] = f"plugins.{path.parent.name}.jobs"
    return found


async def run_worker(settings: CommonSettings, *, concurrency: int = 4) -> None:
    """Work until cancelled."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # Its lines at INFO repeat every job's arguments.
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    blueprints: dict[str, procrastinate.Blueprint] = {}
    context: dict[str, Any] = {"settings": settings}
    async with contextlib.AsyncExitStack() as stack:
        for namespace, name in job_modules().items():
            module = importlib.import_module(name)
            blueprints[namespace] = module.blueprint
            if hasattr(module, "resources"):
                context |= await stack.enter_async_context(module.resources(settings))
        app = make_app(settings.database_url.get_secret_value(), blueprints=blueprints)
        await stack.enter_async_context(app.open_async())
        await work(app, context=context, concurrency=concurrency)
