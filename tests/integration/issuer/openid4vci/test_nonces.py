"""``c_nonce``: good once, for a while, at its institution; so many unused ones and no more."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from digital_resume.local.anvil import EmbeddedAnvil
from tests.integration.issuer.answers import assert_protocol_error, granted
from tests.integration.issuer.conftest import settings_for
from tests.integration.issuer.rig import Rig, Wallet, open_rig

pytestmark = pytest.mark.integration


async def test_a_proof_with_a_used_nonce_is_refused(rig: Rig, wallet: Wallet) -> None:
    token = await granted(rig, wallet)
    other = await granted(rig, wallet)
    nonce = await wallet.nonce()
    assert (await wallet.credential(other, wallet.proof(nonce))).status_code == 200
    before = await rig.state()
    assert_protocol_error(await wallet.credential(token, wallet.proof(nonce)), 400, "invalid_nonce")
    assert await rig.state() == before


async def test_a_proof_with_an_old_nonce_is_refused(rig: Rig, wallet: Wallet) -> None:
    token, nonce = await granted(rig, wallet), await wallet.nonce()
    rig.clock.ahead = timedelta(seconds=rig.settings.nonce_seconds + 1)
    before = await rig.state()
    assert_protocol_error(await wallet.credential(token, wallet.proof(nonce)), 400, "invalid_nonce")
    assert await rig.state() == before


async def test_a_nonce_is_good_for_one_of_two_simultaneous_proofs(rig: Rig, wallet: Wallet) -> None:
    tokens = [await granted(rig, wallet) for _ in range(4)]
    nonce = await wallet.nonce()
    answers = await asyncio.gather(*(wallet.credential(token, wallet.proof(nonce)) for token in tokens))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]


async def test_a_nonce_of_another_institution_is_refused(rig: Rig, wallet: Wallet) -> None:
    await rig.add_institutions("mobile-id", accredited=False)
    token, nonce = await granted(rig, wallet), await wallet.nonce("mobile-id")
    assert_protocol_error(await wallet.credential(token, wallet.proof(nonce)), 400, "invalid_nonce")


async def open_with(
    anvil: EmbeddedAnvil, database: str, deployments: Path, folder: Path, **settings: object
) -> Rig:
    """Open an issuer with a university and some limits."""
    rig = await open_rig(settings_for(anvil, database, deployments, folder, **settings), anvil)
    await rig.add_institutions("univ", accredited=False)
    return rig


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
