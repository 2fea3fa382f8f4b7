"""DIDs: syntax, did:key, did:jwk, did:web."""

import pytest

from digital_resume.core.errors import IdentifierError, ResumeError
from digital_resume.core.identifiers.did import (
    build_did_document,
    did_jwk_from_public_key,
    did_key_from_public_key,
    did_web_from_url,
    did_web_url,
    multikey_from_jwk,
    parse_did,
    parse_did_url,
    public_key_from_verification_method,
    resolve_did_jwk,
    resolve_did_key,
    verification_key,
)
from digital_resume.core.keys.signing import LocalSigner

ED = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
P256 = "zDnaepBuvsQ8cpsWrVKw8fbpGpvPeNSjVPTWoq6cRqaYzBKVP"
UNIV = "did:web:localhost%3A8001:i:univ"


def test_did_url_has_its_parts() -> None:
    url = parse_did_url("did:example:a:b/p/q?x=1#frag")
    assert (url.did, url.method, url.method_specific_id) == ("did:example:a:b", "example", "a:b")
    assert (url.path, url.query, url.fragment) == ("p/q", "x=1", "frag")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "did",
        "did:",
        "did:key",
        "did:key:",
        "did::abc",
        "DID:key:abc",
        "did:Key:abc",
        "did:web:a b",
        "did:web:a%3",
        "did:web:a:",
        "did:web:é",
        "did:web:a\n",
        "did:web:" + "a" * 3000,
    ],
)
def test_what_is_no_did_is_refused(text: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_did(text)
    assert caught.value.code == "invalidDid"


def test_a_did_url_is_no_did() -> None:
    with pytest.raises(IdentifierError):
        parse_did(f"did:key:{ED}#{ED}")


# --- did:key and did:jwk --------------------------------------------------------------------------------


@pytest.mark.parametrize("multikey", [ED, P256])
def test_did_key_round_trip(multikey: str) -> None:
    key = resolve_did_key(f"did:key:{multikey}")
    assert did_key_from_public_key(key) == f"did:key:{multikey}"
    assert verification_key(f"did:key:{multikey}#{multikey}") == key


def test_did_key_may_have_a_version() -> None:
    assert resolve_did_key(f"did:key:1:{ED}") == resolve_did_key(f"did:key:{ED}")


@pytest.mark.parametrize(
    ("did", "code"),
    [
        (f"did:web:{ED}", "methodNotSupported"),
        (f"did:key:0:{ED}", "invalidDid"),
        (f"did:key:1.1:{ED}", "invalidDid"),
        (f"did:key:1:2:{ED}", "invalidDid"),
        (f"did:key:{ED[1:]}", "invalidDid"),
        ("did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc", "unsupportedPublicKeyType"),
        ("did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ", "unsupportedPublicKeyType"),
    ],
)
def test_did_key_error_codes(did: str, code: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        resolve_did_key(did)
    assert caught.value.code == code


def test_did_jwk_round_trip() -> None:
    key = resolve_did_key(f"did:key:{P256}")
    did = did_jwk_from_public_key(key)
    assert resolve_did_jwk(did) == key
    assert verification_key(f"{did}#0") == key


def test_the_example_of_the_did_jwk_method() -> None:
    did = (
        "did:jwk:eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3l6OTFQ"
        "SDZDZEgyVjAiLCJ5IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9"
    )
    assert resolve_did_jwk(did).jwk()["x"] == "acbIQiuMs3i8_uszEjJ2tpTtRM4EU3yz91PH6CdH2V0"


@pytest.mark.parametrize("did", ["did:jwk:AAAA", "did:jwk:e30", "did:jwk:" + "A" * 1999, f"did:key:{ED}"])
def test_broken_did_jwk_is_refused(did: str) -> None:
    with pytest.raises(IdentifierError):
        resolve_did_jwk(did)


@pytest.mark.parametrize(
    "url",
    [
        f"did:key:{ED}",
        f"did:key:{ED}#{P256}",
        f"did:key:{ED}?a=b#{ED}",
        f"did:key:{ED}/p#{ED}",
        "did:example:abc#key",
        f"{UNIV}#key-1",
        f"did:web:127.0.0.1#{P256}",
    ],
)
def test_key_that_does_not_travel_in_the_identifier_is_refused(url: str) -> None:
    with pytest.raises(IdentifierError):
        verification_key(url)


def test_institution_key_travels_in_the_fragment() -> None:
    assert verification_key(f"{UNIV}#{P256}").multikey == P256


def test_did_document_names_the_key_for_every_purpose() -> None:
    for did in (f"did:key:{ED}", did_jwk_from_public_key(resolve_did_key(f"did:key:{P256}"))):
        document = build_did_document(did)
        (method,) = document["verificationMethod"]
        assert document["assertionMethod"] == document["authentication"] == [method["id"]]
        assert public_key_from_verification_method(method) == verification_key(method["id"])


def test_did_web_has_no_document_of_its_own() -> None:
    with pytest.raises(IdentifierError) as caught:
        build_did_document(UNIV)
    assert caught.value.code == "methodNotSupported"


def test_unknown_verification_method_type_is_refused() -> None:
    with pytest.raises(ResumeError):
        public_key_from_verification_method({"type": "EcdsaSecp256k1VerificationKey2019"})


def test_jwk_to_multikey() -> None:
    key = LocalSigner.generate("P-384").public_key
    assert multikey_from_jwk(key.jwk()) == key.multikey


# --- did:web --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("did", "url"),
    [
        ("did:web:w3c-ccg.github.io", "https://w3c-ccg.github.io/.well-known/did.json"),
        ("did:web:w3c-ccg.github.io:user:alice", "https://w3c-ccg.github.io/user/alice/did.json"),
        ("did:web:example.com%3A3000:user:alice", "https://example.com:3000/user/alice/did.json"),
        (UNIV, "http://localhost:8001/i/univ/did.json"),
        ("did:web:wallet.localhost%3A8002", "http://wallet.localhost:8002/.well-known/did.json"),
    ],
)
def test_did_web_url(did: str, url: str) -> None:
    assert did_web_url(did) == url


@pytest.mark.parametrize(
    "did",
    [
        "did:web:127.0.0.1",
        "did:web:127.1",
        "did:web:0x7f.1",
        "did:web:0x7f000001",
        "did:web:2130706433",
        "did:web:%5B%3A%3A1%5D",
        "did:web:example.com%2F..%2Fx",
        "did:web:example.com:..:x",
        "did:web:example.com:%2E%2E:x",
        "did:web:example.com:a%2Fb",
        "did:web:example.com:a%23b",
        "did:web:example.com::x",
        "did:web:user%40example.com",
        "did:web:example.com%3A0",
        "did:web:example.com%3A65536",
        "did:web:example.com%3A",
        "did:web:example.com%3A80%3A80",
        "did:web:-example.com",
        "did:web:localhost.%00",
        "did:web:example.com%0A",
    ],
)
def test_did_web_that_could_lead_astray_is_refused(did: str) -> None:
    with pytest.raises(IdentifierError):
        did_web_url(did)


@pytest.mark.parametrize(
    ("url", "did"),
    [
        ("http://localhost:8001/i/univ", UNIV),
        ("https://univ.example", "did:web:univ.example"),
        ("https://univ.example/i/a/", "did:web:univ.example:i:a"),
    ],
)
def test_did_web_from_url(url: str, did: str) -> None:
    assert did_web_from_url(url) == did


@pytest.mark.parametrize(
    "url",
    [
        "http://univ.example/i/a",
        "https://localhost/i/a",
        "ftp://univ.example",
        "https://10.0.0.1/i",
        "https://univ.example/?q",
        "https://u@univ.example/",
        "https://univ.example:99999/",
        "https://univ.example/%2e",
        "",
        "http://[::1",
    ],
)
def test_url_without_did_web_is_refused(url: str) -> None:
    with pytest.raises(IdentifierError):
        did_web_from_url(url)
