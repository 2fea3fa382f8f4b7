"""The way of a record: handed in, offered, claimed through OpenID4VCI, anchored, receipted."""

import hashlib
from base64 import b64decode
from datetime import timedelta

import pytest
from sqlalchemy import text

from digital_resume.core.anchoring.receipt import parse_receipt
from digital_resume.core.credentials.catalog import credential_type
from digital_resume.core.credentials.embedded_vc import proof_content, read_embedded
from digital_resume.core.credentials.sd_jwt_vc import read_credential
from digital_resume.core.identifiers.did import verification_key
from digital_resume.core.securing.data_integrity import verify_proof
from digital_resume.core.securing.ecdsa_sd_2023 import derive_proof
from digital_resume.core.securing.sd_jwt import verify_sd_jwt
from tests.integration.issuer.rig import PRE_AUTHORIZED, Rig, Wallet, offer_path


async def test_a_record_becomes_an_anchored_credential_of_the_wallets_key(rig: Rig, wallet: Wallet) -> None:
    record, made = await rig.offered()
    by_reference = await rig.http.get(offer_path(made["offerUri"]))
    assert by_reference.json() == made["offer"]
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


async def test_nothing_personal_is_left_after_the_claim(rig: Rig, wallet: Wallet) -> None:
    _, made = await rig.offered()
    answer = await wallet.claim(made["offer"], made["txCode"])
    notified = await rig.http.post(
        "/i/univ/notification",
        json={"notification_id": answer["notification_id"], "event": "credential_accepted"},
        headers={"Authorization": f"Bearer {answer['access_token']}"},
    )
    assert notified.status_code == 204
    assert (
        await rig.scalar(
            "select count(*) from issuer.record where encrypted_claims is not null or blind_index is not null"
        )
        == 0
    )
    assert (
        await rig.scalar("select count(*) from issuer.credential where encrypted_delivery is not null") == 0
    )


async def test_the_database_never_holds_a_claim_a_code_or_a_token_in_the_clear(
    rig: Rig, wallet: Wallet
) -> None:
    _, made = await rig.offered()
    answer = await wallet.claim(made["offer"], made["txCode"])
    code = made["offer"]["grants"][PRE_AUTHORIZED]["pre-authorized_code"]
    secrets = [
        "김하늘",
        code,
        answer["access_token"],
        answer["credentials"][0]["credential"],
        rig.institutions["univ"].api_key.split("_", 2)[2],  # whole: a secret may hold "_" itself
        rig.settings.key_encryption_key.get_secret_value(),
    ]
    async with rig.context.database.sessions() as session:
        tables = await session.scalars(
            text("select table_name from information_schema.tables where table_schema = 'issuer'")
        )
        dump = ""
        for table in list(tables):
            rows = await session.execute(text(f"select t::text from issuer.{table} t"))
            dump += "".join(row[0] for row in rows)
    for secret in secrets:
        assert secret not in dump
        assert secret.encode().hex() not in dump


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


@pytest.mark.parametrize("cryptosuite", ["ecdsa-jcs-2019", "ecdsa-rdfc-2019", "ecdsa-sd-2023"])
async def test_a_document_with_an_embedded_proof_is_anchored_like_a_token(
    rig: Rig, wallet: Wallet, cryptosuite: str
) -> None:
    await rig.accredit("univ")
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
    refused = await rig.http.post(
        "/api/v1/credentials",
        json={**body, "cryptosuite": "eddsa-jcs-2022"},
        headers={**headers, "Idempotency-Key": "another"},
    )
    assert refused.status_code == 422


async def test_the_metadata_say_what_is_issued_in_two_languages(rig: Rig) -> None:
    served = await rig.http.get("/.well-known/openid-credential-issuer/i/univ")
    body = served.json()
    assert body["credential_issuer"] == "http://localhost:8001/i/univ"
    degree = body["credential_configurations_supported"]["UniversityDegree"]
    assert degree["format"] == "dc+sd-jwt"
    assert degree["vct"] == "urn:vdr:UniversityDegree:1"
    assert degree["cryptographic_binding_methods_supported"] == ["jwk"]
    assert degree["proof_types_supported"] == {"jwt": {"proof_signing_alg_values_supported": ["ES256"]}}
    names = {entry["locale"]: entry["name"] for entry in degree["credential_metadata"]["display"]}
    assert names == {"ko-KR": "학위(졸업)증명", "en-US": "University degree"}
    claims = degree["credential_metadata"]["claims"]
    assert ["ld", "credentialSubject", "degree"] in [claim["path"] for claim in claims]
    display = credential_type("UniversityDegree").resume
    assert degree["credential_metadata"]["urn:vdr:resume"] == display.to_json()
    for entry in degree["credential_metadata"]["display"]:
        picture = entry["logo"]["uri"].removeprefix("data:image/svg+xml;base64,")
        assert f'<path d="{display.icon_path}"/>' in b64decode(picture).decode()
        assert entry["logo"]["alt_text"] == entry["name"]
    claiming = body["urn:vdr:identity_claim"]
    assert claiming["endpoint"] == f"{body['credential_issuer']}/claims/identity"
    (query,) = claiming["dcql_query"]["credentials"]
    assert query["meta"] == {"vct_values": ["urn:vdr:IdentityCredential:1"]}
    assert [claim["path"][-1] for claim in query["claims"]] == ["name", "birthDate"]
    server = (await rig.http.get("/.well-known/oauth-authorization-server/i/univ")).json()
    assert server["grant_types_supported"] == [PRE_AUTHORIZED]
    assert server["pre-authorized_grant_anonymous_access_supported"] is True
    kind = (await rig.http.get("/types/UniversityDegree")).json()
    assert kind["vct"] == "urn:vdr:UniversityDegree:1"
    assert kind["urn:vdr:resume"] == display.to_json()


async def test_the_did_document_names_the_signing_key(rig: Rig) -> None:
    await rig.accredit("univ")
    document = (await rig.http.get("/i/univ/did.json")).json()
    assert document["id"] == "did:web:localhost%3A8001:i:univ"
    assert document["assertionMethod"] == [rig.institutions["univ"].verification_method]
    multikey = document["verificationMethod"][0]["publicKeyMultibase"]
    record = rig.chain.reader.trust_directory.issuer(document["id"])
    assert record is not None
    assert record.key(hashlib.sha256(multikey.encode()).digest()) is not None
    assert record.accredited_at("UniversityDegree", rig.clock.now() + timedelta(seconds=2))


async def test_an_expired_validity_is_not_issued(rig: Rig, wallet: Wallet) -> None:
    soon = (rig.clock.now() + timedelta(seconds=60)).isoformat()
    record = (await rig.post_record(validUntil=soon)).json()["recordId"]
    made = (await rig.http.post(f"/api/v1/records/{record}/offers", headers=rig.api_key())).json()
    token = (await wallet.token(made["offer"], made["txCode"])).json()["access_token"]
    rig.clock.ahead = timedelta(seconds=90)
    answer = await wallet.credential(token, wallet.proof(await wallet.nonce()))
    assert answer.json()["error"] == "credential_request_denied"


async def test_the_api_describes_itself(rig: Rig) -> None:
    document = (await rig.http.get("/openapi.json")).json()
    assert "/api/v1/records" in document["paths"]
    assert document["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"
    assert (await rig.http.get("/healthz")).json() == {"status": "ok"}
