"""Serving of the browser files: a service's own, the shared ones and those of third parties."""

from pathlib import Path

from fastapi import FastAPI, Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from digital_resume.web.compression import encoded

SHARED = Path(__file__).parent / "static"
VENDOR = Path(__file__).parent / "vendor"
FONTS = Path(__file__).parent / "fonts"


class RevalidatedFiles(StaticFiles):
    """Static files that a browser may keep but must ask about, so that a new release shows at once."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file with ``Cache-Control: no-cache`` (an unchanged one answers 304)."""
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "no-cache"
        return await encoded(response, scope)


class KeptFiles(StaticFiles):
    """Third-party files, pinned by digest at set-up: a day in the browser's cache."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file with a day of caching."""
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "public, max-age=86400"
        return await encoded(response, scope)


async def page_of(path: Path, request: Request) -> Response:
    """Return a page, compressed where its reader takes that; asked about at every visit, like its files."""
    return await encoded(FileResponse(path, headers={"cache-control": "no-cache"}), request.scope)


def mount_pages(app: FastAPI, own: Path) -> None:
    """Mount browser files: a service's own, the shared, fonts (``/fonts``) and third parties' (``/vendor``).

    Args:
        app: the service.
        own: folder of the service's own browser files.
    """
    app.mount("/static", RevalidatedFiles(directory=own), name="static")
    mount_shared(app)


def mount_shared(app: FastAPI) -> None:
    """Mount the shared browser files and those of third parties; more than once does nothing."""
    if any(getattr(route, "name", None) == "shared" for route in app.routes):
        return
    app.mount("/shared", RevalidatedFiles(directory=SHARED), name="shared")
    app.mount("/fonts", RevalidatedFiles(directory=FONTS, check_dir=False), name="fonts")
    app.mount("/vendor", KeptFiles(directory=VENDOR, check_dir=False), name="vendor")
