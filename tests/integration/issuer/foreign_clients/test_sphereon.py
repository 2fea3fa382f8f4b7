"""The requests of wallets that stay at drafts of OpenID4VCI, as @sphereon/oid4vci-client sends them.

That package cannot be installed: each of its releases names pre-releases of other packages that are gone. So
its requests are made here: metadata below the issuer, an OpenID configuration that may be missing, one
``proof`` with the nonce of the token response, the credential asked for by format and type.
"""

from typing import Any

import pytest

from tests.integration.issuer.answers import assert_protocol_error
from tests.integration.issuer.rig import Rig, Wallet


@pytest.mark.parametrize("draft", [13, 14])
async def test_a_wallet_of_an_older_draft_has_its_credential(rig: Rig, wallet: Wallet, draft: int) -> None:
    _, made = await rig.offered()
    issuer = made["offer"]["credential_issuer"]
    metadata = (await rig.http.get(f"{issuer}/.well-known/openid-credential-issuer")).json()
    assert (await rig.http.get(f"{issuer}/.well-known/openid-configuration")).status_code == 404
    server = (await rig.http.get(f"{issuer}/.well-known/oauth-authorization-server")).json()
    assert server["token_endpoint"] == f"{issuer}/token"
    token = (await wallet.token(made["offer"], made["txCode"])).json()
    assert token["c_nonce_expires_in"] == rig.settings.nonce_seconds
    (configuration,) = made["offer"]["credential_configuration_ids"]
    vct = metadata["credential_configurations_supported"][configuration]["vct"]
    asked: dict[str, Any] = {"credential_configuration_id": configuration}
    if draft == 13:
        asked = {"format": "vc+sd-jwt", "vct": vct}
    body = {**asked, "proof": {"proof_type": "jwt", "jwt": wallet.proof(token["c_nonce"])}}
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    answer = await rig.http.post(metadata["credential_endpoint"], json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["credential"] == answer.json()["credentials"][0]["credential"]


async def test_another_type_is_not_had_by_its_vct(rig: Rig, wallet: Wallet) -> None:
    _, made = await rig.offered()
    token = (await wallet.token(made["offer"], made["txCode"])).json()
    proof = {"proof_type": "jwt", "jwt": wallet.proof(token["c_nonce"])}
    body = {"format": "vc+sd-jwt", "vct": "urn:vdr:AcademicTranscript:1", "proof": proof}
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    before = await rig.state()
    answer = await rig.http.post("/i/univ/credential", json=body, headers=headers)
    assert_protocol_error(answer, 400, "invalid_credential_request")
    assert await rig.state() == before


async def test_without_room_for_nonces_the_token_is_given_all_the_same(
    rig: Rig, wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, made = await rig.offered()
    monkeypatch.setattr(rig.settings, "live_nonces", 0)
    token = (await wallet.token(made["offer"], made["txCode"])).json()
    assert token["access_token"]
    assert "c_nonce" not in token
