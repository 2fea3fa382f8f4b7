"""The signing API over HTTP: bodies that are none."""

from digital_resume.core.credentials.catalog import credential_type
from tests.integration.issuer.answers import assert_problem
from tests.integration.issuer.rig import Rig

DEGREE = dict(credential_type("UniversityDegree").example)


async def test_an_oversize_body_is_refused(rig: Rig) -> None:
    before = await rig.state()
    answer = await rig.post_record({**DEGREE, "major": "가" * 40_000})
    assert_problem(answer, 413, "too_large")
    assert await rig.state() == before


async def test_a_body_that_is_not_json_is_refused(rig: Rig) -> None:
    before = await rig.state()
    headers = {**rig.api_key(), "Idempotency-Key": "not-json-1", "Content-Type": "application/json"}
    answer = await rig.http.post("/api/v1/records", content=b'{"credentialType": ', headers=headers)
    assert_problem(answer, 400, "malformed")
    assert await rig.state() == before


async def test_an_unknown_member_is_refused(rig: Rig) -> None:
    before = await rig.state()
    assert_problem(await rig.post_record(DEGREE, photo="…"), 422, "request_invalid")
    assert await rig.state() == before
