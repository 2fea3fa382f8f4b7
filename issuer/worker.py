"""The issuer's worker as a process of its own: ``python -m issuer.worker``.

``resume worker`` runs the jobs of every service in one process; this runs the issuer's alone. Any number
of either may run, on any number of machines: one of them at a time owns the nonces.
"""

import asyncio
import logging
import signal
import sys
from contextlib import suppress

from digital_resume.adapters.jobs import make_app, work
from digital_resume.settings import settings_problem
from issuer.jobs import blueprint, resources
from issuer.settings import IssuerSettings


async def run(settings: IssuerSettings) -> None:
    """Work until cancelled."""
    app = make_app(settings.database_url.get_secret_value(), blueprints={"issuer": blueprint})
    async with app.open_async(), resources(settings) as context:
        await work(app, context={"settings": settings, **context}, concurrency=2)


async def _until_signalled(settings: IssuerSettings) -> None:
    working = asyncio.create_task(run(settings))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, working.cancel)
    with suppress(asyncio.CancelledError):
        await working


def main() -> None:
    """Run the worker until it is told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # Its lines at INFO repeat every job's arguments.
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    try:
        settings = IssuerSettings()
    except ValueError as error:
        sys.exit(f"✘ {settings_problem(error)}")
    asyncio.run(_until_signalled(settings))


if __name__ == "__main__":
    main()
