"""What is over is erased, however much of it there is."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from issuer.retention import AT_ONCE, erase_expired
from tests.integration.issuer.rig import Rig, Wallet
from tests.integration.issuer.signing_api.test_corrections import BETTER, amend, claimed, withdraw


async def test_what_is_over_is_swept(rig: Rig, wallet: Wallet) -> None:
    _, made = await rig.offered()
    await wallet.claim(made["offer"], made["txCode"])
    await wallet.nonce()
    rig.clock.ahead = timedelta(days=2)
    await erase_expired(rig.context, rig.clock.now())
    for table in ("nonce", "access_token", "offer", "idempotent_answer"):
        assert await rig.scalar(f"select count(*) from issuer.{table}") == 0
    kept = "select count(*) from issuer.credential where encrypted_delivery is not null"
    assert await rig.scalar(kept) == 0
    assert await rig.scalar("select count(*) from issuer.credential") == 1


async def test_a_record_that_nobody_claims_is_erased_when_its_retention_ends(
    rig: Rig, wallet: Wallet
) -> None:
    _, made = await rig.offered()
    await wallet.claim(made["offer"], made["txCode"])
    _, unclaimed = await rig.offered()
    record = (await rig.post_record()).json()["recordId"]
    rig.clock.ahead = timedelta(days=rig.settings.record_retention_days)
    await erase_expired(rig.context, rig.clock.now())
    assert await rig.scalar("select count(*) from issuer.record") == 3
    rig.clock.ahead = timedelta(days=rig.settings.record_retention_days + 1, hours=1)
    await erase_expired(rig.context, rig.clock.now())
    assert await rig.scalar("select string_agg(state, ' ') from issuer.record") == "issued"
    assert await rig.scalar("select count(*) from issuer.offer") == 0
    assert await rig.scalar("select count(*) from issuer.audit_event where action = 'record.expired'") == 2
    answer = await rig.http.get(f"/api/v1/records/{record}", headers=rig.api_key())
    assert answer.status_code == 404
    kept = "select count(*) from issuer.record where encrypted_claims is not null or blind_index is not null"
    assert await rig.scalar(kept) == 0, (
        "what the issued one said went with its retention, counted from the claim"
    )
    refused = await wallet.token(unclaimed["offer"], unclaimed["txCode"])
    assert refused.json()["error"] == "invalid_grant"


async def test_the_audit_log_ends_after_its_retention_however_long_it_is(rig: Rig) -> None:
    many = f"""insert into issuer.audit_event (at, actor, action, subject, detail)
        select now() - interval '1000 days', 'worker', 'test', '', '{{}}'
        from generate_series(1, {AT_ONCE * 2})"""
    async with rig.context.database.sessions.begin() as session:
        await session.execute(text(many))
    old = "select count(*) from issuer.audit_event where action = 'test'"
    await erase_expired(rig.context, rig.clock.now())
    assert await rig.scalar(old) == AT_ONCE * 2
    rig.clock.ahead = timedelta(days=rig.settings.audit_retention_days - 999)
    await erase_expired(rig.context, rig.clock.now())
    assert await rig.scalar(old) == 0
    assert await rig.scalar("select count(*) from issuer.audit_event where action = 'institution.added'") == 1


@pytest.mark.parametrize("correction", ["withdrawn", "amended"])
async def test_a_corrected_record_goes_and_its_credential_stays(
    rig: Rig, wallet: Wallet, correction: str
) -> None:
    """Its credential named the record, so that the sweep failed for good, and nothing more was erased."""
    record, credential = await claimed(rig, wallet)
    answer = await (withdraw(rig, record) if correction == "withdrawn" else amend(rig, record, BETTER))
    assert answer.status_code == 200, answer.text
    rig.clock.ahead = timedelta(days=rig.settings.record_retention_days + 2)
    await erase_expired(rig.context, rig.clock.now())
    assert await rig.scalar("select count(*) from issuer.record") == 0
    view = (await rig.http.get(f"/api/v1/credentials/{credential}", headers=rig.api_key())).json()
    assert view["recordId"] is None
    assert view["status"] == ("revoked" if correction == "withdrawn" else "superseded")


async def test_the_retention_of_a_record_counts_from_its_last_correction(rig: Rig, wallet: Wallet) -> None:
    amended, _ = await claimed(rig, wallet)
    withdrawn, _ = await claimed(rig, wallet)
    await rig.post_record()
    await rig.execute("update issuer.record set created_at = now() - interval '500 days'")
    assert (await amend(rig, amended, BETTER)).status_code == 200
    assert (await withdraw(rig, withdrawn)).status_code == 200
    left = "select array_agg(id::text) from issuer.record"
    for days, kept in (
        (0, {amended, withdrawn}),
        (rig.settings.record_retention_days, {amended, withdrawn}),
        (rig.settings.record_retention_days + 2, None),
    ):
        rig.clock.ahead = timedelta(days=days)
        await erase_expired(rig.context, rig.clock.now())
        found = await rig.scalar(left)
        assert (None if found is None else set(found)) == kept
