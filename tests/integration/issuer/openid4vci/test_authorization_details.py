"""A wallet that asks with ``authorization_details`` is told a credential identifier and asks by it."""

import json
from typing import Any

import httpx
import pytest

from tests.integration.issuer.answers import assert_protocol_error, granted
from tests.integration.issuer.rig import PRE_AUTHORIZED, Rig, Wallet


def _details(configuration: str = "UniversityDegree") -> str:
    return json.dumps([{"type": "openid_credential", "credential_configuration_id": configuration}])


async def _token(rig: Rig, made: dict[str, Any], details: str) -> httpx.Response:
    code = made["offer"]["grants"][PRE_AUTHORIZED]["pre-authorized_code"]
    form = {
        "grant_type": PRE_AUTHORIZED,
        "pre-authorized_code": code,
        "tx_code": made["txCode"],
        "authorization_details": details,
    }
    return await rig.http.post("/i/univ/token", data=form)


async def _ask(rig: Rig, wallet: Wallet, token: str, **named: str) -> httpx.Response:
    body = {**named, "proofs": {"jwt": [wallet.proof(await wallet.nonce())]}}
    headers = {"Authorization": f"Bearer {token}"}
    return await rig.http.post("/i/univ/credential", json=body, headers=headers)


async def test_the_credential_is_had_by_the_identifier_that_was_told(rig: Rig, wallet: Wallet) -> None:
    _, made = await rig.offered()
    answer = (await _token(rig, made, _details())).json()
    (detail,) = answer["authorization_details"]
    assert detail["type"] == "openid_credential"
    assert detail["credential_configuration_id"] == "UniversityDegree"
    (identifier,) = detail["credential_identifiers"]
    token = answer["access_token"]
    both = {"credential_identifier": identifier, "credential_configuration_id": "UniversityDegree"}
    before = await rig.state()
    assert_protocol_error(await _ask(rig, wallet, token, **both), 400, "invalid_credential_request")
    wrong = await _ask(rig, wallet, token, credential_identifier=identifier[::-1] + "x")
    assert_protocol_error(wrong, 400, "unknown_credential_identifier")
    assert await rig.state() == before
    issued = await _ask(rig, wallet, token, credential_identifier=identifier)
    assert issued.status_code == 200, issued.text
    # An older wallet asks by configuration although it was told an identifier: the same credential.
    again = await _ask(rig, wallet, token, credential_configuration_id="UniversityDegree")
    assert again.json()["credentials"] == issued.json()["credentials"]


async def test_who_was_told_no_identifier_has_none(rig: Rig, wallet: Wallet) -> None:
    token = await granted(rig, wallet)
    answer = await _ask(rig, wallet, token, credential_identifier="")
    assert_protocol_error(answer, 400, "unknown_credential_identifier")


@pytest.mark.parametrize("details", [_details("AcademicTranscript"), "[]", "{", "[" * 2_000])
async def test_details_that_do_not_fit_use_nothing_up(rig: Rig, wallet: Wallet, details: str) -> None:
    _, made = await rig.offered()
    before = await rig.state()
    assert_protocol_error(await _token(rig, made, details), 400, "invalid_authorization_details")
    assert await rig.state() == before
    assert (await wallet.token(made["offer"], made["txCode"])).status_code == 200
