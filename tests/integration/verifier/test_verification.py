"""The verifier's API and client on a real chain, database, issuer's server and wallet server."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import qrcode
from rich.console import Console

from digital_resume.adapters.clock import SystemClock
from digital_resume.cli.share_client import judge_over_http, read_qr, verify_target
from digital_resume.cli.verdict_text import print_verdict
from digital_resume.core.errors import EnvelopeError, MalformedError
from tests.fakes import Issued
from tests.integration.verifier.conftest import Running
from tests.integration.verifier.rig import put_share
from verifier.connections import open_connections
from verifier.verification import VerificationService

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def degree(running: Running) -> Issued:
    """Give the holder an identity credential and a degree, anchored, with a published status list."""
    rig = running.rig
    identity = rig.issue("IdentityCredential")
    issued = rig.issue("UniversityDegree")
    rig.publish()
    rig.anchor(identity, issued)
    return issued


def _verdict(running: Running, link: str) -> dict[str, Any]:
    return verify_target(link, wallet_url=running.wallet_url, judge=judge_over_http(running.verifier_url))


def _shared(running: Running, **options: Any) -> str:
    link, _, _ = put_share(
        running.rig, wallet_url=running.wallet_url, verifier_url=running.verifier_url, **options
    )
    return link


def test_a_shared_resume_is_verified_with_every_check(running: Running, degree: Issued) -> None:
    verdict = _verdict(running, _shared(running, hide=("birthDate",)))
    assert verdict["verdict"] == "verified", verdict
    assert verdict["holder"] == {"name": "김하늘"}
    assert verdict["chain"]["demonstration"] is True
    assert [item["type"] for item in verdict["items"]] == ["IdentityCredential", "UniversityDegree"]
    for item in verdict["items"]:
        assert {check["outcome"] for check in item["checks"]} <= {"pass", "not_applicable"}
        assert item["issuer"]["name"]["ko"] == "새벽대학교(시연용)"
        assert item["anchor"]["size"] == 2


def test_a_qr_image_is_read_and_verified_in_this_process(
    running: Running, degree: Issued, tmp_path: Path
) -> None:
    picture = tmp_path / "qr.png"
    qrcode.make(_shared(running)).save(picture)
    connections = open_connections(running.settings, SystemClock())
    service = VerificationService(connections, running.settings)
    with closing(connections), closing(service):
        verdict = verify_target(
            str(picture),
            wallet_url=running.wallet_url,
            judge=lambda presentation, challenge, expires: service.verify_now(
                presentation, challenge, None, datetime.fromtimestamp(expires, UTC)
            ).to_json(),
        )
    assert verdict["verdict"] == "verified"
    console = Console(record=True, width=120)
    print_verdict(verdict, console)
    print_verdict(verdict, console, language="en")
    text = console.export_text()
    assert "확인됨" in text
    assert "Verified" in text
    assert "새벽대학교(시연용)" in text


def test_an_image_without_qr_says_so(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (200, 200), "white").save(tmp_path / "blank.png")
    with pytest.raises(MalformedError) as caught:
        read_qr(tmp_path / "blank.png")
    assert caught.value.code == "no_qr"
    (tmp_path / "text.png").write_text("no image")
    with pytest.raises(MalformedError) as caught:
        read_qr(tmp_path / "text.png")
    assert caught.value.code == "not_an_image"


def test_a_damaged_key_does_not_open(running: Running, degree: Issued) -> None:
    link = _shared(running)
    head, _, key = link.partition("#")
    with pytest.raises(EnvelopeError) as caught:
        _verdict(running, f"{head}#{'A' if key[0] != 'A' else 'B'}{key[1:]}")
    assert caught.value.code == "share_unreadable"
    with pytest.raises(EnvelopeError) as caught:
        _verdict(running, f"{head}#{key[:-3]}")
    assert caught.value.code == "share_key_malformed"


def test_a_stopped_share_has_ended(running: Running, degree: Issued) -> None:
    from base64 import urlsafe_b64encode

    link, share_id, secret = put_share(
        running.rig, wallet_url=running.wallet_url, verifier_url=running.verifier_url
    )
    token = urlsafe_b64encode(secret).rstrip(b"=").decode()
    httpx.delete(
        f"{running.wallet_url}/api/v1/shares/{share_id}", headers={"authorization": f"Bearer {token}"}
    ).raise_for_status()
    assert _verdict(running, link)["verdict"] == "sharing_ended"


def test_a_presentation_for_another_share_is_not_genuine(running: Running, degree: Issued) -> None:
    presentation = running.rig.resume("AAECAwQFBgcICQoLDA0ODw", running.verifier_url)
    answer = httpx.post(
        f"{running.verifier_url}/api/v1/verifications",
        json={"presentation": presentation, "challenge": "another-share", "domain": None},
    )
    assert answer.status_code == 200
    assert answer.json()["verdict"] == "not_genuine"
    assert answer.json()["items"] == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "malformed"),
        (b'{"presentation": [], "challenge": "x"}', 422, "request_invalid"),
        (b'{"presentation": {}, "challenge": "x", "extra": 1}', 422, "request_invalid"),
        (b'{"presentation": {}, "challenge": ""}', 422, "request_invalid"),
        (b'{"presentation": {"a": "' + b"x" * 1_400_000 + b'"}, "challenge": "x"}', 413, "too_large"),
    ],
)
def test_bad_requests_are_refused_with_a_problem(
    running: Running, body: bytes, status: int, code: str
) -> None:
    answer = httpx.post(
        f"{running.verifier_url}/api/v1/verifications",
        content=body,
        headers={"content-type": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_is_not_a_presentation_is_a_verdict_and_not_an_error(running: Running) -> None:
    answer = httpx.post(
        f"{running.verifier_url}/api/v1/verifications", json={"presentation": {}, "challenge": "x"}
    )
    assert answer.status_code == 200
    assert answer.json()["verdict"] == "could_not_check"


def test_health_and_configuration_name_no_secret(running: Running, degree: Issued) -> None:
    health = httpx.get(f"{running.verifier_url}/healthz").json()
    assert health["status"] == "ok"
    assert health["statusCopies"]["lists"] == 1
    config = httpx.get(f"{running.verifier_url}/config.json").json()
    assert config["walletUrl"] == running.wallet_url
    assert config["chain"]["demonstration"] is True
    for text in (str(health), str(config)):
        assert "postgres" not in text
        assert running.settings.rpc_urls[0] not in text


def test_the_page_has_a_strict_policy(running: Running) -> None:
    for path in ("/", "/v/AAECAwQFBgcICQoLDA0ODw"):
        answer = httpx.get(f"{running.verifier_url}{path}")
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert f"connect-src 'self' {running.wallet_url}" in policy
        assert "unsafe-inline" not in policy
        assert answer.headers["referrer-policy"] == "no-referrer"
