"""Strangers who ask for too much are refused, and nothing they ask for is stored."""

from pathlib import Path

import pytest

from digital_resume.local.anvil import EmbeddedAnvil
from tests.integration.issuer.conftest import settings_for
from tests.integration.issuer.rig import Rig, Wallet, open_rig

pytestmark = pytest.mark.integration


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


async def test_an_institution_keeps_so_many_unused_nonces(
    anvil: EmbeddedAnvil, issuer_database: str, deployments: Path, tmp_path: Path
) -> None:
    rig = await open_with(anvil, issuer_database, deployments, tmp_path, live_nonces=10)
    await rig.add_institutions("mobile-id", accredited=False)
    nonces = [await Wallet(rig).nonce() for _ in range(10)]
    refusal = await rig.http.post("/i/univ/nonce")
    assert (refusal.status_code, refusal.json()["code"]) == (429, "rate_limited")
    assert refusal.headers["retry-after"]
    assert await rig.scalar("select count(*) from issuer.nonce") == 10
    assert (await rig.http.post("/i/mobile-id/nonce")).status_code == 200, "another institution's own"

    # Used or expired ones make room, as soon as they are counted again.
    from issuer.openid4vci.nonces import consume_nonce

    institution = await rig.scalar("select id from issuer.institution where slug = 'univ'")
    assert await consume_nonce(rig.context, institution, nonces[0])
    rig.context.live_nonces.clear()
    assert (await rig.http.post("/i/univ/nonce")).status_code == 200
    assert (await rig.http.post("/i/univ/nonce")).status_code == 429
    await rig.http.aclose()
    await rig.context.database.dispose()
