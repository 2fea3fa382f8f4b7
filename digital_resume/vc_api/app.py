"""The VC-API as an app: ``resume vc-api --port 9000``.

No database and no chain: what it issues is signed with keys of its own, what it verifies is decided from the
credential, DIDs and status lists. Nothing of a request is logged.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from digital_resume.core.errors import ResumeError
from digital_resume.core.ports import Clock, Fetcher
from digital_resume.vc_api.openapi import SCHEMAS
from digital_resume.vc_api.problems import KINDS, problem_response
from digital_resume.vc_api.requests import MAX_BODY_BYTES
from digital_resume.vc_api.routes import router
from digital_resume.vc_api.service import build_service
from digital_resume.vc_api.settings import VcApiSettings
from digital_resume.web import ContentSecurityPolicy, harden
from digital_resume.web.openapi import describe
from digital_resume.web.problems import install_problem_handlers
from digital_resume.web.request_limits import BodyLimits

log = logging.getLogger(__name__)


def create_app(
    settings: VcApiSettings | None = None, *, clock: Clock | None = None, fetcher: Fetcher | None = None
) -> FastAPI:
    """Make the VC-API; settings come from the environment unless handed in.

    Args:
        settings: what the environment says.
        clock: the system's when not given.
        fetcher: a guarded one when not given.
    """
    chosen = settings or VcApiSettings()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if chosen.seed_file is None:
            log.warning("시연용 · VC_API_SEED_FILE is not set: the keys end with this process.")
        yield
        service.foreign.close()

    service = build_service(chosen, clock=clock, fetcher=fetcher)
    app = FastAPI(
        title="VC-API of the verifiable digital resume",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        summary="Issue, verify and derive W3C credentials: the W3C CCG VC-API.",
    )
    app.state.service = service
    install_problem_handlers(app, kinds=KINDS, limits=BodyLimits(max_bytes=MAX_BODY_BYTES, nul=True))

    async def domain_error(_request: Request, error: Exception) -> Response:
        assert isinstance(error, ResumeError)
        return problem_response([error])

    app.add_exception_handler(ResumeError, domain_error)
    harden(app, url=chosen.public_url, policy=ContentSecurityPolicy())
    app.include_router(router)

    @app.get("/healthz", include_in_schema=False)
    async def health() -> dict[str, str]:
        """Tell that the service answers."""
        return {"status": "ok"}

    describe(app, extend=lambda document: document["components"]["schemas"].update(SCHEMAS))
    return app
