"""``resume vc-api`` as a process of its own, spoken to over HTTP as the suites do."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from digital_resume.local.host import free_port

ROOT = Path(__file__).parents[3]
V2 = "https://www.w3.org/ns/credentials/v2"
SUITES = ["eddsa-rdfc-2022", "eddsa-jcs-2022", "ecdsa-rdfc-2019", "ecdsa-jcs-2019", "ecdsa-rdfc-2019-p384"]


@pytest.fixture(scope="module", params=["http", "https"])
def client(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    port = free_port()
    folder = tmp_path_factory.mktemp("vc-api")
    (folder / "seed").write_text("A" * 43)
    environment = {
        **os.environ,
        "VC_API_SEED_FILE": str(folder / "seed"),
        "VC_API_STATUS_FILE": str(folder / "status.json"),
    }
    command = [sys.executable, "-m", "digital_resume.cli.app", "vc-api", "--port", str(port)]
    command += ["--https"] if request.param == "https" else []
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            # Its certificate is its own, made at start; who asks for HTTPS here trusts any.
            with httpx.Client(
                base_url=f"{request.param}://127.0.0.1:{port}", timeout=20, verify=False
            ) as opened:
                _wait(opened, process)
                yield opened
        finally:
            process.terminate()
            process.wait(20)
    # Nothing of what was sent is in the log.
    assert b"did:example:subject" not in (folder / "log").read_bytes()


def _wait(client: httpx.Client, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(900):
        assert process.poll() is None
        try:
            if client.get("/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.02)
    pytest.fail("the VC-API does not answer")


def issue(client: httpx.Client, issuer: str) -> dict[str, object]:
    did = client.get(f"/issuers/{issuer}").json()["id"]
    credential = {
        "@context": [V2],
        "id": "urn:uuid:58172aac-d8ba-41ed-83dd-0b3aef56cc33",
        "type": ["VerifiableCredential"],
        "issuer": did,
        "credentialSubject": {"id": "did:example:subject"},
    }
    status = [{"type": "BitstringStatusListEntry", "statusPurpose": "revocation"}]
    answer = client.post(
        f"/issuers/{issuer}/credentials/issue",
        json={"credential": credential, "options": {"credentialStatus": status}},
    )
    assert answer.status_code == 201
    issued: dict[str, object] = answer.json()["verifiableCredential"]
    return issued


@pytest.mark.parametrize("issuer", SUITES)
def test_issued_credential_verifies_and_its_list_is_served(client: httpx.Client, issuer: str) -> None:
    issued = issue(client, issuer)
    answer = client.post("/credentials/verify", json={"verifiableCredential": issued})
    assert (answer.status_code, answer.json()["verified"]) == (200, True)
    entry = issued["credentialStatus"]
    assert isinstance(entry, dict)
    assert entry["statusListCredential"].startswith(f"{client.base_url}/status/")
    listed = client.get(entry["statusListCredential"])
    assert listed.status_code == 200
    assert client.post("/credentials/verify", json={"verifiableCredential": listed.json()}).status_code == 200
    plain = {"@context": [V2], "type": ["VerifiablePresentation"], "verifiableCredential": [issued]}
    assert client.post("/presentations/verify", json={"verifiablePresentation": plain}).status_code == 200


def test_altered_credential_is_a_400(client: httpx.Client) -> None:
    altered = {**issue(client, "eddsa-rdfc-2022"), "name": "added"}
    answer = client.post("/credentials/verify", json={"verifiableCredential": altered})
    assert answer.status_code == 400
    assert answer.json()["problemDetails"][0]["type"] == "https://w3id.org/security#PROOF_VERIFICATION_ERROR"


def test_foreign_host_name_is_refused(client: httpx.Client) -> None:
    assert client.get("/issuers", headers={"Host": "evil.example"}).status_code == 421
