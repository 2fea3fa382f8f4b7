"""Resolution of DIDs and the keys of controller documents."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from digital_resume.core.errors import IdentifierError, SourceUnavailableError
from digital_resume.core.identifiers.did import did_jwk_from_public_key, did_key_from_public_key
from digital_resume.core.identifiers.resolution import (
    Resolver,
    check_controller_document,
    find_method,
    method_key,
)
from digital_resume.core.keys.signing import LocalSigner

DID = "did:web:univ.example:i:demo"
SIGNER = LocalSigner.generate("P-256", DID)
METHOD = SIGNER.verification_method


class Shelf:
    def __init__(self, **documents: Any) -> None:
        self.documents = {"https://univ.example/i/demo/did.json": json.dumps(documents).encode()}

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> bytes:
        if url not in self.documents:
            raise SourceUnavailableError("not there")
        return self.documents[url]


def method(**changes: Any) -> dict[str, Any]:
    base = {
        "id": METHOD,
        "type": "Multikey",
        "controller": DID,
        "publicKeyMultibase": SIGNER.public_key.multikey,
    }
    return {name: value for name, value in {**base, **changes}.items() if value is not ...}


def document(**changes: Any) -> dict[str, Any]:
    return {"id": DID, "verificationMethod": [method()], "assertionMethod": [METHOD], **changes}


class Noon:
    """A clock that stands still."""

    def now(self) -> datetime:
        return datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize("curve", ["Ed25519", "P-256", "P-384"])
def test_did_key_and_did_jwk_resolve_from_the_identifier(curve: Any) -> None:
    key = LocalSigner.generate(curve).public_key
    resolver = Resolver()
    for did in (did_key_from_public_key(key), did_jwk_from_public_key(key)):
        found = resolver.resolve(did)
        assert found.error is None
        assert found.document is not None
        named = found.document["verificationMethod"][0]["id"]
        assert method_key(find_method(found.document, named, "assertionMethod"), now=None) == key
        assert resolver.key(named, "assertionMethod") == key


def test_did_web_needs_a_fetcher() -> None:
    assert Resolver().resolve(DID).error == "methodNotSupported"
    found = Resolver(Shelf(**document())).resolve(DID)
    assert found.error is None
    assert found.document == document()
    assert Resolver(Shelf()).resolve("did:web:other.example").error == "notFound"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"verificationMethod": [], "assertionMethod": [method()]},
        {"assertionMethod": [f"#{SIGNER.public_key.multikey}"]},
        {"verificationMethod": [method(expires="2099-01-01T00:00:00Z")]},
        {"verificationMethod": [method(revoked="2099-01-01T00:00:00Z")]},
        {"verificationMethod": [method()] * 70},
        {"verificationMethod": [method(id=f"#{SIGNER.public_key.multikey}")]},
        {
            "verificationMethod": [
                method(type="JsonWebKey", publicKeyMultibase=..., publicKeyJwk=SIGNER.public_key.jwk())
            ]
        },
    ],
)
def test_key_that_the_controller_lists_is_found(changes: dict[str, Any]) -> None:
    resolver = Resolver(Shelf(**document(**changes)), clock=Noon())
    assert resolver.key(METHOD, "assertionMethod") == SIGNER.public_key


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"assertionMethod": []}, "invalidRelationship"),
        ({"assertionMethod": [], "authentication": [METHOD]}, "invalidRelationship"),
        ({"verificationMethod": []}, "invalidVerificationMethod"),
        ({"verificationMethod": [method(controller="did:web:other.example")]}, "invalidVerificationMethod"),
        ({"verificationMethod": [method(revoked="2020-01-01T00:00:00Z")]}, "invalidVerificationMethod"),
        ({"verificationMethod": [method(type="Unknown")]}, "unsupportedPublicKeyType"),
        ({"verificationMethod": [method(publicKeyMultibase="z6Mk")]}, "unsupportedPublicKeyType"),
        (
            {
                "verificationMethod": [
                    method(type="JsonWebKey", publicKeyMultibase=..., publicKeyJwk={"d": "x"})
                ]
            },
            "invalidPublicKey",
        ),
        ({"id": "did:web:other.example"}, "invalidDidDocument"),
        ({"verificationMethod": {}}, "invalidDidDocument"),
        ({"verificationMethod": [5]}, "invalidDidDocument"),
        ({"verificationMethod": [{"id": METHOD}]}, "invalidDidDocument"),
        ({"assertionMethod": [METHOD] * 513}, "invalidDidDocument"),
        ({"verificationMethod": [method(expires="2020-01-01T00:00:00Z")]}, "invalidVerificationMethod"),
        ({"verificationMethod": [method(expires="some day")]}, "invalidVerificationMethod"),
        ({"verificationMethod": [method(revoked=True)]}, "invalidVerificationMethod"),
        ({"assertionMethod": METHOD}, "invalidDidDocument"),
        ({"assertionMethod": [5]}, "invalidDidDocument"),
    ],
)
def test_key_that_the_controller_does_not_allow_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        Resolver(Shelf(**document(**changes)), clock=Noon()).key(METHOD, "assertionMethod")
    assert caught.value.code == code


def test_a_method_with_a_limit_is_refused_where_no_clock_says_the_time() -> None:
    shelf = Shelf(**document(verificationMethod=[method(expires="2099-01-01T00:00:00Z")]))
    with pytest.raises(IdentifierError):
        Resolver(shelf).key(METHOD, "assertionMethod")


def test_document_that_is_not_json_resolves_to_an_error() -> None:
    shelf = Shelf()
    shelf.documents["https://univ.example/i/demo/did.json"] = b"<html>"
    assert Resolver(shelf).resolve(DID).error == "invalidDidDocument"


def test_purpose_that_is_none_is_refused() -> None:
    with pytest.raises(IdentifierError) as caught:
        Resolver().key(LocalSigner.generate().verification_method, "anything")
    assert caught.value.code == "invalidRelationship"


def test_controller_document_may_be_any_urls() -> None:
    check_controller_document({"id": "https://controller.example/101"}, "https://controller.example/101")
