"""A service as it is started: ``resume serve`` outlives 1,100 idle strangers, and uvicorn still limits."""

import contextlib
import os
import re
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from digital_resume.adapters.database.migrate import upgrade
from digital_resume.local.host import free_port

pytestmark = pytest.mark.integration

STRANGERS = 1_100
DESCRIPTORS = 1_024
RESUME = [sys.executable, "-m", "digital_resume.cli.app", "serve", "wallet"]
TIMED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ [\w.]+ ")
UVICORN = [sys.executable, "-m", "uvicorn", "--factory", "wallet.app:create_app"]


@contextmanager
def started(command: Sequence[str], database_url: str, log: Path, **more: str) -> Iterator[httpx.Client]:
    """Start a wallet server with few file descriptors; gives a client of it."""
    upgrade(database_url, "wallet")
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "WALLET_URL": f"http://localhost:{port}",
        **more,
    }
    with log.open("wb") as file:
        child = subprocess.Popen([*command, "--port", str(port)], env=environment, stdout=file, stderr=file)
    resource.prlimit(child.pid, resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
    try:
        with httpx.Client(base_url=f"http://localhost:{port}", timeout=20, trust_env=False) as client:
            deadline = time.monotonic() + 60
            while True:
                assert child.poll() is None, log.read_text()
                assert time.monotonic() < deadline
                with contextlib.suppress(httpx.HTTPError):
                    if client.get("/healthz").status_code == 200:
                        break
                time.sleep(0.02)
            yield client
    finally:
        child.terminate()
        child.wait(30)


@pytest.fixture
def many_sockets() -> Iterator[None]:
    """Let this process open as many as the strangers are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4 * STRANGERS)), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_sockets")
def test_strangers_who_never_end_their_heads_keep_nobody_out(database_url: str, tmp_path: Path) -> None:
    with started(RESUME, database_url, tmp_path / "log") as client, contextlib.ExitStack() as held:
        port = client.base_url.port
        assert port
        for number in range(STRANGERS):
            # From eleven addresses: no limit of one address helps.
            stranger = socket.socket()
            held.callback(stranger.close)
            stranger.bind((f"127.0.1.{number % 11}", 0))
            stranger.settimeout(5)
            stranger.connect(("127.0.0.1", port))
            stranger.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\nx-more: ")
        for _ in range(20):
            begun = time.monotonic()
            with httpx.Client(base_url=client.base_url, timeout=20, trust_env=False) as honest:
                assert honest.get("/healthz").status_code == 200
            assert time.monotonic() - begun < 5
    assert "Traceback" not in (tmp_path / "log").read_text()


@pytest.mark.parametrize("command", [RESUME, UVICORN], ids=["resume serve", "uvicorn"])
def test_a_forged_header_lifts_no_limit_however_it_is_started(
    database_url: str, tmp_path: Path, command: list[str]
) -> None:
    with started(command, database_url, tmp_path / "log", SHARE_DEPOSITS_PER_MINUTE="5") as client:
        answers = [
            client.post("/api/v1/shares", json={}, headers={"x-forwarded-for": f"203.0.113.{number}"})
            for number in range(8)
        ]
        assert [answer.status_code == 429 for answer in answers] == [False] * 5 + [True] * 3


def test_behind_a_proxy_every_client_has_its_own_limit(database_url: str, tmp_path: Path) -> None:
    limits = {"SHARE_DEPOSITS_PER_MINUTE": "2", "TRUSTED_PROXY_HOPS": "1"}
    with started(UVICORN, database_url, tmp_path / "log", **limits) as client:

        def ask(forwarded: str) -> bool:
            headers = {"x-forwarded-for": forwarded}
            return client.post("/api/v1/shares", json={}, headers=headers).status_code == 429

        assert [ask("203.0.113.1") for _ in range(3)] == [False, False, True]
        assert [ask(f"198.51.100.{number}, 203.0.113.1") for number in range(2)] == [True, True]
        assert not ask("203.0.113.2")


def test_where_proxies_are_named_another_is_not_believed(database_url: str, tmp_path: Path) -> None:
    limits = {
        "SHARE_DEPOSITS_PER_MINUTE": "3",
        "TRUSTED_PROXY_HOPS": "1",
        "TRUSTED_PROXIES": "10.9.0.0/16",
    }
    with started(RESUME, database_url, tmp_path / "log", **limits) as client:
        answers = [
            client.post("/api/v1/shares", json={}, headers={"x-forwarded-for": f"203.0.113.{number}"})
            for number in range(5)
        ]
    assert [answer.status_code == 429 for answer in answers] == [False] * 3 + [True] * 2


def test_every_line_of_the_log_has_its_time(database_url: str, tmp_path: Path) -> None:
    with started(RESUME, database_url, tmp_path / "log") as client:
        assert client.put("/config.json").status_code == 405
    lines = (tmp_path / "log").read_text().splitlines()
    assert any(line.endswith("Refused PUT /config.json: 405 method_not_allowed") for line in lines), lines
    assert all(TIMED.match(line) for line in lines), lines


@pytest.mark.parametrize("command", [RESUME, UVICORN], ids=["resume serve", "uvicorn"])
def test_no_log_holds_the_id_of_a_share_or_an_address(
    database_url: str, tmp_path: Path, command: list[str]
) -> None:
    share = "p45UNXgeOaUoIUCPCUxgJQ"
    with started(command, database_url, tmp_path / "log") as client:
        assert client.get(f"/api/v1/shares/{share}?token=geheim").status_code == 404
        assert client.get("/config.json", headers={"x-forwarded-for": "203.0.113.77"}).status_code == 200
    log = (tmp_path / "log").read_text()
    assert share not in log
    assert "geheim" not in log
    assert not re.search(r"203\.0\.113\.77|127\.0\.0\.1:\d+ -", log)
    if command == UVICORN:
        assert '… - "GET /api/v1/shares/… HTTP/1.1" 404' in log, "it logs, but not what is nobody's business"


def test_a_service_that_there_is_not_is_named() -> None:
    command = [sys.executable, "-m", "digital_resume.cli.app", "serve", "benefit"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "issuer, modules, verifier, wallet" in done.stderr
    assert "Traceback" not in done.stderr
