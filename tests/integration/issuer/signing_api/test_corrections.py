"""Records afterwards: amended, withdrawn, listed; idempotent, whole, and true of their credential."""

import asyncio
import json
import secrets
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from digital_resume.core.credentials.catalog import credential_type
from digital_resume.core.encoding.base64url import b64u_decode
from tests.integration.issuer.answers import assert_problem, assert_protocol_error
from tests.integration.issuer.rig import Rig, Wallet

DEGREE = dict(credential_type("UniversityDegree").example)
BETTER = {**DEGREE, "major": "전자공학"}


async def amend(rig: Rig, record: str, claims: dict[str, Any], **options: Any) -> httpx.Response:
    """Amend a record."""
    headers = {**rig.api_key(), "Idempotency-Key": options.pop("key", secrets.token_hex(8))}
    body = {"claims": claims, **options}
    return await rig.http.put(f"/api/v1/records/{record}", json=body, headers=headers)


async def withdraw(rig: Rig, record: str) -> httpx.Response:
    """Withdraw a record."""
    return await rig.http.delete(f"/api/v1/records/{record}", headers=rig.api_key())


async def waiting(rig: Rig, **members: Any) -> str:
    """Hand in a record and return its id."""
    record: str = (await rig.post_record(DEGREE, **members)).json()["recordId"]
    return record


async def claimed(rig: Rig, wallet: Wallet) -> tuple[str, str]:
    """Hand in a record, claim it and return its id and that of its credential."""
    record, made = await rig.offered()
    await wallet.claim(made["offer"], made["txCode"])
    view = (await rig.http.get(f"/api/v1/records/{record}", headers=rig.api_key())).json()
    return record, view["credentialId"]


async def status(rig: Rig, credential: str) -> str:
    """Return the status of a credential."""
    answer = await rig.http.get(f"/api/v1/credentials/{credential}", headers=rig.api_key())
    word: str = answer.json()["status"]
    return word


async def events(rig: Rig, action: str) -> int:
    """Count events of the audit log."""
    found: int = await rig.scalar("select count(*) from issuer.audit_event where action = :a", a=action)
    return found


async def test_a_withdrawn_record_says_nothing_more_and_cannot_be_claimed(rig: Rig, wallet: Wallet) -> None:
    record, made = await rig.offered()
    answer = await withdraw(rig, record)
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "withdrawn"
    assert await rig.scalar("select encrypted_claims is null and blind_index is null from issuer.record")
    assert_protocol_error(await wallet.token(made["offer"], made["txCode"]), 400, "invalid_grant")
    offered = await rig.http.post(f"/api/v1/records/{record}/offers", headers=rig.api_key())
    assert_problem(offered, 409, "record_withdrawn")
    assert_problem(await amend(rig, record, BETTER), 409, "record_withdrawn")
    assert (await withdraw(rig, record)).json() == answer.json()
    assert await events(rig, "record.withdrawn") == 1


async def test_the_credential_of_a_withdrawn_record_is_revoked(rig: Rig, wallet: Wallet) -> None:
    record, credential = await claimed(rig, wallet)
    answer = await withdraw(rig, record)
    assert answer.json() == {**answer.json(), "state": "withdrawn", "credentialId": credential}
    assert await status(rig, credential) == "revoked"
    detail = await rig.scalar("select detail from issuer.audit_event where action = 'record.withdrawn'")
    assert detail == {"type": "UniversityDegree", "before": "issued", "credential": "revoked"}


async def test_a_token_of_before_gets_nothing(rig: Rig, wallet: Wallet) -> None:
    record, made = await rig.offered()
    token = (await wallet.token(made["offer"], made["txCode"])).json()["access_token"]
    await withdraw(rig, record)
    refused = await wallet.credential(token, wallet.proof(await wallet.nonce()))
    assert_protocol_error(refused, 401, "invalid_token")
    assert await rig.scalar("select count(*) from issuer.credential") == 0


async def test_an_amended_record_is_claimed_as_it_is_now(rig: Rig, wallet: Wallet) -> None:
    record, made = await rig.offered()
    answer = await amend(rig, record, BETTER, externalId="새 번호")
    assert answer.json() == {**answer.json(), "state": "waiting", "externalId": "새 번호"}
    assert_protocol_error(await wallet.token(made["offer"], made["txCode"]), 400, "invalid_grant")
    offer = (await rig.http.post(f"/api/v1/records/{record}/offers", headers=rig.api_key())).json()
    issued = await wallet.claim(offer["offer"], offer["txCode"])
    disclosures = issued["credentials"][0]["credential"].split("~")[1:-1]
    said = [json.loads(b64u_decode(each)) for each in disclosures]
    payload = issued["credentials"][0]["credential"].split(".")[1]
    assert "전자공학" in str(said) + b64u_decode(payload).decode()


async def test_the_credential_of_an_amended_record_is_superseded_and_claimed_anew_once(
    rig: Rig, wallet: Wallet
) -> None:
    record, first = await claimed(rig, wallet)
    answer = await amend(rig, record, BETTER)
    assert answer.json() == {**answer.json(), "state": "waiting", "credentialId": None}
    assert await status(rig, first) == "superseded"
    offer = (await rig.http.post(f"/api/v1/records/{record}/offers", headers=rig.api_key())).json()
    await wallet.claim(offer["offer"], offer["txCode"])
    view = (await rig.http.get(f"/api/v1/records/{record}", headers=rig.api_key())).json()
    assert view["state"] == "issued"
    assert view["credentialId"] not in (None, first)
    assert await status(rig, view["credentialId"]) == "valid"


async def test_the_same_again_changes_nothing(rig: Rig, wallet: Wallet) -> None:
    record, credential = await claimed(rig, wallet)
    before = await rig.state()
    again = await amend(rig, record, {**DEGREE, "name": f" {DEGREE['name']}"})
    assert again.json()["state"] == "issued"
    after = await rig.state()
    assert {table: rows for table, rows in after.items() if table != "idempotent_answer"} == {
        table: rows for table, rows in before.items() if table != "idempotent_answer"
    }
    assert await status(rig, credential) == "valid"
    first = await amend(rig, record, BETTER, key="the-same-key")
    second = await amend(rig, record, BETTER, key="the-same-key")
    assert second.json() == first.json()
    assert second.headers["idempotency-replayed"] == "true"
    assert await events(rig, "record.amended") == 1


@pytest.mark.parametrize("claims", [{**DEGREE, "graduationDate": "2019-02-15"}, {"name": "김하늘"}])
async def test_what_is_refused_changes_nothing(rig: Rig, wallet: Wallet, claims: dict[str, Any]) -> None:
    record, _ = await claimed(rig, wallet)
    before = await rig.state()
    assert_problem(await amend(rig, record, claims), 422, "schema_violation")
    assert await rig.state() == before


async def test_a_key_that_may_not_change_a_status_ends_no_credential(rig: Rig, wallet: Wallet) -> None:
    record, credential = await claimed(rig, wallet)
    await rig.execute("update issuer.api_key set scopes = '{records:write,records:read}'")
    before = await rig.state()
    assert_problem(await withdraw(rig, record), 403, "scope_missing")
    assert_problem(await amend(rig, record, BETTER), 403, "scope_missing")
    assert await rig.state() == before
    assert await status(rig, credential) == "valid"


async def test_a_crash_before_the_commit_leaves_all_as_it_was(
    rig: Rig, wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, _ = await claimed(rig, wallet)
    before = await rig.state()

    async def killed(_self: AsyncSession) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(AsyncSession, "commit", killed)
        for answer in (await withdraw(rig, record), await amend(rig, record, BETTER)):
            assert answer.status_code == 500
    assert await rig.state() == before
    assert (await withdraw(rig, record)).status_code == 200


async def test_two_at_once_are_one_after_the_other(rig: Rig, wallet: Wallet) -> None:
    record, credential = await claimed(rig, wallet)
    answers = await asyncio.gather(*(withdraw(rig, record) for _ in range(4)))
    assert {answer.json()["state"] for answer in answers} == {"withdrawn"}
    assert await events(rig, "record.withdrawn") == 1
    assert await status(rig, credential) == "revoked"


async def test_a_claim_and_a_withdrawal_at_once_leave_no_credential_in_force(
    rig: Rig, wallet: Wallet
) -> None:
    for _ in range(4):
        record, made = await rig.offered()
        token = (await wallet.token(made["offer"], made["txCode"])).json()["access_token"]
        proof = wallet.proof(await wallet.nonce())
        await asyncio.gather(wallet.credential(token, proof), withdraw(rig, record))
        view = (await rig.http.get(f"/api/v1/records/{record}", headers=rig.api_key())).json()
        assert view["state"] == "withdrawn"
        assert view["credentialId"] is None or await status(rig, view["credentialId"]) == "revoked"


async def test_another_institutions_record_is_not_there(rig: Rig) -> None:
    other = "00000000-0000-4000-8000-000000000000"
    assert_problem(await withdraw(rig, other), 404, "not_found")
    assert_problem(await amend(rig, other, DEGREE), 404, "not_found")


async def test_all_are_listed_once_page_by_page(rig: Rig) -> None:
    made = [await waiting(rig, externalId=f"번호-{number}") for number in range(5)]
    await withdraw(rig, made[1])
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await rig.http.get("/api/v1/records", params=query, headers=rig.api_key())).json()
        assert len(page["records"]) <= 2
        seen += [record["recordId"] for record in page["records"]]
        cursor = page["nextCursor"]
    assert seen == made
    for query, wanted in (
        ({"state": "withdrawn"}, [made[1]]),
        ({"externalId": "번호-3"}, [made[3]]),
        ({"credentialType": "AcademicTranscript"}, []),
    ):
        page = (await rig.http.get("/api/v1/records", params=query, headers=rig.api_key())).json()
        assert [record["recordId"] for record in page["records"]] == wanted
    assert DEGREE["name"] not in str(page)


@pytest.mark.parametrize("cursor", ["x", "AAAA", "MjAyNi0xMS0yM3x4"])
async def test_a_cursor_that_nobody_gave_is_refused(rig: Rig, cursor: str) -> None:
    answer = await rig.http.get("/api/v1/records", params={"cursor": cursor}, headers=rig.api_key())
    assert_problem(answer, 422, "cursor_invalid")


async def test_a_state_that_is_none_is_refused_with_those_that_are(rig: Rig) -> None:
    answer = await rig.http.get("/api/v1/records", params={"state": "lost"}, headers=rig.api_key())
    assert_problem(answer, 422, "request_invalid")
    assert answer.json()["errors"][0]["allowed"] == ["waiting", "offered", "issued", "withdrawn"]
