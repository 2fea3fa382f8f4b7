"""@openid4vc/openid4vci, the library under Credo and other wallets, has a credential at first try."""

import asyncio

import pytest

from digital_resume.core.credentials.sd_jwt_vc import read_credential
from digital_resume.core.identifiers.did import verification_key
from digital_resume.core.securing.sd_jwt import verify_sd_jwt
from tests.integration.issuer.foreign_clients.node import run_client
from tests.integration.issuer.rig import Rig

pytestmark = pytest.mark.timeout(120)


@pytest.mark.parametrize(
    ("alg", "binding", "dpop", "details"),
    [
        ("ES256", "jwk", False, False),
        ("EdDSA", "did", False, True),
        ("ES256", "did", True, False),
        ("EdDSA", "jwk", True, True),
    ],
)
async def test_a_wallet_of_others_has_its_credential(
    served: Rig, alg: str, binding: str, dpop: bool, details: bool
) -> None:
    _, made = await served.offered()
    answer = await asyncio.to_thread(
        run_client,
        "claim.mjs",
        offer=made["offerUri"],
        txCode=made["txCode"],
        alg=alg,
        binding=binding,
        dpop=dpop,
        details=details,
    )
    verified = verify_sd_jwt(
        answer["credential"],
        key=verification_key(served.institutions["univ"].verification_method),
        now=served.clock.now(),
        expected_nonce=None,
        expected_audience=None,
        require_key_binding=False,
    )
    assert read_credential(verified).holder_jwk == answer["jwk"]
    assert answer["tokenType"] == ("DPoP" if dpop else "Bearer")
    assert bool(answer["details"]) is details
    event = await served.scalar("select notification_event from issuer.credential")
    assert event == "credential_accepted"
