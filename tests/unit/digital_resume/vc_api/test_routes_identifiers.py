"""What the did:key suite and the HTTP binding of DID resolution assert."""

from typing import Any
from urllib.parse import quote

import pytest

from digital_resume.core.keys.multikey import multibase_encode
from tests.unit.digital_resume.vc_api.conftest import Api

KEY = "z6MktKwz7Ge1Yxzr4JHavN33wiwa8y81QdcMRLXQsrH9T53b"
DID = f"did:key:{KEY}"
ACCEPT = 'application/ld+json;profile="https://w3id.org/did-resolution"'


def resolve(api: Api, did: str, expected: int, **query: str) -> dict[str, Any]:
    answer = api.client.get(f"/identifiers/{quote(did, safe='')}", headers={"Accept": ACCEPT}, params=query)
    assert answer.status_code == expected, answer.text
    document: dict[str, Any] = answer.json()
    assert {"@context", "didDocument", "didDocumentMetadata", "didResolutionMetadata"} <= set(document)
    return document


def test_did_key_resolves(api: Api) -> None:
    for did in (DID, f"did:key:1:{KEY}"):
        found = resolve(api, did, 200)
        assert "error" not in found["didResolutionMetadata"]
        document = found["didDocument"]
        assert document["id"] == did
        method = document["verificationMethod"][0]
        assert (method["type"], method["publicKeyMultibase"], method["controller"]) == ("Multikey", KEY, did)
        assert document["assertionMethod"] == document["authentication"] == [f"{did}#{KEY}"]


@pytest.mark.parametrize(
    ("did", "error", "status"),
    [
        (f"notDid:key:{KEY}", "invalidDid", 400),
        (f"key:{KEY}", "invalidDid", 400),
        (KEY, "invalidDid", 400),
        (f"did:{KEY}", "invalidDid", 400),
        (f"did:experimental:{KEY}", "methodNotSupported", 501),
        (f"did:key:-4:{KEY}", "invalidDid", 400),
        (f"did:key:0:{KEY}", "invalidDid", 400),
        (f"did:key:1.1:{KEY}", "invalidDid", 400),
        (f"did:key:v4:{KEY}", "invalidDid", 400),
        (f"did:key:{KEY[1:]}", "invalidDid", 400),
        (f"did:key:u{KEY[1:]}", "invalidDid", 400),
        ("did:key:@", "invalidDid", 400),
        ("did:key:z0OIl", "invalidDid", 400),
        ("did:key:", "invalidDid", 400),
        ("did:key:zTjsVPtY", "invalidPublicKeyLength", 400),
        ("did:key:" + multibase_encode(b"\xed\x01" + bytes(33)), "invalidPublicKeyLength", 400),
        ("did:key:z6MkeTG3bFFSLYVU7VqhgZxqr6YzpaGrQtFMh1uvqGy1vDnX", "invalidPublicKey", 400),
        ("did:key:z6LSfHfAMAopsuBxaBzvp51GXrPf38Az13j2fmwqadbwwrzJ", "unsupportedPublicKeyType", 400),
        ("did:example:123456789abcdefghi", "methodNotSupported", 501),
        ("did:jwk:eyJ", "invalidDid", 400),
        ("did:web:unreachable.example", "notFound", 404),
        ("did:web:127.0.0.1", "invalidDid", 400),
        (f"{DID}/^bar^/?query=`#{KEY}", "invalidDidUrl", 400),
        (f"{DID}#another", "notFound", 404),
        ("x" * 3_000, "invalidDid", 400),
        ("did:key:z" + "1" * 2_000, "invalidDid", 400),
    ],
)
def test_errors_have_the_codes_of_the_specification(api: Api, did: str, error: str, status: int) -> None:
    found = resolve(api, did, status)
    assert found["didResolutionMetadata"]["error"] == error
    assert found["didDocument"] == {}
    if "#" in did:
        assert found["didDereferencingMetadata"]["error"] == error


@pytest.mark.parametrize(
    ("did", "kind", "error"),
    [
        (DID, "unknown", "unsupportedPublicKeyType"),
        (DID, "Ed25519VerificationKey2018", "invalidPublicKeyType"),
        (f"{DID}#{KEY}", "Ed25519VerificationKey2018", "invalidPublicKeyType"),
        (
            f"{DID}#z6LSfHfAMAopsuBxaBzvp51GXrPf38Az13j2fmwqadbwwrzJ",
            "X25519KeyAgreementKey2019",
            "invalidPublicKeyType",
        ),
    ],
)
def test_public_key_formats_that_cannot_be_written(api: Api, did: str, kind: str, error: str) -> None:
    found = resolve(api, did, 400, publicKeyFormat=kind, enableExperimentalPublicKeyTypes="false")
    assert found["didResolutionMetadata"]["error"] == error


@pytest.mark.parametrize(
    "kind",
    ["Multikey", "JsonWebKey", "JsonWebKey2020", "Ed25519VerificationKey2020", "X25519KeyAgreementKey2020"],
)
def test_public_key_formats_that_can_be_written(api: Api, kind: str) -> None:
    document = resolve(api, DID, 200, publicKeyFormat=kind, enableEncryptionKeyDerivation="true")[
        "didDocument"
    ]
    signing, agreement = document["verificationMethod"]
    assert signing["type"] == ("Ed25519VerificationKey2020" if kind.startswith("X25519") else kind)
    assert agreement["type"] == ("X25519KeyAgreementKey2020" if "25519" in kind else kind)
    assert document["keyAgreement"] == [agreement["id"]]


def test_fragment_dereferences_to_its_verification_method(api: Api) -> None:
    for fragment in (KEY, "z6LSfHfAMAopsuBxaBzvp51GXrPf38Az13j2fmwqadbwwrzJ"):
        found = resolve(api, f"{DID}#{fragment}", 200)
        assert found["didDocument"]["controller"] == DID
        assert found["didDocument"]["id"] == f"{DID}#{fragment}"
        assert "error" not in found["didDereferencingMetadata"]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/did-resolution", "application/json"),
        ("application/did+ld+json", "application/did+ld+json"),
        ("application/did+json, */*", "application/did+json"),
    ],
)
def test_representation_is_the_one_asked_for(api: Api, accept: str, media_type: str) -> None:
    answer = api.client.get(f"/identifiers/{DID}", headers={"Accept": accept})
    assert answer.headers["content-type"] == media_type
    document = answer.json()
    assert (document if "did+" in media_type else document["didDocument"])["id"] == DID


def test_representation_that_is_not_supported_is_406(api: Api) -> None:
    answer = api.client.get(f"/identifiers/{DID}", headers={"Accept": "application/did+cbor"})
    assert answer.status_code == 406
    assert answer.json()["didResolutionMetadata"]["error"] == "representationNotSupported"


def test_own_issuers_resolve(api: Api) -> None:
    for issuer in api.client.get("/issuers").json()["issuers"]:
        assert resolve(api, issuer["id"], 200)["didDocument"]["id"] == issuer["id"]
        assert api.client.get(f"/issuers/{issuer['name']}").json()["id"] == issuer["id"]


def test_issuers_are_found_by_key_type(api: Api) -> None:
    assert api.did("ecdsa-jcs-2019?keyType=P-384") == api.did("ecdsa-jcs-2019-p384")
    assert api.did("ecdsa-jcs-2019-p256") == api.did("ecdsa-jcs-2019")
    assert api.client.get("/issuers/ecdsa-jcs-2019?keyType=Ed25519").status_code == 400
    assert api.client.get("/issuers/none").status_code == 404
    assert api.client.post("/issuers/none/credentials/issue", json={}).status_code == 404
