"""Strangers who deposit too much are refused, and nothing more is stored."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.integration.wallet.test_routes import SHARES, Maker, refused
from wallet.app import create_app
from wallet.settings import WalletSettings

pytestmark = pytest.mark.integration

MIB = 2**20


@asynccontextmanager
async def wallet_server(database_url: str, **settings: object) -> AsyncIterator[httpx.AsyncClient]:
    """Open a wallet server with some limits."""
    app = create_app(WalletSettings.model_validate({"database_url": database_url, **settings}))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8002") as client:
            yield client


async def test_one_address_deposits_so_many_shares_a_minute(database_url: str, data_dir: Path) -> None:
    async with wallet_server(database_url, data_dir=data_dir, share_deposits_per_minute=3) as client:
        made = Maker()
        for _ in range(3):
            assert (await client.post(SHARES, json=made.body)).status_code == 201
        answer = await client.post(SHARES, json=Maker().body)
        refused(answer, 429, "rate_limited")
        assert int(answer.headers["retry-after"]) >= 1
        # Whoever has a link can still open it, and its maker can stop it.
        assert (await client.get(made.path)).status_code == 200
        assert (await client.delete(made.path, headers=made.auth)).status_code == 204


async def test_a_full_store_takes_no_further_share_but_answers_repeats(
    database_url: str, data_dir: Path
) -> None:
    limits = {"share_total_bytes": MIB, "share_deposits_per_minute": 1_000}
    async with wallet_server(database_url, data_dir=data_dir, **limits) as client:
        makers = [Maker(blocks=60) for _ in range(6)]
        answers = [await client.post(SHARES, json=maker.body) for maker in makers]
        stored = [answer.status_code for answer in answers].count(201)
        assert 0 < stored < 6
        refused(answers[-1], 507, "share_store_full")
        refused(await client.get(makers[-1].path), 404, "share_unknown")
        first = makers[0]
        assert (await client.post(SHARES, json=first.body)).status_code == 201, "a lost answer is repeated"
        for maker in makers[:stored]:
            assert (await client.delete(maker.path, headers=maker.auth)).status_code == 204
    async with wallet_server(database_url, data_dir=data_dir, **limits) as client:
        assert (await client.post(SHARES, json=makers[-1].body)).status_code == 201
