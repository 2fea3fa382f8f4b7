"""The metadata documents over HTTP."""

import pytest

from digital_resume.core.credentials.catalog import credential_type
from tests.integration.issuer.answers import granted
from tests.integration.issuer.rig import PRE_AUTHORIZED, Rig, Wallet


async def test_the_metadata_say_what_is_issued_in_two_languages(rig: Rig) -> None:
    served = await rig.http.get("/.well-known/openid-credential-issuer/i/univ")
    body = served.json()
    assert body["credential_issuer"] == "http://localhost:8001/i/univ"
    degree = body["credential_configurations_supported"]["UniversityDegree"]
    assert degree["format"] == "dc+sd-jwt"
    assert degree["vct"] == "urn:vdr:UniversityDegree:1"
    assert degree["cryptographic_binding_methods_supported"] == ["jwk", "did:key", "did:jwk"]
    algorithms = {"proof_signing_alg_values_supported": ["ES256", "EdDSA"]}
    assert degree["proof_types_supported"] == {"jwt": algorithms}
    names = {entry["locale"]: entry["name"] for entry in degree["credential_metadata"]["display"]}
    assert names == {"ko-KR": "학위(졸업)증명", "en-US": "University degree"}
    claims = degree["credential_metadata"]["claims"]
    assert ["ld", "credentialSubject", "degree"] in [claim["path"] for claim in claims]
    display = credential_type("UniversityDegree").resume
    assert degree["credential_metadata"]["urn:vdr:resume"] == display.to_json()
    for entry in degree["credential_metadata"]["display"]:
        picture = await rig.http.get(entry["logo"]["uri"])
        assert picture.headers["content-type"] == "image/svg+xml"
        assert f'<path d="{display.icon_path}"/>' in picture.text
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


@pytest.mark.parametrize("name", ["openid-credential-issuer", "oauth-authorization-server"])
async def test_older_wallets_find_the_metadata_below_the_issuer(rig: Rig, name: str) -> None:
    inserted = await rig.http.get(f"/.well-known/{name}/i/univ")
    appended = await rig.http.get(f"/i/univ/.well-known/{name}")
    assert (inserted.status_code, appended.status_code) == (200, 200)
    assert appended.json() == inserted.json()


async def test_an_older_wallet_sends_one_proof(rig: Rig, wallet: Wallet) -> None:
    proof = {"proof_type": "jwt", "jwt": wallet.proof(await wallet.nonce())}
    body = {"credential_configuration_id": "UniversityDegree", "proof": proof}
    headers = {"Authorization": f"Bearer {await granted(rig, wallet)}"}
    answer = await rig.http.post("/i/univ/credential", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
