"""Bad input: each has its own clear error and changes nothing."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from digital_resume.core.credentials.catalog import credential_type
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.jws import sign_compact
from tests.integration.issuer.rig import PRE_AUTHORIZED, Rig, Wallet, offer_path

DEGREE = dict(credential_type("UniversityDegree").example)


def assert_problem(answer: httpx.Response, status: int, code: str) -> None:
    """Check that an answer is a problem document in two languages, without a stack trace."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["code"] == code
    assert body["title_ko"]
    assert body["detail"]
    assert "Traceback" not in answer.text
    assert "File " not in answer.text


def assert_protocol_error(answer: httpx.Response, status: int, error: str) -> None:
    """Check that an answer is the spec's JSON."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["error"] == error
    assert answer.json()["error_description"].isascii()


# --- signing API ----------------------------------------------------------------------------------------


async def test_an_unknown_credential_type_is_refused(rig: Rig) -> None:
    before = await rig.state()
    assert_problem(await rig.post_record(type_name="Diploma", claims=DEGREE), 422, "unknown_credential_type")
    assert await rig.state() == before


async def test_a_type_of_another_institution_is_refused(rig: Rig) -> None:
    before = await rig.state()
    answer = await rig.post_record(type_name="IdentityCredential")
    assert_problem(answer, 422, "type_not_allowed")
    assert await rig.state() == before


async def test_claims_that_break_the_schema_are_named(rig: Rig) -> None:
    before = await rig.state()
    answer = await rig.post_record({**DEGREE, "graduationDate": "soon", "hobby": "golf"})
    assert_problem(answer, 422, "schema_violation")
    paths = {fault["path"] for fault in answer.json()["context"]["errors"]}
    assert "/graduationDate" in paths
    assert "golf" not in answer.text
    assert await rig.state() == before


async def test_a_resident_registration_number_is_refused_and_not_repeated(rig: Rig) -> None:
    before = await rig.state()
    answer = await rig.post_record({**DEGREE, "major": "전공 010314-3123456"})
    assert_problem(answer, 422, "resident_registration_number")
    assert "3123456" not in answer.text
    assert await rig.state() == before


async def test_an_oversize_body_is_refused(rig: Rig) -> None:
    before = await rig.state()
    answer = await rig.post_record({**DEGREE, "major": "가" * 40_000})
    assert_problem(answer, 413, "too_large")
    assert await rig.state() == before


async def test_a_body_that_is_not_json_is_refused(rig: Rig) -> None:
    before = await rig.state()
    headers = {**rig.api_key(), "Idempotency-Key": "not-json-1", "Content-Type": "application/json"}
    answer = await rig.http.post("/api/v1/records", content=b'{"credentialType": ', headers=headers)
    assert_problem(answer, 400, "malformed")
    assert await rig.state() == before


async def test_an_unknown_member_is_refused(rig: Rig) -> None:
    before = await rig.state()
    assert_problem(await rig.post_record(DEGREE, photo="…"), 422, "request_invalid")
    assert await rig.state() == before


async def test_a_validity_that_is_over_is_refused(rig: Rig) -> None:
    before = await rig.state()
    answer = await rig.post_record(DEGREE, validUntil="2020-01-01T00:00:00Z")
    assert_problem(answer, 422, "validity_invalid")
    assert await rig.state() == before


async def test_a_missing_idempotency_key_is_refused(rig: Rig) -> None:
    before = await rig.state()
    body = {"credentialType": "UniversityDegree", "claims": DEGREE}
    answer = await rig.http.post("/api/v1/records", json=body, headers=rig.api_key())
    assert_problem(answer, 400, "idempotency_key_missing")
    assert await rig.state() == before


@pytest.mark.parametrize("key", ["short", "x" * 129, "with space", "tab\tinside"])
async def test_a_bad_idempotency_key_is_refused(rig: Rig, key: str) -> None:
    before = await rig.state()
    assert_problem(await rig.post_record(DEGREE, key=key), 400, "idempotency_key_invalid")
    assert await rig.state() == before


async def test_an_idempotency_key_reused_with_another_body_is_refused(rig: Rig) -> None:
    first = await rig.post_record(DEGREE, key="reused-key")
    before = await rig.state()
    answer = await rig.post_record({**DEGREE, "major": "수학"}, key="reused-key")
    assert_problem(answer, 422, "idempotency_key_reused")
    assert await rig.state() == before
    again = await rig.post_record(DEGREE, key="reused-key")
    assert (again.status_code, again.content) == (201, first.content)


async def test_an_idempotency_key_of_a_failed_request_is_not_used_up(rig: Rig) -> None:
    assert (await rig.post_record({"name": "김하늘"}, key="failed-once")).status_code == 422
    assert (await rig.post_record(DEGREE, key="failed-once")).status_code == 201


async def test_the_same_request_sent_at_once_is_done_once(rig: Rig) -> None:
    answers = await asyncio.gather(*(rig.post_record(DEGREE, key="same-moment") for _ in range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert await rig.scalar("select count(*) from issuer.record") == 1


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


async def test_an_issued_record_gets_no_further_offer(rig: Rig, wallet: Wallet) -> None:
    record, made = await rig.offered()
    await wallet.claim(made["offer"], made["txCode"])
    before = await rig.state()
    answer = await rig.http.post(f"/api/v1/records/{record}/offers", headers=rig.api_key())
    assert_problem(answer, 409, "record_already_issued")
    assert await rig.state() == before


@pytest.mark.parametrize(
    "holder",
    [
        {},
        {"did": "did:web:example.com"},
        {"did": f"did:key:{LocalSigner.generate('Ed25519').public_key.multikey}"},
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


# --- OpenID4VCI -----------------------------------------------------------------------------------------


async def test_a_wrong_transaction_code_is_refused_and_the_fifth_burns_the_offer(
    rig: Rig, wallet: Wallet
) -> None:
    _, made = await rig.offered()
    wrong = "000000" if made["txCode"] != "000000" else "111111"
    for _ in range(5):
        assert_protocol_error(await wallet.token(made["offer"], wrong), 400, "invalid_grant")
    before = await rig.state()
    assert_protocol_error(await wallet.token(made["offer"], made["txCode"]), 400, "invalid_grant")
    assert await rig.state() == before
    assert await rig.scalar("select state from issuer.offer") == "burnt"
    assert_problem(await rig.http.get(offer_path(made["offerUri"])), 410, "offer_ended")


async def test_four_wrong_transaction_codes_leave_a_last_try(rig: Rig, wallet: Wallet) -> None:
    _, made = await rig.offered()
    wrong = "000000" if made["txCode"] != "000000" else "111111"
    for _ in range(4):
        await wallet.token(made["offer"], wrong)
    assert (await wallet.token(made["offer"], made["txCode"])).status_code == 200


async def test_wrong_codes_sent_at_once_all_count(rig: Rig, wallet: Wallet) -> None:
    _, made = await rig.offered()
    wrong = "000000" if made["txCode"] != "000000" else "111111"
    await asyncio.gather(*(wallet.token(made["offer"], wrong) for _ in range(8)))
    assert_protocol_error(await wallet.token(made["offer"], made["txCode"]), 400, "invalid_grant")


async def test_a_missing_transaction_code_costs_no_try(rig: Rig, wallet: Wallet) -> None:
    _, made = await rig.offered()
    before = await rig.state()
    assert_protocol_error(await wallet.token(made["offer"]), 400, "invalid_request")
    assert await rig.state() == before


async def test_a_reused_code_is_refused(rig: Rig, wallet: Wallet) -> None:
    _, made = await rig.offered()
    assert (await wallet.token(made["offer"], made["txCode"])).status_code == 200
    before = await rig.state()
    assert_protocol_error(await wallet.token(made["offer"], made["txCode"]), 400, "invalid_grant")
    assert await rig.state() == before


async def test_a_code_sent_twice_at_once_is_redeemed_once(rig: Rig, wallet: Wallet) -> None:
    _, made = await rig.offered()
    answers = await asyncio.gather(*(wallet.token(made["offer"], made["txCode"]) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400, 400, 400]


async def test_an_expired_code_is_refused(rig: Rig, wallet: Wallet) -> None:
    _, made = await rig.offered()
    rig.clock.ahead = timedelta(seconds=rig.settings.offer_seconds + 1)
    before = await rig.state()
    assert_protocol_error(await wallet.token(made["offer"], made["txCode"]), 400, "invalid_grant")
    assert await rig.state() == before
    assert_problem(await rig.http.get(offer_path(made["offerUri"])), 410, "offer_ended")


async def test_a_code_is_worth_nothing_at_another_institution(rig: Rig, wallet: Wallet) -> None:
    await rig.add_institutions("mobile-id", accredited=False)
    _, made = await rig.offered()
    before = await rig.state()
    answer = await wallet.token(made["offer"], made["txCode"], slug="mobile-id")
    assert_protocol_error(answer, 400, "invalid_grant")
    assert await rig.state() == before


async def test_an_older_offer_ends_with_a_newer_one(rig: Rig, wallet: Wallet) -> None:
    record, old = await rig.offered()
    new = (await rig.http.post(f"/api/v1/records/{record}/offers", headers=rig.api_key())).json()
    assert_protocol_error(await wallet.token(old["offer"], old["txCode"]), 400, "invalid_grant")
    assert (await wallet.token(new["offer"], new["txCode"])).status_code == 200


async def test_a_newer_offer_ends_an_older_one_that_was_redeemed(rig: Rig, wallet: Wallet) -> None:
    record, old = await rig.offered()
    token = (await wallet.token(old["offer"], old["txCode"])).json()["access_token"]
    new = (await rig.http.post(f"/api/v1/records/{record}/offers", headers=rig.api_key())).json()
    before = await rig.state()
    refused = await wallet.credential(token, wallet.proof(await wallet.nonce()))
    assert_protocol_error(refused, 401, "invalid_token")
    assert await rig.state() == before
    assert (await Wallet(rig).claim(new["offer"], new["txCode"]))["credentials"]


async def test_a_redemption_and_a_newer_offer_do_not_block_one_another(rig: Rig, wallet: Wallet) -> None:
    for _ in range(10):
        record, old = await rig.offered()
        redeemed, offered = await asyncio.gather(
            wallet.token(old["offer"], old["txCode"]),
            rig.http.post(f"/api/v1/records/{record}/offers", headers=rig.api_key()),
        )
        assert redeemed.status_code in {200, 400}
        assert offered.status_code == 201
        assert await rig.scalar("select count(*) from issuer.access_token") == 0


async def test_of_a_claim_and_a_newer_offer_at_the_same_moment_one_wins(rig: Rig, wallet: Wallet) -> None:
    for _ in range(5):
        record, old = await rig.offered()
        token = (await wallet.token(old["offer"], old["txCode"])).json()["access_token"]
        proof = wallet.proof(await wallet.nonce())
        claimed, offered = await asyncio.gather(
            wallet.credential(token, proof),
            rig.http.post(f"/api/v1/records/{record}/offers", headers=rig.api_key()),
        )
        assert (claimed.status_code, offered.status_code) in {(200, 409), (401, 201)}


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "x"}, "unsupported_grant_type"),
        ({"grant_type": PRE_AUTHORIZED}, "invalid_request"),
        ({"grant_type": PRE_AUTHORIZED, "pre-authorized_code": ["a", "b"]}, "invalid_request"),
        ({"grant_type": PRE_AUTHORIZED, "pre-authorized_code": "unknown"}, "invalid_grant"),
    ],
)
async def test_a_malformed_token_request_is_refused(
    rig: Rig, form: dict[str, str | list[str]], error: str
) -> None:
    before = await rig.state()
    assert_protocol_error(await rig.http.post("/i/univ/token", data=form), 400, error)
    assert await rig.state() == before


async def _token(rig: Rig, wallet: Wallet) -> str:
    _, made = await rig.offered()
    token: str = (await wallet.token(made["offer"], made["txCode"])).json()["access_token"]
    return token


async def test_a_proof_with_a_used_nonce_is_refused(rig: Rig, wallet: Wallet) -> None:
    token = await _token(rig, wallet)
    other = await _token(rig, wallet)
    nonce = await wallet.nonce()
    assert (await wallet.credential(other, wallet.proof(nonce))).status_code == 200
    before = await rig.state()
    assert_protocol_error(await wallet.credential(token, wallet.proof(nonce)), 400, "invalid_nonce")
    assert await rig.state() == before


async def test_a_proof_with_an_old_nonce_is_refused(rig: Rig, wallet: Wallet) -> None:
    token, nonce = await _token(rig, wallet), await wallet.nonce()
    rig.clock.ahead = timedelta(seconds=rig.settings.nonce_seconds + 1)
    before = await rig.state()
    assert_protocol_error(await wallet.credential(token, wallet.proof(nonce)), 400, "invalid_nonce")
    assert await rig.state() == before


async def test_a_nonce_is_good_for_one_of_two_simultaneous_proofs(rig: Rig, wallet: Wallet) -> None:
    tokens = [await _token(rig, wallet) for _ in range(4)]
    nonce = await wallet.nonce()
    answers = await asyncio.gather(*(wallet.credential(token, wallet.proof(nonce)) for token in tokens))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]


async def test_a_nonce_of_another_institution_is_refused(rig: Rig, wallet: Wallet) -> None:
    await rig.add_institutions("mobile-id", accredited=False)
    token, nonce = await _token(rig, wallet), await wallet.nonce("mobile-id")
    assert_protocol_error(await wallet.credential(token, wallet.proof(nonce)), 400, "invalid_nonce")


async def test_a_credential_is_issued_once_to_simultaneous_requests(rig: Rig, wallet: Wallet) -> None:
    token = await _token(rig, wallet)
    proofs = [wallet.proof(await wallet.nonce()) for _ in range(5)]
    answers = await asyncio.gather(*(wallet.credential(token, proof) for proof in proofs))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["credentials"][0]["credential"] for answer in answers}) == 1
    assert await rig.scalar("select count(*) from issuer.credential") == 1
    assert await rig.scalar("select count(*) from issuer.leaf") == 1


@pytest.mark.parametrize(
    "fault", ["audience", "type", "old", "future", "no_nonce", "signature", "kid", "garbage"]
)
async def test_a_wrong_proof_is_refused(rig: Rig, wallet: Wallet, fault: str) -> None:
    token, nonce = await _token(rig, wallet), await wallet.nonce()
    now = int(rig.clock.now().timestamp())
    proof = {
        "audience": lambda: wallet.proof(nonce, aud="http://localhost:8001/i/other"),
        "type": lambda: wallet.proof(nonce, typ="JWT"),
        "old": lambda: wallet.proof(nonce, iat=now - 600),
        "future": lambda: wallet.proof(nonce, iat=now + 600),
        "no_nonce": lambda: wallet.proof(None),
        "signature": lambda: wallet.proof(nonce)[:-8] + "AAAAAAAA",
        "kid": lambda: _proof_by_kid(wallet, nonce),
        "garbage": lambda: "not.a.jwt",
    }[fault]()
    before = await rig.state()
    assert_protocol_error(await wallet.credential(token, proof), 400, "invalid_proof")
    assert await rig.state() == before
    # A proof that is wrong in itself uses no nonce up.
    assert (await wallet.credential(token, wallet.proof(nonce))).status_code == 200


def _proof_by_kid(wallet: Wallet, nonce: str) -> str:
    claims = {"aud": wallet.issuer("univ"), "iat": int(wallet.rig.clock.now().timestamp()), "nonce": nonce}
    header = {"typ": "openid4vci-proof+jwt", "kid": wallet.key.verification_method}
    return sign_compact(header, claims, wallet.key)


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
    headers = {"Authorization": f"Bearer {await _token(rig, wallet)}"}
    before = await rig.state()
    answer = await rig.http.post("/i/univ/credential", json=body, headers=headers)
    assert_protocol_error(answer, 400, error)
    assert await rig.state() == before


async def test_a_token_for_another_type_is_refused(rig: Rig, wallet: Wallet) -> None:
    token = await _token(rig, wallet)
    answer = await wallet.credential(
        token, wallet.proof(await wallet.nonce()), configuration="AcademicTranscript"
    )
    assert_protocol_error(answer, 403, "insufficient_scope")


async def test_a_wrong_access_token_is_refused_with_a_challenge(rig: Rig, wallet: Wallet) -> None:
    answer = await wallet.credential("wrong", wallet.proof(await wallet.nonce()))
    assert_protocol_error(answer, 401, "invalid_token")
    assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token"')
    bare = await rig.http.post("/i/univ/credential", json={})
    assert (bare.status_code, bare.headers["www-authenticate"]) == (401, "Bearer")


async def test_an_expired_access_token_is_refused(rig: Rig, wallet: Wallet) -> None:
    token = await _token(rig, wallet)
    rig.clock.ahead = timedelta(seconds=rig.settings.token_seconds + 1)
    before = await rig.state()
    answer = await wallet.credential(token, wallet.proof(await wallet.nonce()))
    assert_protocol_error(answer, 401, "invalid_token")
    assert await rig.state() == before


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "invalid_notification_request"),
        ({"notification_id": "x", "event": "credential_eaten"}, "invalid_notification_request"),
        ({"notification_id": "unknown", "event": "credential_accepted"}, "invalid_notification_id"),
    ],
)
async def test_a_wrong_notification_is_refused(
    rig: Rig, wallet: Wallet, body: dict[str, str], error: str
) -> None:
    headers = {"Authorization": f"Bearer {await _token(rig, wallet)}"}
    before = await rig.state()
    answer = await rig.http.post("/i/univ/notification", json=body, headers=headers)
    assert_protocol_error(answer, 400, error)
    assert await rig.state() == before


# --- everything else ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/i/nobody/did.json",
        "/.well-known/openid-credential-issuer/i/nobody",
        "/i/univ/offers/AAAAAAAAAAAAAAAAAAAAAA",
        "/i/univ/status/99",
        "/receipts/" + "0" * 64,
        "/nothing",
    ],
)
async def test_what_is_not_there_is_not_found(rig: Rig, path: str) -> None:
    assert_problem(await rig.http.get(path), 404, "not_found")


@pytest.mark.parametrize("path", ["/receipts/xyz", "/i/UNIV/did.json", "/i/univ/status/0"])
async def test_a_malformed_address_is_refused(rig: Rig, path: str) -> None:
    assert_problem(await rig.http.get(path), 422, "request_invalid")


async def test_wallets_of_other_origins_may_ask_and_the_signing_api_stays_closed(rig: Rig) -> None:
    origin = {"Origin": "http://localhost:8002"}
    opened = await rig.http.post("/i/univ/nonce", headers=origin)
    assert opened.headers["access-control-allow-origin"] == "*"
    preflight = await rig.http.options(
        "/i/univ/credential",
        headers={
            **origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )
    assert preflight.status_code == 200
    closed = await rig.http.get("/api/v1/records/x", headers=origin)
    assert "access-control-allow-origin" not in closed.headers
