"""``resume institution`` beside the running product: every transaction is shown before it is sent."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from digital_resume.core.credentials.catalog import credential_type
from digital_resume.core.encoding.base64url import b64u_decode
from digital_resume.local.running import Running
from tests.commands import Finished, run_resume

pytestmark = [pytest.mark.integration, pytest.mark.timeout(280)]

NAMES = ("--name-ko", "가람대학교(시연용)", "--name-en", "Garam University (demo)")
PORTS = dict.fromkeys(("landing", "issuer", "wallet", "verifier", "modules"), 0)


def resume(folder: Path, *arguments: str, said: str = "") -> Finished:
    return run_resume("institution", *arguments, "--data", str(folder), said=said)


@pytest.fixture
def product(server_folder: Path, request: pytest.FixtureRequest) -> Iterator[Running]:
    """Serve issuer and worker."""
    without = ("wallet", "verifier", "modules")
    folder = server_folder / request.node.name
    with Running(folder, preferred_ports=PORTS, tick_seconds=0.3, without=without) as running:
        running.start_servers()
        running.migrate()
        running.deploy()
        yield running


def keys_of(product: Running) -> dict[str, str]:
    """Return the state of each signing key."""
    with psycopg.connect(product.database_url) as connection:
        rows = connection.execute("select verification_method, state from issuer.signing_key")
        return {str(row[0]): str(row[1]) for row in rows}


def issue(product: Running, api_key: str, number: int) -> str:
    """Let the institution sign for a known holder; return the key that signed."""
    body = {
        "credentialType": "UniversityDegree",
        "claims": dict(credential_type("UniversityDegree").example),
        "holder": {"did": "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169"},
    }
    headers = {"authorization": f"Bearer {api_key}", "idempotency-key": f"rotation-{number}"}
    answer = httpx.post(f"{product.url('issuer')}/api/v1/credentials", json=body, headers=headers, timeout=20)
    assert answer.status_code == 201, answer.text
    header = answer.json()["credential"].partition(".")[0]
    return str(json.loads(b64u_decode(header))["kid"])


def test_institution_is_added_accredited_and_listed(product: Running) -> None:
    folder = product.data_dir
    added = resume(folder, "add", "garam", *NAMES, "--type", "UniversityDegree")
    assert added.returncode == 0, added.stderr
    assert "vdr_" in added.stdout
    declined = resume(folder, "accredit", "garam", said="n\n")
    assert declined.returncode == 1
    assert "registerIssuer(" in declined.stdout
    assert "보내지 않았습니다" in declined.stderr
    agreed = resume(folder, "accredit", "garam", said="y\ny\ny\ny\n")
    assert "거래 4건" in agreed.stdout, agreed.stderr
    assert agreed.stdout.count("at most") == 4
    assert "거래 0건" in resume(folder, "accredit", "garam").stdout
    listed = resume(folder, "list").stdout
    assert "가람대학교(시연용)" in listed
    assert "vdr_" not in listed
    again = resume(folder, "add", "garam", *NAMES, "--type", "UniversityDegree")
    assert again.returncode == 1
    # What was accredited is in the snapshot.
    product.switch("chain", on=False)
    product.switch("chain", on=True)
    assert "거래 0건" in resume(folder, "accredit", "garam").stdout


def test_api_keys_are_made_listed_and_revoked(product: Running) -> None:
    folder = product.data_dir
    resume(folder, "add", "garam", *NAMES, "--type", "UniversityDegree")
    made = resume(
        folder, "api-key", "garam", "--label", "학사 시스템", "--scope", "records:write"
    ).stdout.strip()
    key_id = made.split("_")[1]
    listed = resume(folder, "api-key", "garam", "--list").stdout
    assert "학사 시스템" in listed
    assert made not in listed
    assert resume(folder, "api-key", "garam", "--revoke", key_id).returncode == 0
    assert "revoked" in resume(folder, "api-key", "garam", "--list").stdout
    for wrong in (("garam", "--revoke", key_id), ("nobody",), ("garam", "--scope", "everything")):
        refused = resume(folder, "api-key", *wrong)
        assert refused.returncode in {1, 2}
        assert "Traceback" not in refused.stderr


def test_a_signing_key_is_rotated_and_an_interrupted_rotation_goes_on(product: Running) -> None:
    folder = product.data_dir
    api_key = resume(folder, "add", "garam", *NAMES, "--type", "UniversityDegree").stdout.split("API key")[1]
    api_key = api_key.split()[0]
    assert resume(folder, "rotate-key", "garam", "--yes").returncode == 1, "not on the chain yet"
    resume(folder, "accredit", "garam", "--yes")
    product.launch_services("issuer")
    product.supervisor.wait_ready()
    first = issue(product, api_key, 1)

    # Nobody anchors: the new key signs already, and the old one is not retired on the chain.
    waiting = resume(folder, "rotate-key", "garam", "--yes", "--wait-seconds", "2")
    assert waiting.returncode == 1
    assert "run this again" in waiting.stderr
    second = issue(product, api_key, 2)
    assert second != first
    assert keys_of(product) == {first: "retired", second: "active"}

    product.start_services()
    done = resume(folder, "rotate-key", "garam", "--yes")
    assert done.returncode == 0, done.stderr
    assert "retireKey(" in done.stdout
    assert "addKey(" not in done.stdout, "the rotation that was begun is finished, no other begins"
    assert keys_of(product) == {first: "retired", second: "active"}

    again = resume(folder, "rotate-key", "garam", "--yes")
    assert again.returncode == 0, again.stderr
    assert issue(product, api_key, 3) not in {first, second}
    short = resume(folder, "rotate-key", "garam", "--yes", "--grace-hours", "1")
    assert short.returncode == 1
