"""openvc-core verifies what an institution issues, with the key and the status that the issuer serves."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from openvc import VerificationPolicy, VerificationResult, verify_credential
from openvc.did.did_web import DidWebResolver
from openvc.resolvers import default_status_list_token_resolver

from tests.integration.issuer.rig import Rig, Wallet

POLICY = VerificationPolicy(require_status_issuer_binding=True)


async def _verify(rig: Rig, credential: Any, **more: Any) -> VerificationResult:
    """Verify in a thread, whose requests this loop answers."""
    loop = asyncio.get_running_loop()

    def fetch(url: str) -> str:
        answer = asyncio.run_coroutine_threadsafe(rig.http.get(httpx.URL(url).path), loop).result(10)
        return answer.raise_for_status().text

    resolver = DidWebResolver(lambda url: json.loads(fetch(url)))
    return await asyncio.to_thread(
        verify_credential,
        credential,
        policy=POLICY,
        resolver=resolver,
        resolve_status_list_token=default_status_list_token_resolver(fetch=fetch, resolver=resolver),
        **more,
    )


async def test_a_claimed_credential_and_its_status_list_are_verified(rig: Rig) -> None:
    wallet = Wallet(rig)
    _, made = await rig.offered()
    credential = (await wallet.claim(made["offer"], made["txCode"]))["credentials"][0]["credential"]
    await rig.tick()
    result = await _verify(rig, credential)
    assert result.issuer == rig.institutions["univ"].accreditable.did
    assert result.claims is not None
    assert result.claims["ld"]["credentialSubject"]["name"]
    assert result.status is not None


async def test_a_revoked_one_is_refused(rig: Rig) -> None:
    wallet = Wallet(rig)
    record, made = await rig.offered()
    credential = (await wallet.claim(made["offer"], made["txCode"]))["credentials"][0]["credential"]
    issued = (await rig.http.get(f"/api/v1/records/{record}", headers=rig.api_key())).json()
    status = f"/api/v1/credentials/{issued['credentialId']}/status"
    await rig.http.post(status, json={"status": "revoked"}, headers=rig.api_key())
    await rig.tick()
    with pytest.raises(Exception, match="revoked"):
        await _verify(rig, credential)
