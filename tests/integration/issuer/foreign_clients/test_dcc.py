"""The Digital Credentials Consortium's verifier verifies what is signed with ``eddsa-rdfc-2022``."""

import asyncio
from typing import Any

import pytest

from digital_resume.core.credentials.catalog import credential_type
from digital_resume.core.identifiers.did import did_key_from_public_key
from digital_resume.core.keys.signing import LocalSigner
from tests.integration.issuer.foreign_clients.node import run_client
from tests.integration.issuer.rig import Rig
from tests.integration.issuer.status_lists import set_status

pytestmark = pytest.mark.timeout(120)


async def _issue(rig: Rig, **more: Any) -> dict[str, Any]:
    await rig.add_ed25519_key()
    body = {
        "credentialType": "UniversityDegree",
        "claims": dict(credential_type("UniversityDegree").example),
        "holder": {"did": did_key_from_public_key(LocalSigner.generate("Ed25519").public_key)},
        "cryptosuite": "eddsa-rdfc-2022",
        **more,
    }
    headers = {**rig.api_key(), "Idempotency-Key": "for-the-dcc"}
    answer = await rig.http.post("/api/v1/credentials", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    issued: dict[str, Any] = answer.json()
    return issued


async def _verify(port: int, credential: Any) -> dict[str, Any]:
    verdict = await asyncio.to_thread(
        run_client, "verify.mjs", credential=credential, host="localhost:8001", port=port
    )
    steps = {step["id"]: step["valid"] for step in verdict["log"] if "valid" in step}
    return {**verdict, "steps": steps}


@pytest.mark.parametrize("more", [{}, {"openBadge": True}], ids=["own", "badge"])
async def test_signature_and_status_hold(rig: Rig, port_of_rig: int, more: dict[str, Any]) -> None:
    issued = await _issue(rig, **more)
    assert ("OpenBadgeCredential" in issued["credential"]["type"]) is bool(more)
    await rig.tick()
    receipt = await rig.http.get(f"/receipts/{issued['leaf']}")
    assert receipt.status_code == 200, "a badge is anchored like any other credential"
    verdict = await _verify(port_of_rig, issued["credential"])
    assert verdict["errors"] == []
    assert verdict["steps"]["valid_signature"] is True
    assert verdict["steps"]["revocation_status"] is True


async def test_a_revoked_one_is_known_as_such(rig: Rig, port_of_rig: int) -> None:
    issued = await _issue(rig)
    await set_status(rig, issued["credentialId"], "revoked")
    await rig.tick()
    verdict = await _verify(port_of_rig, issued["credential"])
    assert verdict["steps"]["valid_signature"] is True
    assert verdict["steps"]["revocation_status"] is False


async def test_an_altered_one_does_not_hold(rig: Rig, port_of_rig: int) -> None:
    credential = (await _issue(rig))["credential"]
    credential["credentialSubject"]["degree"] = "의학박사"
    await rig.tick()
    assert (await _verify(port_of_rig, credential))["steps"].get("valid_signature") is not True
