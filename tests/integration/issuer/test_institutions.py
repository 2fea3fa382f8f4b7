"""Institutions and their API keys; what the sweeping erases; an issuer without its chain or database."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from digital_resume.adapters.database import Database
from digital_resume.core.errors import SchemaError, UnknownTypeError
from issuer.errors import ConflictError
from issuer.institutions import api_keys
from issuer.onboarding.service import accreditable_of, add_institution
from issuer.retention import AT_ONCE, erase_expired
from tests.integration.issuer.rig import Rig, Wallet

READ_NOTHING = "00000000-0000-4000-8000-000000000000"


async def new_key(rig: Rig, *scopes: str) -> str:
    """Create a further API key of the university."""
    async with rig.context.database.sessions.begin() as session:
        institution = await rig.scalar("select id from issuer.institution")
        return await api_keys.create(session, institution, scopes, "further key")


@pytest.mark.parametrize(
    ("scope", "method", "path", "body"),
    [
        ("records:read", "POST", "/api/v1/records", {"credentialType": "UniversityDegree", "claims": {}}),
        ("records:read", "POST", f"/api/v1/records/{READ_NOTHING}/offers", None),
        ("records:write", "GET", f"/api/v1/records/{READ_NOTHING}", None),
        (
            "records:write",
            "POST",
            "/api/v1/credentials",
            {"credentialType": "UniversityDegree", "claims": {}, "holder": {}},
        ),
        (
            "credentials:write",
            "POST",
            f"/api/v1/credentials/{READ_NOTHING}/status",
            {"status": "revoked"},
        ),
    ],
)
async def test_a_key_does_only_what_its_scopes_say(
    rig: Rig, scope: str, method: str, path: str, body: dict[str, object] | None
) -> None:
    headers = {"Authorization": f"Bearer {await new_key(rig, scope)}", "Idempotency-Key": "scope-test"}
    answer = await rig.http.request(method, path, json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


async def test_a_revoked_key_is_refused_at_once(rig: Rig) -> None:
    key = await new_key(rig, "records:read")
    headers = {"Authorization": f"Bearer {key}"}
    path = f"/api/v1/records/{READ_NOTHING}"
    assert (await rig.http.get(path, headers=headers)).status_code == 404
    async with rig.context.database.sessions.begin() as session:
        assert await api_keys.revoke(session, key.split("_")[1], rig.clock.now())
    assert (await rig.http.get(path, headers=headers)).json()["code"] == "api_key_invalid"


async def test_an_institution_is_added_once_and_with_types_that_exist(rig: Rig) -> None:
    async def add(slug: str, *types: str) -> None:
        async with rig.context.database.sessions.begin() as session:
            await add_institution(
                session, rig.context, slug=slug, name_ko="시연용", name_en="demo", credential_types=types
            )

    with pytest.raises(ConflictError):
        await add("univ", "UniversityDegree")
    with pytest.raises(UnknownTypeError):
        await add("other", "Diploma")
    with pytest.raises(SchemaError):
        await add("Not A Slug", "UniversityDegree")
    assert await rig.scalar("select count(*) from issuer.institution") == 1


async def test_what_the_chain_must_hold_can_be_asked_again(rig: Rig) -> None:
    async with rig.context.database.sessions() as session:
        assert await accreditable_of(session, rig.context, "univ") == rig.institutions["univ"].accreditable
        assert await accreditable_of(session, rig.context, "nobody") is None


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


async def test_the_audit_log_holds_no_personal_data(rig: Rig, wallet: Wallet) -> None:
    _, made = await rig.offered()
    answer = await wallet.claim(made["offer"], made["txCode"])
    # Without moments and ids, whose digits may be those of a code.
    columns = "concat_ws(' ', actor, action, subject, detail)"
    log = await rig.scalar(f"select string_agg({columns}, ' ') from issuer.audit_event")
    log = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", log)
    for action in ("record.received", "record.offered", "offer.redeemed", "credential.issued"):
        assert action in log
    for secret in ("김하늘", "2001-03-14", made["txCode"], answer["access_token"]):
        assert secret not in log


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


async def test_an_issuer_without_its_chain_still_hands_out_credentials(rig: Rig, wallet: Wallet) -> None:
    rig.settings.rpc_urls = ()
    rig.settings.deployments_file = None
    _, made = await rig.offered()
    assert (await wallet.claim(made["offer"], made["txCode"]))["credentials"]
    answer = await rig.http.get("/receipts/" + "0" * 64)
    assert (answer.status_code, answer.json()["code"]) == (503, "source_unavailable")
