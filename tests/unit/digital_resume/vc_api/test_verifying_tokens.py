"""Tokens and documents of other issuers, VC 1.1 included: what their specifications promise holds here."""

from typing import Any

import pytest

from digital_resume.core.encoding.base64url import b64u_encode
from digital_resume.core.encoding.bounded_json import dump_json
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.jws import sign_compact
from digital_resume.core.securing.sd_jwt import issue_sd_jwt
from tests.unit.digital_resume.vc_api.conftest import Api, credential

ISSUER = LocalSigner.generate("P-256")
DID = ISSUER.verification_method.partition("#")[0]
SUBJECT = "did:example:subject"
V1 = "https://www.w3.org/2018/credentials/v1"


def verify(api: Api, secured: Any, status: int, **options: Any) -> dict[str, Any]:
    body = {"verifiableCredential": secured, "options": options}
    answer = api.client.post("/credentials/verify", json=body)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def jwt(payload: dict[str, Any], **header: Any) -> str:
    return sign_compact({"kid": ISSUER.verification_method, **header}, payload, ISSUER)


def old(claims: dict[str, Any], **document: Any) -> str:
    context = [V1, {"name": "https://schema.org/name"}]
    inner = {"@context": context, "type": ["VerifiableCredential"], **document}
    return jwt({"iss": DID, "nbf": -152_960_400, **claims, "vc": inner}, typ="JWT")


def test_a_jwt_of_1_1_may_say_all_of_it_in_registered_claims(api: Api) -> None:
    claims = {"sub": SUBJECT, "jti": "https://example.edu/3732", "exp": 4_102_444_800}
    verify(api, old(claims, credentialSubject={"name": "a"}), 200)


@pytest.mark.parametrize(
    ("claims", "document"),
    [
        ({"sub": "did:example:other"}, {"credentialSubject": {"id": SUBJECT}}),
        ({"sub": SUBJECT}, {"credentialSubject": [{"id": SUBJECT}, {"id": "did:example:other"}]}),
        ({"jti": "urn:a"}, {"id": "urn:b", "credentialSubject": {"id": SUBJECT}}),
        ({}, {"issuanceDate": "2026-01-01T00:00:00Z", "credentialSubject": {"id": SUBJECT}}),
        (
            {"exp": 4_102_444_800},
            {"expirationDate": "2031-01-01T00:00:00Z", "credentialSubject": {"id": SUBJECT}},
        ),
    ],
)
def test_a_jwt_of_1_1_whose_claims_contradict_its_document_is_refused(
    api: Api, claims: dict[str, Any], document: dict[str, Any]
) -> None:
    assert verify(api, old(claims, **document), 400)["code"] == "claim_mismatch"


def test_a_presentation_of_1_1_holds_credentials_as_jwts(api: Api) -> None:
    inner = old({"sub": SUBJECT}, credentialSubject={"name": "a"})
    presentation = {"@context": [V1], "type": ["VerifiablePresentation"], "verifiableCredential": [inner]}
    token = jwt({"iss": DID, "nonce": "n1", "vp": presentation}, typ="JWT")
    body = {"verifiablePresentation": token, "options": {"challenge": "n1"}}
    assert api.client.post("/presentations/verify", json=body).status_code == 200
    body["options"] = {"challenge": "n2"}
    assert api.client.post("/presentations/verify", json=body).status_code == 400
    broken = {**presentation, "verifiableCredential": [inner[:-4] + "AAAA"]}
    body = {"verifiablePresentation": jwt({"iss": DID, "vp": broken}, typ="JWT"), "options": {}}
    assert api.client.post("/presentations/verify", json=body).status_code == 400


def test_a_token_without_typ_is_known_by_its_document(api: Api) -> None:
    token = jwt({**credential(), "issuer": DID})
    verify(api, token, 200)
    envelope = {
        "@context": "https://www.w3.org/ns/credentials/v2",
        "type": "EnvelopedVerifiableCredential",
        "id": f"data:application/vc+jwt,{token}",
    }
    verify(api, envelope, 200)


def test_claims_that_are_not_understood_are_ignored(api: Api) -> None:
    claims = {"azp": "x", "vct": "y", "status": {"status_list": {}}, "auth_time": 1, "scope": "z"}
    found = verify(api, jwt({**credential(), "issuer": DID, **claims}, typ="vc+jwt"), 200)
    assert not found.get("warnings")


@pytest.mark.parametrize(
    "asked", [{"challenge": "n"}, {"domain": "d"}, {"expectedProofPurpose": "authentication"}]
)
def test_what_a_credential_cannot_promise_is_refused(api: Api, asked: dict[str, str]) -> None:
    document = {**credential(), "issuer": DID}
    bound = issue_sd_jwt(document, set(), ISSUER, typ="vc+sd-jwt")
    for secured in (
        jwt(document, typ="vc+jwt"),
        bound,
        old({"sub": SUBJECT}, credentialSubject={"name": "a"}),
    ):
        verify(api, secured, 200)
        verify(api, secured, 400, **asked)


def test_what_is_shown_counts_and_what_is_hidden_beside_the_claims_is_told(api: Api) -> None:
    document = {**credential(), "issuer": DID, "validUntil": "2099-01-01T00:00:00Z"}
    token = issue_sd_jwt(document, {("validUntil",)}, ISSUER, typ="vc+sd-jwt")
    assert not verify(api, token, 200).get("warnings")
    hidden = token.split("~")[0] + "~"
    (warning,) = verify(api, hidden, 200)["warnings"]
    assert warning["code"] == "members_hidden"
    expired = {**document, "validUntil": "2020-01-01T00:00:00Z"}
    shown = issue_sd_jwt(expired, {("validUntil",)}, ISSUER, typ="vc+sd-jwt")
    assert verify(api, shown, 400)["code"] == "expired"


def test_evidence_may_be_a_data_url_as_long_as_a_document(api: Api) -> None:
    evidence = {"id": "data:text/plain;base64," + b64u_encode(bytes(20_000)), "type": "Evidence"}
    document = {**credential(), "issuer": DID, "evidence": [evidence]}
    document["@context"] = [*document["@context"], {"Evidence": "https://example.org/Evidence"}]
    verify(api, jwt(document, typ="vc+jwt"), 200)


def test_a_nul_character_in_a_claim_is_a_character(api: Api) -> None:
    document = {**credential(credentialSubject={"id": SUBJECT, "name": "a\0b"}), "issuer": DID}
    body = dump_json({"verifiableCredential": jwt(document, typ="vc+jwt"), "x": "\0"})
    headers = {"Content-Type": "application/json"}
    assert api.client.post("/credentials/verify", content=body, headers=headers).status_code == 200


def test_a_method_at_an_https_address_is_not_supported_rather_than_malformed(api: Api) -> None:
    secured = api.issue("eddsa-rdfc-2022", credential(), 201)
    secured["proof"]["verificationMethod"] = "https://example.org/keys/1"
    assert verify(api, secured, 400)["code"] == "methodNotSupported"
