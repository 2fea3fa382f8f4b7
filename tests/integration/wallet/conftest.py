"""A wallet server in this process, on a database of the test module's own."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from tests.integration.databases import Databases
from wallet.app import create_app
from wallet.settings import WalletSettings


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
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8002") as made:
        yield made
