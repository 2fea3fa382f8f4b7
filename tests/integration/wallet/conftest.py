"""A wallet server in this process, on a database of the test module's own, and its page in Chromium."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, expect, sync_playwright

from digital_resume.local.host import free_port
from scripts.setup_steps import place_web_files
from tests.e2e.browsers import launch
from tests.fakes.openid4vci_server import OpenId4VciServer
from tests.integration.databases import Databases
from tests.integration.serving import serve
from tests.integration.wallet.stage import DEGREE, IDENTITY, NAMES, SCORE, Stage
from tests.openapi import hold_to_wallets
from wallet.app import create_app
from wallet.settings import WalletSettings

# A machine that runs everything at once is slow; what never comes still fails.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the shares' keys: of the module, as its database is."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def database_url(databases: Databases) -> Iterator[str]:
    """Give a test module a database with the wallet's schema."""
    with databases.new("wallet") as url:
        yield url


@pytest.fixture
async def app(database_url: str, data_dir: Path) -> AsyncIterator[FastAPI]:
    settings = WalletSettings(
        database_url=database_url,  # type: ignore[arg-type]  # pydantic makes the secret
        openings_flush_seconds=0.05,
        sweep_seconds=3600,
        data_dir=data_dir,
    )
    made = create_app(settings)
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport,
        base_url="http://localhost:8002",
        event_hooks={"response": [hold_to_wallets]},
    ) as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    place_web_files()
    with sync_playwright() as playwright:
        started = launch(playwright)
        yield started
        started.close()


@pytest.fixture
def make_stage(database_url: str, browser: Browser, data_dir: Path) -> Iterator[Callable[..., Stage]]:
    issuer_port, wallet_port = free_port(), free_port()
    institutions = OpenId4VciServer(f"http://localhost:{issuer_port}", NAMES, [IDENTITY, DEGREE, SCORE])
    url = f"http://localhost:{wallet_port}"
    settings = WalletSettings(
        database_url=database_url,  # type: ignore[arg-type]  # pydantic makes the secret
        issuer_url=institutions.base,
        wallet_url=url,
        data_dir=data_dir,
        wallet_identity_url="https://id.example/start",
        wallet_credential_issuers="saebyeok,nuri",  # type: ignore[arg-type]  # as the environment gives it
    )
    contexts = []

    def make(*, width: int = 1280, locale: str = "ko-KR", **options: Any) -> Stage:
        context = browser.new_context(
            viewport={"width": width, "height": 780},
            locale=locale,
            permissions=["clipboard-read", "clipboard-write"],
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        stage = Stage(url, institutions, page)
        page.on("pageerror", lambda error: stage.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: stage.complaints.append(message.text) if message.type == "error" else None,
        )
        return stage

    with serve(institutions.app, issuer_port), serve(create_app(settings), wallet_port):
        yield make
        for context in contexts:
            context.close()
