"""The running product: killed at any moment, an immediate start comes back to the same chain and keys."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import psycopg
import pytest

from digital_resume.extensions import SERVICES, declared
from digital_resume.local.host import process_facts
from digital_resume.local.running import MODULES_WORKER, Running

pytestmark = [pytest.mark.integration, pytest.mark.timeout(280)]

ROOT = Path(__file__).resolve().parents[3]
UP = """
import sys, threading
from pathlib import Path
from digital_resume.local.running import Running
with Running(Path(sys.argv[1]), preferred_ports={name: 0 for name in
             ("landing", "issuer", "wallet", "verifier", "modules")}, tick_seconds=1) as product:
    for work in (product.start_servers, product.migrate, product.deploy, product.start_services):
        work()
        print(work.__name__, flush=True)
    product.supervise(threading.Event())
"""


def begin(folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", UP, str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def read_until(child: "subprocess.Popen[str]", word: str) -> None:
    assert child.stdout is not None
    for line in child.stdout:
        if line.strip() == word:
            return
    pytest.fail(f"it ended before {word}")


def children_of(pid: int) -> list[int]:
    return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def kill_everything(child: "subprocess.Popen[str]") -> None:
    child.send_signal(signal.SIGSTOP)  # it starts nothing more, and takes no ended child away
    for pid in (*children_of(child.pid), child.pid):
        os.kill(pid, signal.SIGKILL)
    child.communicate()


@pytest.fixture
def folder(server_folder: Path, request: pytest.FixtureRequest) -> Path:
    return server_folder / request.node.name


def test_killed_at_any_moment_an_immediate_start_comes_back(folder: Path) -> None:
    # Between stages, and in the middle of the first and the second.
    for seconds in (0.3, 0.7, 1.2, 2.0):
        child = begin(folder)
        time.sleep(seconds)
        kill_everything(child)
    for stage in ("start_servers", "migrate", "deploy"):
        child = begin(folder)
        read_until(child, stage)
        kill_everything(child)
    child = begin(folder)
    read_until(child, "start_services")
    deployments = (folder / "deployments.json").read_text()
    chain = (folder / "chain" / "chain.json").read_text()
    keys = {path.name: path.read_bytes() for path in (folder / "keys").iterdir()}
    kill_everything(child)
    child = begin(folder)
    read_until(child, "start_services")
    assert (folder / "deployments.json").read_text() == deployments
    assert (folder / "chain" / "chain.json").read_text() == chain
    assert json.loads(deployments)["genesisHash"] == json.loads(chain)["genesisHash"]
    assert {path.name: path.read_bytes() for path in (folder / "keys").iterdir()} == keys
    ports = json.loads((folder / "ports.json").read_text())
    for service in declared(SERVICES):
        assert httpx.get(f"http://127.0.0.1:{ports[service.name]}/healthz").status_code < 500
    running = children_of(child.pid)
    child.terminate()
    child.communicate()
    until = time.monotonic() + 60
    while any(process_facts(pid) for pid in running) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(process_facts(pid) for pid in running)


def test_switched_part_stays_off_until_it_is_switched_on_from_any_thread(folder: Path) -> None:
    ports = dict.fromkeys(("landing", "issuer", "wallet", "verifier", "modules"), 0)
    with Running(folder, preferred_ports=ports) as product:
        product.start_servers()
        product.migrate()
        product.deploy()
        urls = {part: product.environment(part)["DATABASE_URL"] for part in (*product.ports, "worker")}
        del urls["landing"]
        assert len(set(urls.values())) == len(urls), "a database role for each"
        assert product.environment(MODULES_WORKER)["DATABASE_URL"] == urls["modules"]
        assert not {product.database_url, *urls.values()} - {urls["modules"]} & set(
            product.environment("modules").values()
        )
        until = threading.Event()
        seen: list[int | None] = []

        def use() -> None:
            try:
                for on in (False, True):
                    product.switch("chain", on)
                    assert product.anvil is not None
                    seen.append(product.anvil.pid)
            finally:
                until.set()

        thread = threading.Thread(target=use)
        thread.start()
        product.supervise(until)
        thread.join()
        assert seen[0] is None
        assert seen[1] is not None
        # Deployed contracts came back with the chain.
        product.deploy()
        with psycopg.connect(product.database_url) as connection:
            row = connection.execute("select count(*) from issuer.alembic_version").fetchone()
        assert row == (1,)


def test_ports_are_those_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@localhost/nothing")
    monkeypatch.setenv("RPC_URLS", "http://localhost:9")
    monkeypatch.setenv("ISSUER_PORT", "9321")
    with Running(tmp_path) as product:
        assert product.ports["issuer"] == 9321
        assert product.url("issuer") == "http://localhost:9321"
        kept = json.loads((tmp_path / "ports.json").read_text())
        assert {name: port for name, port in product.ports.items() if name != "issuer"} == {
            name: port for name, port in kept.items() if name != "issuer"
        }
    monkeypatch.setenv("ISSUER_PORT", "many")
    with pytest.raises(ValueError, match="ISSUER_PORT"):
        Running(tmp_path)
