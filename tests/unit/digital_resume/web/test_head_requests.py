"""HEAD answers as GET does, without a body, and nothing is counted as fetched by it."""

import httpx
import pytest
from fastapi import FastAPI, Request

from digital_resume.web import ContentSecurityPolicy, harden
from scripts.demo.landing.app import create_landing
from scripts.demo.stack import Stack
from wallet.app import create_app as create_wallet
from wallet.settings import WalletSettings

URL = "http://localhost:8000"


def hardened() -> FastAPI:
    app = FastAPI()
    app.state.fetched = 0

    @app.get("/thing/{name}")
    async def thing(name: str, request: Request) -> dict[str, str]:
        app.state.fetched += not getattr(request.state, "head", False)
        return {"name": name}

    @app.post("/thing/{name}")
    async def change(name: str) -> None: ...

    harden(app, url=URL, policy=ContentSecurityPolicy())
    return app


async def ask(app: FastAPI, method: str, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
        return await client.request(method, path)


@pytest.mark.parametrize("path", ["/thing/a", "/openapi.json", "/nothing"])
async def test_a_head_answers_as_the_get(path: str) -> None:
    app = hardened()
    head, got = await ask(app, "HEAD", path), await ask(app, "GET", path)
    assert head.status_code == got.status_code
    assert head.content == b""
    assert dict(head.headers) == dict(got.headers)


async def test_a_head_fetches_nothing_and_changes_nothing() -> None:
    app = hardened()
    await ask(app, "HEAD", "/thing/a")
    assert app.state.fetched == 0
    await ask(app, "GET", "/thing/a")
    assert app.state.fetched == 1


@pytest.mark.parametrize("path", ["/", "/config.json", "/static/app.js", "/shared/base.css", "/healthz-not"])
async def test_the_wallets_pages_answer_a_head(path: str) -> None:
    settings = {"database_url": "postgresql://nobody@localhost:9/nothing"}
    app = create_wallet(WalletSettings.model_validate(settings))
    head, got = await ask(app, "HEAD", path), await ask(app, "GET", path)
    assert head.status_code == got.status_code == (404 if path == "/healthz-not" else 200)
    assert head.content == b""
    assert head.headers["content-length"] == got.headers["content-length"]


@pytest.mark.parametrize("path", ["/", "/institution", "/healthz"])
async def test_the_landing_page_answers_a_head(path: str) -> None:
    stack = Stack.__new__(Stack)  # nothing of it is asked here
    app = create_landing(stack, lambda: [], {}, URL)
    assert (await ask(app, "HEAD", path)).status_code == 200
