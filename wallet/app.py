"""The wallet server: the wallet's own pages, and the store of sealed shares.

Nothing that a seeker holds in the clear ever comes here: keys and credentials live in the browser, and a
share is ciphertext whose key stays in the link. ``resume serve wallet`` serves it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import SQLAlchemyError

from digital_resume.adapters.clock import SystemClock
from digital_resume.adapters.database import Database, DatabaseDep
from digital_resume.adapters.database.roles import check_own_role
from digital_resume.adapters.retention_clock import HOLD, ClockInDoubtError, RetentionClock
from digital_resume.web import ContentSecurityPolicy, harden, mount_pages, page_of
from digital_resume.web.openapi import describe
from digital_resume.web.problems import install_problem_handlers
from digital_resume.web.rate_limits import RateRule, add_rate_limits
from digital_resume.web.request_limits import BodyLimits
from wallet import routes as api
from wallet import shares
from wallet.errors import PROBLEM_KINDS
from wallet.models import retention_clock
from wallet.openings import OpeningsCounter
from wallet.settings import WalletSettings
from wallet.share_keys import ShareKeys

log = logging.getLogger(__name__)

WEB = Path(__file__).parent / "web"
_LIMITED = (RateRule("deposit", f"POST {api.PREFIX}", "share_deposits_per_minute"),)


def create_app(settings: WalletSettings | None = None) -> FastAPI:
    """Make the wallet server; settings come from the environment unless handed in."""
    settings = settings or WalletSettings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(check_own_role, settings, settings.database_url.get_secret_value(), "wallet")
        database = Database.from_settings(settings)
        counter = OpeningsCounter(database)
        app.state.database = database
        app.state.openings = counter
        app.state.share_keys = keys = ShareKeys(settings.keys_file())
        await _check_keys(database, keys)
        clock = RetentionClock(retention_clock, SystemClock())
        tasks = [
            asyncio.create_task(_every(settings.openings_flush_seconds, counter.flush)),
            asyncio.create_task(
                _every(settings.sweep_seconds, lambda: _sweep(database, settings, clock, keys))
            ),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            with suppress(SQLAlchemyError):
                await counter.flush()
            await database.dispose()
            keys.close()

    app = FastAPI(
        title="Wallet server",
        summary="Sealed shares of digital resumes; the server can open none of them.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.share_bounds = shares.ShareBounds(
        settings.share_min_days, settings.share_max_days, settings.share_clock_slack_seconds
    )
    app.state.stored_bytes = shares.StoredBytes(settings.share_total_bytes)
    catalogue = install_problem_handlers(
        app, kinds=PROBLEM_KINDS, limits=BodyLimits(max_bytes=4_096, by_prefix={api.PREFIX: api.MAX_BODY})
    )
    app.include_router(api.router)
    add_rate_limits(app, "wallet", _LIMITED, settings=settings, catalogue=catalogue)
    # The last added is the outermost: headers and openness reach refusals too.
    app.add_middleware(api.OpenFetch)
    harden(
        app,
        url=settings.wallet_url,
        policy=ContentSecurityPolicy(
            connect=(settings.issuer_origin(),), wasm=True, trusted_types=("wallet-worker",)
        ),
    )
    _add_pages(app, settings)
    describe(app)
    return app


def _add_pages(app: FastAPI, settings: WalletSettings) -> None:
    configuration: dict[str, Any] = {
        "issuerUrl": settings.issuer_url,
        "verifierUrl": settings.verifier_url,
        "credentialIssuers": settings.credential_issuers(),
        "identityUrl": settings.wallet_identity_url,
        "language": settings.wallet_language,
        "demonstration": settings.demonstration,
        "maxDays": settings.share_max_days,
    }

    @app.get("/", include_in_schema=False)
    @app.get("/#{rest:path}", include_in_schema=False)
    async def page(request: Request, rest: str = "") -> Response:  # noqa: ARG001  # the page reads its address
        """Serve the wallet; also where a mail gateway has written the # of an offer's link as %23."""
        return await page_of(WEB / "index.html", request)

    @app.get("/config.json", include_in_schema=False)
    async def config() -> JSONResponse:
        """Return what the page must know: addresses, institutions to ask, language, longest share."""
        return JSONResponse(configuration, headers={"cache-control": "no-cache"})

    @app.get("/healthz", include_in_schema=False)
    async def health(database: DatabaseDep) -> Response:
        """Tell whether the database answers; 503 when it does not."""
        try:
            await database.ping()
        except SQLAlchemyError:
            return JSONResponse({"status": "unavailable"}, status_code=503)
        return JSONResponse({"status": "ok"})

    mount_pages(app, WEB)


async def _every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Do periodic work; a database that is away delays it and does not end it."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await work()
        except SQLAlchemyError as error:
            log.warning("Periodic work waits for the database (%s).", type(error).__name__)


async def _check_keys(database: Database, keys: ShareKeys) -> None:
    """Refuse to start on another file of keys, if the database answers."""
    try:
        async with database.sessions() as session:
            newest = await shares.newest_slot(session)
    except SQLAlchemyError as error:
        log.warning("The shares' keys could not be compared with the database (%s).", type(error).__name__)
        return
    keys.check(newest)


async def _sweep(
    database: Database, settings: WalletSettings, clock: RetentionClock, keys: ShareKeys
) -> None:
    try:
        async with database.sessions.begin() as session:
            now = await clock.moment(session) - HOLD
    except ClockInDoubtError as error:
        log.warning("Nothing is erased now (%s): %s", error.code, error.message)
        return
    while True:
        async with database.sessions.begin() as session:
            changed = await shares.sweep(session, now, settings.tombstone_days, keys)
        if not shares.sweep_is_full(changed):
            return
