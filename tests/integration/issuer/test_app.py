"""The issuer as one service: addresses, origins, limits, a database or chain that is away."""

from pathlib import Path

import pytest

from digital_resume.adapters.database import Database
from digital_resume.local.anvil import EmbeddedAnvil
from tests.integration.issuer.answers import assert_problem, assert_protocol_error, granted
from tests.integration.issuer.conftest import settings_for
from tests.integration.issuer.rig import Rig, Wallet, open_rig

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    "path",
    [
        "/i/nobody/did.json",
        "/.well-known/openid-credential-issuer/i/nobody",
        "/i/univ/offers/AAAAAAAAAAAAAAAAAAAAAA",
        "/i/univ/status/99",
        "/receipts/" + "0" * 64,
        "/nothing",
    ],
)
async def test_what_is_not_there_is_not_found(rig: Rig, path: str) -> None:
    assert_problem(await rig.http.get(path), 404, "not_found")


@pytest.mark.parametrize("path", ["/receipts/xyz", "/i/UNIV/did.json", "/i/univ/status/0"])
async def test_a_malformed_address_is_refused(rig: Rig, path: str) -> None:
    assert_problem(await rig.http.get(path), 422, "request_invalid")


async def test_wallets_of_other_origins_may_ask_and_the_signing_api_stays_closed(rig: Rig) -> None:
    origin = {"Origin": "http://localhost:8002"}
    opened = await rig.http.post("/i/univ/nonce", headers=origin)
    assert opened.headers["access-control-allow-origin"] == "*"
    preflight = await rig.http.options(
        "/i/univ/credential",
        headers={
            **origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )
    assert preflight.status_code == 200
    closed = await rig.http.get("/api/v1/records/x", headers=origin)
    assert "access-control-allow-origin" not in closed.headers


async def test_the_api_describes_itself(rig: Rig) -> None:
    document = (await rig.http.get("/openapi.json")).json()
    assert "/api/v1/records" in document["paths"]
    assert document["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"
    assert (await rig.http.get("/healthz")).json() == {"status": "ok"}


async def open_with(
    anvil: EmbeddedAnvil, database: str, deployments: Path, folder: Path, **settings: object
) -> Rig:
    """Open an issuer with a university and some limits."""
    rig = await open_rig(settings_for(anvil, database, deployments, folder, **settings), anvil)
    await rig.add_institutions("univ", accredited=False)
    return rig


async def test_one_address_gets_so_many_nonces_a_minute(
    anvil: EmbeddedAnvil, issuer_database: str, deployments: Path, tmp_path: Path
) -> None:
    rig = await open_with(anvil, issuer_database, deployments, tmp_path, public_requests_per_minute=5)
    origin = {"Origin": "http://localhost:8002"}
    answers = [await rig.http.post("/i/univ/nonce", headers=origin) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    refusal = answers[-1]
    assert refusal.json()["code"] == "rate_limited"
    assert int(refusal.headers["retry-after"]) >= 1
    assert refusal.headers["access-control-allow-origin"] == "*", "a wallet's page can read it"
    assert await rig.scalar("select count(*) from issuer.nonce") == 5
    # What else a wallet needs has a bucket of its own.
    assert (await rig.http.post("/i/univ/token", data={})).status_code == 400
    await rig.http.aclose()
    await rig.context.database.dispose()


async def test_the_limits_have_an_off_switch(
    anvil: EmbeddedAnvil, issuer_database: str, deployments: Path, tmp_path: Path
) -> None:
    limits = {"public_requests_per_minute": 1, "rate_limits": False}
    rig = await open_with(anvil, issuer_database, deployments, tmp_path, **limits)
    assert [(await rig.http.post("/i/univ/nonce")).status_code for _ in range(4)] == [200] * 4
    await rig.http.aclose()
    await rig.context.database.dispose()


async def test_a_database_that_is_away_is_a_clear_answer(rig: Rig) -> None:
    await rig.context.database.dispose()
    url = rig.context.database.engine.url
    away = Database(
        url.set(host="127.0.0.1", port=9, query={}).render_as_string(hide_password=False), pool_size=1
    )
    rig.context.database.engine, rig.context.database.sessions = away.engine, away.sessions
    answer = await rig.http.get("/i/univ/did.json")
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert (await rig.http.get("/healthz")).status_code == 503


async def test_an_issuer_without_its_chain_takes_records_and_signs_nothing(rig: Rig, wallet: Wallet) -> None:
    rig.settings.rpc_urls = ()
    rig.settings.deployments_file = None
    token = await granted(rig, wallet)
    waits = await wallet.credential(token, wallet.proof(await wallet.nonce()))
    assert_protocol_error(waits, 503, "temporarily_unavailable")
    assert await rig.scalar("select state from issuer.record") == "offered"
    answer = await rig.http.get("/receipts/" + "0" * 64)
    assert (answer.status_code, answer.json()["code"]) == (503, "source_unavailable")
