"""Whatever refuses a request at an OpenID4VCI endpoint, the answer is the specification's JSON."""

import pytest

from issuer.openid4vci import nonces
from tests.integration.issuer.answers import assert_problem, assert_protocol_error, granted
from tests.integration.issuer.rig import Rig, Wallet

ERRORS = {
    "token": "invalid_request",
    "credential": "invalid_credential_request",
    "notification": "invalid_notification_request",
    "nonce": "invalid_request",
}
DEEP = b'{"proofs":' + b"[" * 40 + b"]" * 40 + b"}"
LARGE = b'{"x":"' + b"x" * 40_000 + b'"}'
FAULTS = {
    "malformed": b"{",
    "not UTF-8": b'{"x":"\xff"}',
    "NUL": b'{"x":"\\u0000"}',
    "deep": DEEP,
    "large": LARGE,
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("endpoint", ["credential", "notification", "token", "nonce"])
async def test_a_body_that_cannot_be_read(rig: Rig, wallet: Wallet, endpoint: str, fault: str) -> None:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {await granted(rig, wallet)}"}
    answer = await rig.http.post(f"/i/univ/{endpoint}", content=FAULTS[fault], headers=headers)
    assert_protocol_error(answer, 400, ERRORS[endpoint])
    assert answer.json()["code"] in ("malformed", "too_large")


async def test_a_form_that_is_too_large(rig: Rig) -> None:
    answer = await rig.http.post("/i/univ/token", data={"grant_type": "x" * 40_000})
    assert_protocol_error(answer, 400, "invalid_request")


@pytest.mark.parametrize("endpoint", ERRORS)
async def test_an_address_that_serves_nothing(rig: Rig, endpoint: str) -> None:
    unknown = await rig.http.post(f"/i/nobody/{endpoint}", json={})
    assert_protocol_error(unknown, 404, ERRORS[endpoint])
    wrong = await rig.http.get(f"/i/univ/{endpoint}")
    assert_protocol_error(wrong, 405, ERRORS[endpoint])
    assert wrong.headers["allow"] == "POST"


async def test_too_many_nonces_are_the_specifications_error_too(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rig.settings, "live_nonces", 0)
    monkeypatch.setattr(nonces, "_COUNT_EVERY", 0.0)
    answer = await rig.http.post("/i/univ/nonce")
    assert_protocol_error(answer, answer.status_code, "temporarily_unavailable")
    assert answer.status_code in (429, 503)
    assert len(answer.headers.get_list("retry-after")) == 1


async def test_the_own_api_keeps_its_problem_documents(rig: Rig) -> None:
    headers = {**rig.api_key(), "Content-Type": "application/json"}
    assert_problem(await rig.http.post("/api/v1/records", content=DEEP, headers=headers), 413, "too_large")
    assert_problem(await rig.http.get("/i/univ/offers/" + "A" * 22), 404, "not_found")
