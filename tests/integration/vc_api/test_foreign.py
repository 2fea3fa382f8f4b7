"""The VC-API verifies VC 1.1 credentials of other ecosystems, through didkit."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from digital_resume.vc_api.app import create_app
from digital_resume.vc_api.settings import VcApiSettings

ISSUE = Path(__file__).parents[1] / "adapters" / "didkit" / "issue_with_didkit.py"
FOREIGN = ("Ed25519Signature2018", "JsonWebSignature2020 P-256", "EthereumEip712Signature2021")


@pytest.fixture(scope="module")
def issued() -> dict[str, Any]:
    done = subprocess.run([sys.executable, ISSUE], capture_output=True, text=True, check=True, timeout=60)
    return {kind: json.loads(text) for kind, text in json.loads(done.stdout).items()}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    app = create_app(VcApiSettings(public_url="http://testserver"))
    with TestClient(app) as opened:
        yield opened
    assert app.state.service.foreign.pid is None


def verify(client: TestClient, credential: Any, **options: Any) -> tuple[int, dict[str, Any]]:
    answer = client.post("/credentials/verify", json={"verifiableCredential": credential, "options": options})
    return answer.status_code, answer.json()


@pytest.mark.parametrize("kind", FOREIGN)
def test_what_another_ecosystem_issued_verifies(
    client: TestClient, issued: dict[str, Any], kind: str
) -> None:
    status, body = verify(client, issued[kind])
    assert status == 200, body
    assert body["verificationMethods"][0].startswith(issued[kind]["issuer"])


@pytest.mark.parametrize("kind", FOREIGN)
def test_an_altered_claim_does_not(client: TestClient, issued: dict[str, Any], kind: str) -> None:
    altered = {**issued[kind], "credentialSubject": {"id": "did:example:other"}}
    status, body = verify(client, altered)
    assert status == 400
    assert body["verified"] is False


def test_an_expired_one_does_not(client: TestClient, issued: dict[str, Any]) -> None:
    status, body = verify(client, issued["expired"])
    assert (status, body["problemDetails"][0]["code"]) == (400, "credential_expired")


def test_a_status_that_cannot_be_checked_does_not_pass(client: TestClient, issued: dict[str, Any]) -> None:
    # The member is not covered by what was signed, so the proof fails first; with the proof alone asked for
    # it fails too.
    with_status = {
        **issued[FOREIGN[0]],
        "credentialStatus": {"id": "urn:x:1", "type": "RevocationList2020Status"},
    }
    assert verify(client, with_status)[0] == 400
    assert verify(client, with_status, checks=["proof"])[0] == 400


def test_a_challenge_that_the_proof_does_not_carry_does_not_pass(
    client: TestClient, issued: dict[str, Any]
) -> None:
    status, body = verify(client, issued[FOREIGN[0]], challenge="n-1")
    assert (status, body["problemDetails"][0]["code"]) == (400, "challenge_mismatch")


def test_its_suite_does_not_sign_for_a_credential_of_version_2(
    client: TestClient, issued: dict[str, Any]
) -> None:
    newer = {**issued[FOREIGN[0]], "@context": ["https://www.w3.org/ns/credentials/v2"]}
    assert verify(client, newer)[0] == 400


def test_in_a_presentation_it_verifies_as_by_itself(client: TestClient, issued: dict[str, Any]) -> None:
    presentation = {
        "@context": ["https://www.w3.org/2018/credentials/v1"],
        "type": ["VerifiablePresentation"],
        "verifiableCredential": [issued[FOREIGN[0]]],
    }
    answer = client.post(
        "/presentations/verify", json={"verifiablePresentation": presentation, "options": {}}
    )
    assert answer.status_code == 200, answer.text
    presentation["verifiableCredential"] = [{**issued[FOREIGN[0]], "issuanceDate": "2020-02-21T00:00:00Z"}]
    answer = client.post(
        "/presentations/verify", json={"verifiablePresentation": presentation, "options": {}}
    )
    assert answer.status_code == 400


VCDM = "https://www.w3.org/2018/credentials#"
DATE = "http://www.w3.org/2001/XMLSchema#dateTime"


def test_an_end_under_another_name_does_not_pass(client: TestClient, issued: dict[str, Any]) -> None:
    expired = {**issued["expired"]}
    expired[VCDM + "expirationDate"] = {"@type": DATE, "@value": expired.pop("expirationDate")}
    status, body = verify(client, expired)
    assert (status, body["problemDetails"][0]["code"]) == (400, "respelled_member")


def test_a_claim_that_a_context_takes_away_does_not_pass(client: TestClient, issued: dict[str, Any]) -> None:
    good = issued[FOREIGN[0]]
    adorned = {
        **good,
        "@context": [*good["@context"], {"gpa": None}],
        "credentialSubject": {**good["credentialSubject"], "gpa": "4.5"},
    }
    status, body = verify(client, adorned)
    assert (status, body["problemDetails"][0]["code"]) == (400, "respelled_member")


def test_unnamed_objects_that_are_named_do_not_reach_didkit(
    client: TestClient, issued: dict[str, Any]
) -> None:
    good = issued[FOREIGN[0]]
    subject = {"id": "did:example:holder", "alumniOf": [{"id": f"_:n{number}"} for number in range(9)]}
    status, body = verify(client, {**good, "credentialSubject": subject})
    assert (status, body["problemDetails"][0]["code"]) == (400, "respelled_member")
