"""``Idempotency-Key``: needed, of its form, one request each."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from digital_resume.core.credentials.catalog import credential_type
from tests.integration.issuer.answers import assert_problem
from tests.integration.issuer.rig import Rig

DEGREE = dict(credential_type("UniversityDegree").example)


async def test_a_missing_idempotency_key_is_refused(rig: Rig) -> None:
    before = await rig.state()
    body = {"credentialType": "UniversityDegree", "claims": DEGREE}
    answer = await rig.http.post("/api/v1/records", json=body, headers=rig.api_key())
    assert_problem(answer, 400, "idempotency_key_missing")
    assert await rig.state() == before


@pytest.mark.parametrize("key", ["short", "x" * 129, "with space", "tab\tinside"])
async def test_a_bad_idempotency_key_is_refused(rig: Rig, key: str) -> None:
    before = await rig.state()
    assert_problem(await rig.post_record(DEGREE, key=key), 400, "idempotency_key_invalid")
    assert await rig.state() == before


async def test_an_idempotency_key_reused_with_another_body_is_refused(rig: Rig) -> None:
    first = await rig.post_record(DEGREE, key="reused-key")
    before = await rig.state()
    answer = await rig.post_record({**DEGREE, "major": "수학"}, key="reused-key")
    assert_problem(answer, 422, "idempotency_key_reused")
    assert await rig.state() == before
    again = await rig.post_record(DEGREE, key="reused-key")
    assert (again.status_code, again.content) == (201, first.content)


async def test_an_idempotency_key_of_a_failed_request_is_not_used_up(rig: Rig) -> None:
    assert (await rig.post_record({"name": "김하늘"}, key="failed-once")).status_code == 422
    assert (await rig.post_record(DEGREE, key="failed-once")).status_code == 201


async def test_the_same_request_sent_at_once_is_done_once(rig: Rig) -> None:
    answers = await asyncio.gather(*(rig.post_record(DEGREE, key="same-moment") for _ in range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert await rig.scalar("select count(*) from issuer.record") == 1


async def test_a_clock_that_jumps_makes_no_retried_request_act_twice(rig: Rig) -> None:
    first = await rig.post_record(DEGREE, key="over-a-jump")
    rig.clock.ahead = timedelta(days=370)
    again = await rig.post_record(DEGREE, key="over-a-jump")
    assert (again.status_code, again.content) == (201, first.content)
    assert await rig.scalar("select count(*) from issuer.record") == 1


async def test_a_key_is_free_again_when_its_time_has_really_passed(rig: Rig) -> None:
    first = await rig.post_record(DEGREE, key="used-long-ago")
    rig.clock.ahead = timedelta(seconds=rig.settings.idempotency_seconds + 60)
    async with rig.context.database.sessions.begin() as session:
        await session.execute(
            text("update issuer.retention_clock set trusted_at = :now"), {"now": rig.clock.now()}
        )
    again = await rig.post_record(DEGREE, key="used-long-ago")
    assert again.status_code == 201
    assert again.json()["recordId"] != first.json()["recordId"]
