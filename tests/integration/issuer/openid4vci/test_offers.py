"""Offers: of two for one record the newest is good; one for an issued record supersedes its credential."""

import asyncio

from tests.integration.issuer.answers import assert_problem, assert_protocol_error
from tests.integration.issuer.rig import Rig, Wallet


async def test_an_issued_record_gets_an_offer_again(rig: Rig, wallet: Wallet) -> None:
    record, made = await rig.offered()
    await wallet.claim(made["offer"], made["txCode"])
    first = (await rig.http.get(f"/api/v1/records/{record}", headers=rig.api_key())).json()
    again = await rig.http.post(f"/api/v1/records/{record}/offers", headers=rig.api_key())
    assert again.status_code == 201, again.text
    status = await rig.http.get(f"/api/v1/credentials/{first['credentialId']}", headers=rig.api_key())
    assert status.json()["status"] == "valid", "an offer that nobody takes changes nothing"
    await Wallet(rig).claim(again.json()["offer"], again.json()["txCode"])
    status = await rig.http.get(f"/api/v1/credentials/{first['credentialId']}", headers=rig.api_key())
    assert status.json()["status"] == "superseded"
    second = (await rig.http.get(f"/api/v1/records/{record}", headers=rig.api_key())).json()
    assert second["credentialId"] != first["credentialId"]


async def test_a_record_whose_credential_is_not_in_force_gets_no_further_offer(
    rig: Rig, wallet: Wallet
) -> None:
    record, made = await rig.offered()
    await wallet.claim(made["offer"], made["txCode"])
    view = (await rig.http.get(f"/api/v1/records/{record}", headers=rig.api_key())).json()
    revoked = await rig.http.post(
        f"/api/v1/credentials/{view['credentialId']}/status",
        json={"status": "revoked"},
        headers=rig.api_key(),
    )
    assert revoked.status_code == 200, revoked.text
    before = await rig.state()
    answer = await rig.http.post(f"/api/v1/records/{record}/offers", headers=rig.api_key())
    assert_problem(answer, 409, "record_already_issued")
    assert await rig.state() == before


async def test_an_older_offer_ends_with_a_newer_one(rig: Rig, wallet: Wallet) -> None:
    record, old = await rig.offered()
    new = (await rig.http.post(f"/api/v1/records/{record}/offers", headers=rig.api_key())).json()
    assert_protocol_error(await wallet.token(old["offer"], old["txCode"]), 400, "invalid_grant")
    assert (await wallet.token(new["offer"], new["txCode"])).status_code == 200


async def test_a_newer_offer_ends_an_older_one_that_was_redeemed(rig: Rig, wallet: Wallet) -> None:
    record, old = await rig.offered()
    token = (await wallet.token(old["offer"], old["txCode"])).json()["access_token"]
    new = (await rig.http.post(f"/api/v1/records/{record}/offers", headers=rig.api_key())).json()
    before = await rig.state()
    refused = await wallet.credential(token, wallet.proof(await wallet.nonce()))
    assert_protocol_error(refused, 401, "invalid_token")
    assert await rig.state() == before
    assert (await Wallet(rig).claim(new["offer"], new["txCode"]))["credentials"]


async def test_a_redemption_and_a_newer_offer_do_not_block_one_another(rig: Rig, wallet: Wallet) -> None:
    for _ in range(10):
        record, old = await rig.offered()
        redeemed, offered = await asyncio.gather(
            wallet.token(old["offer"], old["txCode"]),
            rig.http.post(f"/api/v1/records/{record}/offers", headers=rig.api_key()),
        )
        assert redeemed.status_code in {200, 400}
        assert offered.status_code == 201
        assert await rig.scalar("select count(*) from issuer.access_token") == 0


async def test_of_a_claim_and_a_newer_offer_at_the_same_moment_one_wins(rig: Rig, wallet: Wallet) -> None:
    for _ in range(5):
        record, old = await rig.offered()
        token = (await wallet.token(old["offer"], old["txCode"])).json()["access_token"]
        proof = wallet.proof(await wallet.nonce())
        claimed, offered = await asyncio.gather(
            wallet.credential(token, proof),
            rig.http.post(f"/api/v1/records/{record}/offers", headers=rig.api_key()),
        )
        # The claim came first and the offer is one to claim again, or the newer offer took the token away.
        assert (claimed.status_code, offered.status_code) in {(200, 201), (401, 201)}
