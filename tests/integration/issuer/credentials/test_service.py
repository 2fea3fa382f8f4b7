"""Credentials signed at once for a known holder, as a token or as a document; final statuses."""

from typing import Literal

import pytest

from digital_resume.core.anchoring.receipt import parse_receipt
from digital_resume.core.credentials.catalog import credential_type
from digital_resume.core.credentials.embedded_vc import proof_content, read_embedded
from digital_resume.core.identifiers.did import did_jwk_from_public_key, did_key_from_public_key
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.data_integrity import verify_proof
from digital_resume.core.securing.ecdsa_sd_2023 import derive_proof
from digital_resume.core.securing.sd_jwt import peek_sd_jwt
from issuer.errors import ConflictError
from tests.integration.issuer.answers import assert_problem
from tests.integration.issuer.rig import Rig, Wallet
from tests.integration.issuer.status_lists import issue, set_status

DEGREE = dict(credential_type("UniversityDegree").example)


async def test_a_known_holder_gets_the_credential_at_once(rig: Rig, wallet: Wallet) -> None:
    body = {
        "credentialType": "UniversityDegree",
        "claims": dict(credential_type("UniversityDegree").example),
        "holder": {"did": f"did:key:{wallet.key.public_key.multikey}"},
    }
    headers = {**rig.api_key(), "Idempotency-Key": "known-holder-1"}
    answer = await rig.http.post("/api/v1/credentials", json=body, headers=headers)
    assert answer.status_code == 201
    again = await rig.http.post("/api/v1/credentials", json=body, headers=headers)
    assert again.content == answer.content
    assert again.headers["idempotency-replayed"] == "true"
    assert (await rig.http.get(f"/receipts/{answer.json()['leaf']}")).status_code == 202


@pytest.mark.parametrize(
    "cryptosuite",
    ["ecdsa-jcs-2019", "ecdsa-rdfc-2019", "ecdsa-sd-2023", "eddsa-jcs-2022", "eddsa-rdfc-2022"],
)
async def test_a_document_with_an_embedded_proof_is_anchored_like_a_token(
    rig: Rig, wallet: Wallet, cryptosuite: str
) -> None:
    await rig.accredit("univ")
    if cryptosuite.startswith("eddsa"):
        await rig.add_ed25519_key()
    claims = dict(credential_type("UniversityDegree").example)
    body = {
        "credentialType": "UniversityDegree",
        "claims": claims,
        "holder": {"did": f"did:key:{wallet.key.public_key.multikey}"},
        "cryptosuite": cryptosuite,
    }
    headers = {**rig.api_key(), "Idempotency-Key": f"embedded-{cryptosuite}"}
    answer = await rig.http.post("/api/v1/credentials", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    document = answer.json()["credential"]
    if cryptosuite == "ecdsa-sd-2023":
        document = derive_proof(document, ["/credentialSubject/graduationDate"])
    proof = verify_proof(document, purpose="assertionMethod", now=rig.clock.now())
    hidden = ["birthDate"] if cryptosuite == "ecdsa-sd-2023" else []
    shown = read_embedded(proof).claims
    assert [name for name in ("birthDate", "graduationDate") if name not in shown] == hidden
    assert all(claims[name] == value for name, value in shown.items())
    leaf = proof_content(cryptosuite, proof).leaf.hex()
    assert leaf == answer.json()["leaf"]
    await rig.tick()
    receipt = parse_receipt((await rig.http.get(f"/receipts/{leaf}")).json())
    receipt.verify_path()
    assert receipt.leaf.hex() == leaf


async def test_a_suite_without_a_key_for_it_is_refused_with_what_to_do(rig: Rig, wallet: Wallet) -> None:
    body = {
        "credentialType": "UniversityDegree",
        "claims": DEGREE,
        "holder": {"did": f"did:key:{wallet.key.public_key.multikey}"},
        "cryptosuite": "eddsa-rdfc-2022",
    }
    headers = {**rig.api_key(), "Idempotency-Key": "no-ed25519-key"}
    before = await rig.state()
    refused = await rig.http.post("/api/v1/credentials", json=body, headers=headers)
    assert_problem(refused, 409, "signing_key_missing")
    assert await rig.state() == before
    await rig.add_ed25519_key()
    assert (await rig.http.post("/api/v1/credentials", json=body, headers=headers)).status_code == 201
    with pytest.raises(ConflictError):
        await rig.add_ed25519_key()


async def test_an_open_badge_is_of_an_achievement_and_of_its_suite(rig: Rig, wallet: Wallet) -> None:
    await rig.add_ed25519_key()
    holder = {"did": f"did:key:{wallet.key.public_key.multikey}"}
    body = {"credentialType": "UniversityDegree", "claims": DEGREE, "holder": holder, "openBadge": True}
    transcript = {
        **body,
        "credentialType": "AcademicTranscript",
        "claims": dict(credential_type("AcademicTranscript").example),
    }
    before = await rig.state()
    for number, (wrong, code) in enumerate(
        (
            ({**body, "cryptosuite": "ecdsa-jcs-2019"}, "request_invalid"),
            (transcript, "open_badge_unavailable"),
        )
    ):
        headers = {**rig.api_key(), "Idempotency-Key": f"no-badge-{number}"}
        refused = await rig.http.post("/api/v1/credentials", json=wrong, headers=headers)
        assert_problem(refused, 422, code)
    assert await rig.state() == before
    headers = {**rig.api_key(), "Idempotency-Key": "a-badge-for-a-degree"}
    answer = await rig.http.post("/api/v1/credentials", json=body, headers=headers)
    assert answer.json()["credential"]["type"] == ["VerifiableCredential", "OpenBadgeCredential"]


@pytest.mark.parametrize("curve", ["P-256", "Ed25519"])
async def test_the_holder_may_have_either_key(rig: Rig, curve: Literal["P-256", "Ed25519"]) -> None:
    key = LocalSigner.generate(curve).public_key
    for number, holder in enumerate(
        ({"did": did_key_from_public_key(key)}, {"did": did_jwk_from_public_key(key)}, {"jwk": key.jwk()})
    ):
        body = {"credentialType": "UniversityDegree", "claims": DEGREE, "holder": holder}
        headers = {**rig.api_key(), "Idempotency-Key": f"holder-{number}"}
        answer = await rig.http.post("/api/v1/credentials", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        assert peek_sd_jwt(answer.json()["credential"]).payload["cnf"]["jwk"] == key.jwk()


@pytest.mark.parametrize(
    "holder",
    [
        {},
        {"did": "did:web:example.com"},
        {"did": f"did:key:{LocalSigner.generate('P-384').public_key.multikey}"},
        {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}},
        {"jwk": {**LocalSigner.generate().public_key.jwk(), "d": "AA"}},
    ],
)
async def test_a_holder_key_that_is_none_is_refused(rig: Rig, holder: dict[str, object]) -> None:
    before = await rig.state()
    body = {"credentialType": "UniversityDegree", "claims": DEGREE, "holder": holder}
    headers = {**rig.api_key(), "Idempotency-Key": "holder-key"}
    assert_problem(
        await rig.http.post("/api/v1/credentials", json=body, headers=headers), 422, "holder_invalid"
    )
    assert await rig.state() == before


async def test_a_final_status_stays(rig: Rig) -> None:
    credential, _ = await issue(rig)
    await set_status(rig, credential, "revoked")
    refused = await set_status(rig, credential, "valid")
    assert (refused.status_code, refused.json()["code"]) == (409, "status_change_refused")
    assert (await set_status(rig, credential, "revoked")).status_code == 200


async def test_a_status_of_another_institution_cannot_be_changed(rig: Rig) -> None:
    credential, _ = await issue(rig)
    await rig.add_institutions("mobile-id", accredited=False)
    answer = await rig.http.post(
        f"/api/v1/credentials/{credential}/status",
        json={"status": "revoked"},
        headers=rig.api_key("mobile-id"),
    )
    assert answer.status_code == 404


async def test_an_unknown_status_is_refused(rig: Rig) -> None:
    credential, _ = await issue(rig)
    assert (await set_status(rig, credential, "lost")).json()["code"] == "request_invalid"
