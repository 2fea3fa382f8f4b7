"""The VC-API with its own keys, a clock that stands still, and a fetcher with what a test puts there."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from digital_resume.core.errors import SourceUnavailableError
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.data_integrity import add_proof
from digital_resume.vc_api.app import create_app
from digital_resume.vc_api.settings import VcApiSettings

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
V1 = "https://www.w3.org/2018/credentials/v1"
V2 = "https://www.w3.org/ns/credentials/v2"
EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"
ORIGIN = "http://127.0.0.1:9000"


class StandingClock:
    """The same moment for every call."""

    moment = NOW

    def now(self) -> datetime:
        return self.moment


class Shelf:
    """A ``Fetcher`` that has what was put on it."""

    def __init__(self) -> None:
        self.documents: dict[str, bytes] = {}
        self.asked: list[str] = []

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> bytes:
        self.asked.append(url)
        if url not in self.documents:
            raise SourceUnavailableError("A document could not be fetched.")
        return self.documents[url]


class Api:
    """A client of the VC-API that asserts on what every answer must be."""

    def __init__(self, client: TestClient, shelf: Shelf, clock: StandingClock) -> None:
        self.client, self.shelf, self.clock = client, shelf, clock

    def did(self, issuer: str) -> str:
        return str(self.client.get(f"/issuers/{issuer}").json()["id"])

    def post(self, path: str, body: object, expected: int) -> dict[str, Any]:
        answer = self.client.post(path, json=body)
        assert answer.status_code == expected, answer.text
        document: dict[str, Any] = answer.json()
        if expected == 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert document["problemDetails"][0]["type"].startswith("https://")
        return document

    def issue(self, issuer: str, credential: object, expected: int = 201, **options: Any) -> dict[str, Any]:
        body: dict[str, Any] = {"credential": credential, "options": options}
        answer = self.post(f"/issuers/{issuer}/credentials/issue", body, expected)
        issued: dict[str, Any] = answer["verifiableCredential"] if expected == 201 else answer
        return issued

    def verify(self, credential: object, expected: int = 200, **options: Any) -> dict[str, Any]:
        body: dict[str, Any] = {"verifiableCredential": credential}
        answer = self.post("/credentials/verify", {**body, "options": options} if options else body, expected)
        assert answer["verified"] is (expected == 200)
        return answer

    def verify_presentation(
        self, presentation: object, expected: int = 200, **options: Any
    ) -> dict[str, Any]:
        body = {"verifiablePresentation": presentation, "options": options}
        answer = self.post("/presentations/verify", body, expected)
        assert answer["verified"] is (expected == 200)
        return answer


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    shelf, clock = Shelf(), StandingClock()
    app = create_app(VcApiSettings(public_url=ORIGIN), clock=clock, fetcher=shelf)
    with TestClient(app, base_url=ORIGIN, raise_server_exceptions=False) as client:
        yield Api(client, shelf, clock)


def credential(**changes: Any) -> dict[str, Any]:
    """A small valid credential; ``...`` takes a member away."""
    base: dict[str, Any] = {
        "@context": [V2],
        "id": "urn:uuid:58172aac-d8ba-41ed-83dd-0b3aef56cc33",
        "type": ["VerifiableCredential"],
        "issuer": "https://issuer.example/demo",
        "credentialSubject": {"id": "did:example:subject"},
    }
    return {name: value for name, value in {**base, **changes}.items() if value is not ...}


def presentation(**changes: Any) -> dict[str, Any]:
    """A small valid presentation; ``...`` takes a member away."""
    base: dict[str, Any] = {"@context": [V2], "type": ["VerifiablePresentation"]}
    return {name: value for name, value in {**base, **changes}.items() if value is not ...}


def sign(document: dict[str, Any], signer: LocalSigner, **options: Any) -> dict[str, Any]:
    """Add a JCS proof as another implementation would."""
    suite = "eddsa-jcs-2022" if signer.algorithm == "EdDSA" else "ecdsa-jcs-2019"
    chosen = {"purpose": "assertionMethod", "created": NOW, "cryptosuite": suite, **options}
    return add_proof(document, signer, **chosen)
