"""The issuer's worker that kills itself (SIGKILL) at a step: ``python -m tests.fakes.dying_worker STEP``.

Everything but that is the real worker: what it holds in memory is gone, and no handler runs.
"""

import asyncio
import logging
import os
import signal
import sys

from digital_resume.adapters.jobs import make_app, work
from issuer.jobs import blueprint, resources
from issuer.settings import IssuerSettings


async def run(settings: IssuerSettings, last_step: str) -> None:
    """Work until ``last_step`` was stored."""

    def die(step: str) -> None:
        if step == last_step:
            os.kill(os.getpid(), signal.SIGKILL)

    app = make_app(settings.database_url.get_secret_value(), blueprints={"issuer": blueprint})
    async with app.open_async(), resources(settings) as context:
        extra = {"settings": settings, **context, "issuer_on_step": die}
        await work(app, context=extra, concurrency=2)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    asyncio.run(run(IssuerSettings(), sys.argv[1]))
