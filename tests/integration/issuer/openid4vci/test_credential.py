"""The credential endpoint: a record becomes one credential of the key that was proved."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Literal

import pytest

from digital_resume.core.anchoring.receipt import parse_receipt
from digital_resume.core.credentials.catalog import credential_type
from digital_resume.core.credentials.sd_jwt_vc import read_credential
from digital_resume.core.identifiers.did import did_jwk_from_public_key, verification_key
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.jws import sign_compact
from digital_resume.core.securing.sd_jwt import create_key_binding, verify_sd_jwt
from tests.integration.issuer.answers import assert_protocol_error, granted
from tests.integration.issuer.rig import Rig, Wallet, offer_path


async def test_a_record_becomes_an_anchored_credential_of_the_wallets_key(rig: Rig, wallet: Wallet) -> None:
    record, made = await rig.offered()
    by_reference = await rig.http.get(offer_path(made["offerUri"]))
    assert by_reference.json() == made["offer"]
    # What a person is sent opens in any browser, at the wallet, which alone reads the fragment.
    wallet_url, _, reference = made["offerLink"].partition("/#")
    assert wallet_url == rig.context.settings.wallet_url
    assert made["offerUri"] == f"openid-credential-offer://?{reference}"
    assert by_reference.headers["cache-control"] == "no-store"

    answer = await wallet.claim(made["offer"], made["txCode"])
    token = answer["credentials"][0]["credential"]
    verified = verify_sd_jwt(
        token,
        key=verification_key(rig.institutions["univ"].verification_method),
        now=rig.clock.now(),
        expected_nonce=None,
        expected_audience=None,
        require_key_binding=False,
    )
    view = read_credential(verified)
    assert view.holder_jwk == wallet.key.public_key.jwk()
    assert view.claims == dict(credential_type("UniversityDegree").example)
    leaf = verified.content.leaf.hex()

    waiting = await rig.http.get(f"/receipts/{leaf}")
    assert (waiting.status_code, waiting.json()) == (202, {"state": "pending"})
    report = await rig.tick()
    assert report.batches == 1
    served = await rig.http.get(f"/receipts/{leaf}")
    assert served.status_code == 200
    assert "immutable" in served.headers["cache-control"]
    receipt = parse_receipt(served.json())
    receipt.verify_path()
    reader = rig.chain.reader
    assert receipt.chain == reader.deployments.anchor_chain
    assert reader.anchor_log.anchored_at(receipt.chain, receipt.submitter, receipt.root) == receipt.block_time

    looked = await rig.http.get(f"/api/v1/records/{record}", headers=rig.api_key())
    assert looked.json()["state"] == "issued"
    credential = looked.json()["credentialId"]
    shown = await rig.http.get(f"/api/v1/credentials/{credential}", headers=rig.api_key())
    assert shown.json()["leaf"] == leaf
    assert view.credential_id == f"urn:uuid:{credential}"


async def test_after_the_claim_only_the_sealed_record_is_left(rig: Rig, wallet: Wallet) -> None:
    _, made = await rig.offered()
    answer = await wallet.claim(made["offer"], made["txCode"])
    notified = await rig.http.post(
        "/i/univ/notification",
        json={"notification_id": answer["notification_id"], "event": "credential_accepted"},
        headers={"Authorization": f"Bearer {answer['access_token']}"},
    )
    assert notified.status_code == 204
    # It stays for whoever loses the wallet and claims again, and ends with its retention.
    sealed = await rig.scalar("select encrypted_claims from issuer.record where state = 'issued'")
    assert sealed
    assert str(credential_type("UniversityDegree").example["name"]).encode() not in sealed
    assert (
        await rig.scalar("select count(*) from issuer.credential where encrypted_delivery is not null") == 0
    )


async def test_an_answer_lost_on_the_way_is_delivered_again_to_the_same_key_only(
    rig: Rig, wallet: Wallet
) -> None:
    _, made = await rig.offered()
    first = await wallet.claim(made["offer"], made["txCode"])
    again = await wallet.credential(first["access_token"], wallet.proof(await wallet.nonce()))
    assert again.json()["credentials"] == first["credentials"]
    thief = Wallet(rig)
    refused = await thief.credential(first["access_token"], thief.proof(await thief.nonce()))
    assert refused.json()["error"] == "credential_request_denied"
    assert await rig.scalar("select count(*) from issuer.credential") == 1


async def test_an_expired_validity_is_not_issued(rig: Rig, wallet: Wallet) -> None:
    soon = (rig.clock.now() + timedelta(seconds=60)).isoformat()
    record = (await rig.post_record(validUntil=soon)).json()["recordId"]
    made = (await rig.http.post(f"/api/v1/records/{record}/offers", headers=rig.api_key())).json()
    token = (await wallet.token(made["offer"], made["txCode"])).json()["access_token"]
    rig.clock.ahead = timedelta(seconds=90)
    answer = await wallet.credential(token, wallet.proof(await wallet.nonce()))
    assert answer.json()["error"] == "credential_request_denied"


async def test_a_credential_is_issued_once_to_simultaneous_requests(rig: Rig, wallet: Wallet) -> None:
    token = await granted(rig, wallet)
    proofs = [wallet.proof(await wallet.nonce()) for _ in range(5)]
    answers = await asyncio.gather(*(wallet.credential(token, proof) for proof in proofs))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["credentials"][0]["credential"] for answer in answers}) == 1
    assert await rig.scalar("select count(*) from issuer.credential") == 1
    assert await rig.scalar("select count(*) from issuer.leaf") == 1


@pytest.mark.parametrize("fault", ["audience", "type", "no_nonce", "signature", "kid", "garbage"])
async def test_a_wrong_proof_is_refused(rig: Rig, wallet: Wallet, fault: str) -> None:
    token, nonce = await granted(rig, wallet), await wallet.nonce()
    made: dict[str, Callable[[], str]] = {
        "audience": lambda: wallet.proof(nonce, aud="http://localhost:8001/i/other"),
        "type": lambda: wallet.proof(nonce, typ="JWT"),
        "no_nonce": lambda: wallet.proof(None),
        "signature": lambda: wallet.proof(nonce)[:-8] + "AAAAAAAA",
        "kid": lambda: _proof_by_kid(wallet, nonce, f"did:web:a.example#{wallet.key.public_key.multikey}"),
        "garbage": lambda: "not.a.jwt",
    }
    proof = made[fault]()
    before = await rig.state()
    assert_protocol_error(await wallet.credential(token, proof), 400, "invalid_proof")
    assert await rig.state() == before
    # A proof that is wrong in itself uses no nonce up.
    assert (await wallet.credential(token, wallet.proof(nonce))).status_code == 200


@pytest.mark.parametrize("curve", ["P-256", "Ed25519"])
@pytest.mark.parametrize("method", ["did:jwk", "did:key"])
async def test_a_key_that_its_did_names_is_what_the_credential_is_bound_to(
    rig: Rig, curve: Literal["P-256", "Ed25519"], method: str
) -> None:
    wallet = Wallet(rig, LocalSigner.generate(curve))
    key = wallet.key.public_key
    kid = f"{did_jwk_from_public_key(key)}#0" if method == "did:jwk" else wallet.key.verification_method
    proof = _proof_by_kid(wallet, await wallet.nonce(), kid)
    answer = await wallet.credential(await granted(rig, wallet), proof)
    assert answer.status_code == 200, answer.text
    bound = create_key_binding(
        answer.json()["credentials"][0]["credential"],
        wallet.key,
        nonce="n",
        audience="verifier",
        issued_at=rig.clock.now(),
    )
    verified = verify_sd_jwt(
        bound,
        key=verification_key(rig.institutions["univ"].verification_method),
        now=rig.clock.now(),
        expected_nonce="n",
        expected_audience="verifier",
        require_key_binding=True,
    )
    assert read_credential(verified).holder_jwk == key.jwk()


@pytest.mark.parametrize("minutes", [6, -6, 60 * 24])
async def test_the_nonce_and_not_a_phones_clock_says_how_old_a_proof_is(
    rig: Rig, wallet: Wallet, minutes: int
) -> None:
    token, nonce = await granted(rig, wallet), await wallet.nonce()
    iat = int(rig.clock.now().timestamp()) + 60 * minutes
    assert (await wallet.credential(token, wallet.proof(nonce, iat=iat))).status_code == 200
    stale = await wallet.nonce()
    rig.clock.ahead += timedelta(seconds=rig.settings.nonce_seconds + 1)
    again = wallet.proof(stale, iat=int(rig.clock.now().timestamp()))
    assert_protocol_error(await wallet.credential(token, again), 400, "invalid_nonce")


def _proof_by_kid(wallet: Wallet, nonce: str, kid: str) -> str:
    claims = {"aud": wallet.issuer("univ"), "iat": int(wallet.rig.clock.now().timestamp()), "nonce": nonce}
    return sign_compact({"typ": "openid4vci-proof+jwt", "kid": kid}, claims, wallet.key)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ([], "invalid_credential_request"),
        ({}, "invalid_credential_request"),
        ({"credential_configuration_id": "Diploma"}, "unknown_credential_configuration"),
        ({"credential_identifier": "x"}, "unknown_credential_identifier"),
        (
            {"credential_identifier": "x", "credential_configuration_id": "UniversityDegree"},
            "invalid_credential_request",
        ),
        ({"credential_configuration_id": "UniversityDegree"}, "invalid_proof"),
        ({"credential_configuration_id": "UniversityDegree", "proofs": {"jwt": []}}, "invalid_proof"),
        (
            {"credential_configuration_id": "UniversityDegree", "proofs": {"jwt": ["a", "b"]}},
            "invalid_proof",
        ),
        (
            {"credential_configuration_id": "UniversityDegree", "proofs": {"di_vp": [{}]}},
            "invalid_proof",
        ),
        (
            {
                "credential_configuration_id": "UniversityDegree",
                "credential_response_encryption": {"jwk": {}, "enc": "A128GCM"},
            },
            "invalid_encryption_parameters",
        ),
    ],
)
async def test_a_malformed_credential_request_is_refused(
    rig: Rig, wallet: Wallet, body: object, error: str
) -> None:
    headers = {"Authorization": f"Bearer {await granted(rig, wallet)}"}
    before = await rig.state()
    answer = await rig.http.post("/i/univ/credential", json=body, headers=headers)
    assert_protocol_error(answer, 400, error)
    assert await rig.state() == before


async def test_a_token_for_another_type_is_refused(rig: Rig, wallet: Wallet) -> None:
    token = await granted(rig, wallet)
    answer = await wallet.credential(
        token, wallet.proof(await wallet.nonce()), configuration="AcademicTranscript"
    )
    assert_protocol_error(answer, 403, "insufficient_scope")


async def test_a_wrong_access_token_is_refused_with_a_challenge(rig: Rig, wallet: Wallet) -> None:
    answer = await wallet.credential("wrong", wallet.proof(await wallet.nonce()))
    assert_protocol_error(answer, 401, "invalid_token")
    assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token"')
    bare = await rig.http.post("/i/univ/credential", json={})
    assert (bare.status_code, bare.content) == (401, b"{}")
    assert bare.headers["www-authenticate"] == 'Bearer, DPoP algs="ES256 ES384 EdDSA"'


async def test_an_expired_access_token_is_refused(rig: Rig, wallet: Wallet) -> None:
    token = await granted(rig, wallet)
    rig.clock.ahead = timedelta(seconds=rig.settings.token_seconds + 1)
    before = await rig.state()
    answer = await wallet.credential(token, wallet.proof(await wallet.nonce()))
    assert_protocol_error(answer, 401, "invalid_token")
    assert await rig.state() == before
