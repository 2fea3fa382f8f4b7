"""The verifier: the page an employer opens by scanning a QR, and the API behind it.

``resume serve verifier`` serves it. Everything is wired here: settings, the checked copies
of status lists, the chain, the pipeline and the pages. What was presented stays in memory for one
request and is never logged.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.responses import Response

from digital_resume.adapters.chain.roles import check_chain_at_start
from digital_resume.adapters.clock import SystemClock
from digital_resume.adapters.database.roles import check_own_role
from digital_resume.adapters.retention_clock import ClockInDoubtError, RetentionClock
from digital_resume.web import ContentSecurityPolicy, harden, mount_pages, page_of
from digital_resume.web.client_address import Proxies
from digital_resume.web.openapi import describe
from digital_resume.web.problems import install_problem_handlers
from digital_resume.web.rate_limits import RateRule, add_rate_limits
from digital_resume.web.request_limits import BodyLimits
from verifier.connections import Connections, open_connections
from verifier.models import retention_clock
from verifier.openapi import SCHEMAS
from verifier.routes import PROBLEMS, router
from verifier.settings import VerifierSettings
from verifier.verification import VerificationService

log = logging.getLogger(__name__)

_PRUNE_SECONDS = 3_600.0
WEB = Path(__file__).parent / "web"
_LIMITED = (RateRule("verify", "POST /api/v1/verifications", "verifications_per_minute"),)


def create_app(settings: VerifierSettings | None = None, connections: Connections | None = None) -> FastAPI:
    """Make the verifier's app.

    Args:
        settings: the environment's when not given.
        connections: what verdicts rest on; opened from the settings, on the system clock, when not given.
    """
    chosen = settings or VerifierSettings()
    opened = connections or open_connections(chosen, SystemClock())

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(check_chain_at_start, chosen)
        await asyncio.to_thread(check_own_role, chosen, chosen.database_url.get_secret_value(), "verifier")
        if opened.index is not None:
            opened.index.start()
        kept_for = timedelta(days=chosen.status_history_days)
        refreshing = asyncio.create_task(_keep_fresh(opened, chosen.status_refresh_seconds, kept_for))
        try:
            yield
        finally:
            refreshing.cancel()
            opened.copies.changed.set()  # lets the waiting thread go
            with contextlib.suppress(asyncio.CancelledError):
                await refreshing
            app.state.verification.close()
            opened.close()

    app = FastAPI(
        title="Verifiable digital resume: verifier",
        version="1",
        summary="Verifies a digital resume and answers with one verdict and every check behind it.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.settings = chosen
    app.state.connections = opened
    app.state.verification = VerificationService(opened, chosen)
    app.state.proxies = Proxies.of(chosen.trusted_proxy_hops, chosen.trusted_proxies)
    catalogue = install_problem_handlers(
        app,
        kinds=PROBLEMS,
        # A presentation nests a credential, its subject, lists of rows: well under this depth.
        limits=BodyLimits(
            max_bytes=65_536,
            by_prefix={"/api/v1/verifications": chosen.max_presentation_bytes},
            max_depth=32,
            seconds=20,
        ),
    )
    app.include_router(router)
    add_rate_limits(app, "verifier", _LIMITED, settings=chosen, catalogue=catalogue)
    harden(
        app,
        url=chosen.verifier_url,
        policy=ContentSecurityPolicy(connect=(chosen.wallet_url,), wasm=True, camera=True),
    )
    mount_pages(app, WEB)

    @app.get("/", include_in_schema=False)
    @app.get("/v/{share_id:path}", include_in_schema=False)
    async def page(request: Request, share_id: str = "") -> Response:  # noqa: ARG001  # the page reads its address
        """Serve the verify page: empty, or for the share of a link."""
        return await page_of(WEB / "index.html", request)

    describe(app, extend=lambda document: document["components"]["schemas"].update(SCHEMAS))
    return app


async def _keep_fresh(connections: Connections, pause: float, kept_for: timedelta) -> None:
    """Bring the known status lists up to date, again and again; no failure ends it."""
    pruned = float("-inf")
    retention = RetentionClock(retention_clock, connections.clock)
    while True:
        try:
            await asyncio.to_thread(connections.copies.refresh_known)
            if time.monotonic() - pruned > _PRUNE_SECONDS:
                await asyncio.to_thread(connections.store.prune_history, retention, kept_for)
                pruned = time.monotonic()
        except ClockInDoubtError as error:
            log.warning("Nothing is forgotten now (%s): %s", error.code, error.message)
        except Exception:
            log.exception("A round over the status lists failed; the next one follows.")
        # A verification that met a new root wakes the round: one root covers every list.
        await asyncio.to_thread(connections.copies.changed.wait, pause)
