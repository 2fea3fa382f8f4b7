"""API keys: wrong ones open nothing, good ones what their scopes say."""

import pytest

from digital_resume.core.credentials.catalog import credential_type
from issuer.institutions import api_keys
from tests.integration.issuer.answers import assert_problem
from tests.integration.issuer.rig import Rig

DEGREE = dict(credential_type("UniversityDegree").example)
READ_NOTHING = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Authorization": "Bearer vdr_000000000000_" + "A" * 43},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Basic dXNlcjpwYXNz"},
    ],
)
async def test_a_wrong_api_key_is_refused(rig: Rig, header: dict[str, str]) -> None:
    before = await rig.state()
    body = {"credentialType": "UniversityDegree", "claims": DEGREE}
    answer = await rig.http.post(
        "/api/v1/records", json=body, headers={**header, "Idempotency-Key": "wrong-api-key"}
    )
    assert_problem(answer, 401, "api_key_invalid")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert await rig.state() == before


async def test_a_key_with_a_wrong_secret_is_refused(rig: Rig) -> None:
    key = rig.institutions["univ"].api_key
    forged = key[:-43] + "A" * 43
    answer = await rig.http.get(
        f"/api/v1/records/{'0' * 8}-0000-4000-8000-{'0' * 12}", headers={"Authorization": f"Bearer {forged}"}
    )
    assert_problem(answer, 401, "api_key_invalid")


async def test_another_institutions_record_does_not_exist_for_the_caller(rig: Rig) -> None:
    await rig.add_institutions("mobile-id", accredited=False)
    record = (await rig.post_record(DEGREE)).json()["recordId"]
    before = await rig.state()
    answer = await rig.http.post(f"/api/v1/records/{record}/offers", headers=rig.api_key("mobile-id"))
    assert_problem(answer, 404, "not_found")
    assert await rig.state() == before


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
