"""The host of modules: ``resume serve modules``, on ``MODULES_URL``.

Each module that ``discovery`` finds is wired below its own path, with its own schema and keys.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from digital_resume.adapters.database import Database
from digital_resume.modules.api import Plugin, PluginContext
from digital_resume.settings import CommonSettings
from digital_resume.web import ContentSecurityPolicy, harden, mount_pages, page_of
from digital_resume.web.hosting import RevalidatedFiles
from digital_resume.web.openapi import describe
from digital_resume.web.problems import install_problem_handlers, problem_kinds
from digital_resume.web.rate_limits import RateRule, add_rate_limits
from digital_resume.web.request_limits import BodyLimits
from plugins.host.contexts import OpenModules
from plugins.host.discovery import discover

log = logging.getLogger(__name__)

WEB = Path(__file__).parent / "web"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_DOWN: Final[dict[str, Any]] = {
    "description": "A database does not answer",
    "content": {"application/json": {"example": {"status": "down"}}},
}
_PROBLEMS = problem_kinds(
    ("issuer_refused", 502),
    ("issuer_key_missing", 503),
)


def create_app(settings: CommonSettings | None = None, plugins: tuple[Plugin, ...] | None = None) -> FastAPI:
    """Make the host's app.

    Args:
        settings: the environment's when not given.
        plugins: the modules; all that are found when not given.
    """
    chosen = settings or CommonSettings()
    modules = discover(catalog=chosen.load_catalog()) if plugins is None else plugins
    database = Database.from_settings(chosen, pool_size=1)
    opened = OpenModules(chosen, modules)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(opened.check_roles)
        try:
            yield
        finally:
            await opened.close()
            await database.dispose()

    app = FastAPI(
        title="Verifiable digital resume: modules",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.databases = (database, *opened.databases)
    app.state.plugins = modules
    catalogue = install_problem_handlers(
        app,
        kinds={**_PROBLEMS, **{code: kind for plugin in modules for code, kind in plugin.problems.items()}},
        limits=BodyLimits(
            max_bytes=16_384, by_prefix={f"/{plugin.name}/": plugin.max_body for plugin in modules}
        ),
    )
    for plugin in modules:
        _wire(app, plugin, opened.contexts[plugin.name])
    add_rate_limits(app, "modules", tuple(_limited(app)), settings=chosen, catalogue=catalogue)
    harden(app, url=chosen.modules_url, policy=ContentSecurityPolicy())
    _add_own_routes(app, modules, chosen)
    mount_pages(app, WEB)
    describe(app)
    return app


def _limited(app: FastAPI) -> Iterator[RateRule]:
    """Yield a rule for every route of a module that changes something: a module's author can forget none."""
    for route in iter_route_contexts(app.routes):
        for method in sorted((getattr(route, "methods", None) or set()) - _SAFE_METHODS):
            yield RateRule(f"{method} {route.path}", f"{method} {route.path}", "module_requests_per_minute")


def _wire(app: FastAPI, plugin: Plugin, context: PluginContext) -> None:
    app.include_router(plugin.router(context), prefix=f"/{plugin.name}", tags=[plugin.name])
    pages = plugin.pages
    if pages is None:
        return
    app.mount(f"/{plugin.name}/static", RevalidatedFiles(directory=pages), name=f"{plugin.name}-static")

    @app.get(f"/{plugin.name}/", include_in_schema=False, name=f"{plugin.name}-page")
    async def page(request: Request) -> Response:
        """Serve the module's page."""
        return await page_of(pages / "index.html", request)


def _add_own_routes(app: FastAPI, modules: tuple[Plugin, ...], settings: CommonSettings) -> None:
    @app.get("/", include_in_schema=False)
    async def page(request: Request) -> Response:
        """Serve the list of modules."""
        return await page_of(WEB / "index.html", request)

    @app.get("/config.json", include_in_schema=False)
    async def config() -> JSONResponse:
        """Return what the page must know: the modules, their titles and types."""
        described = [
            {
                "name": plugin.name,
                "title": dict(plugin.title),
                "page": f"/{plugin.name}/" if plugin.pages else None,
                "credentialTypes": list(plugin.credential_types),
            }
            for plugin in modules
        ]
        return JSONResponse({"demonstration": settings.demonstration, "modules": described})

    @app.get("/healthz", summary="What works", responses={503: _DOWN})
    async def healthz() -> JSONResponse:
        databases: tuple[Database, ...] = app.state.databases
        try:
            await asyncio.wait_for(asyncio.gather(*(database.ping() for database in databases)), 4)
        except (SQLAlchemyError, TimeoutError):
            return JSONResponse({"status": "down"}, status_code=503)
        return JSONResponse({"status": "ok", "modules": [plugin.name for plugin in modules]})
