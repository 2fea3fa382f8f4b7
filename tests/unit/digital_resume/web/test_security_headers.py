"""Every answer carries what protects it; what only a page can break goes with pages."""

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import HTMLResponse, JSONResponse, Response

from digital_resume.web import ContentSecurityPolicy, SecurityHeaders

EVERYWHERE = {
    "content-security-policy",
    "referrer-policy",
    "x-content-type-options",
    "strict-transport-security",
}
PAGES_ONLY = {"permissions-policy", "cross-origin-opener-policy"}


@pytest.mark.parametrize(
    ("made", "page"),
    [
        (HTMLResponse("<!doctype html>"), True),
        (Response("no type"), True),
        (JSONResponse({}), False),
        (Response("", media_type="text/javascript"), False),
    ],
    ids=["page", "untyped", "json", "script"],
)
async def test_an_answer_carries_what_protects_it(made: Response, page: bool) -> None:
    app = FastAPI()
    app.add_middleware(SecurityHeaders, policy=ContentSecurityPolicy())

    @app.get("/")
    async def answer() -> Response:
        return made

    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        headers = set((await client.get("/")).headers)
    assert headers >= EVERYWHERE
    assert (headers & PAGES_ONLY) == (PAGES_ONLY if page else set())
