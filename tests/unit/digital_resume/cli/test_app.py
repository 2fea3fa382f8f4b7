"""The command ``resume`` and the running product's own decisions, without starting anything."""

import json
import os
import subprocess
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
from typer.testing import CliRunner

from digital_resume.cli import app as cli
from digital_resume.core.anchoring.merkle import MerkleTree
from digital_resume.local import running
from digital_resume.local.host import EmbeddedError, FolderLock
from digital_resume.local.running import Running

ROOT = Path(__file__).resolve().parents[4]


def make_receipt() -> dict[str, object]:
    leaves = [bytes([n]) * 32 for n in range(5)]
    tree = MerkleTree(leaves)
    return {
        "type": "AnchorReceipt",
        "version": 1,
        "leaf": leaves[2].hex(),
        "index": 2,
        "size": 5,
        "path": [urlsafe_b64encode(node).decode().rstrip("=") for node in tree.path(2)],
        "root": tree.root.hex(),
        "chain": {
            "id": "eip155:20261",
            "genesis": "0x" + "1" * 64,
            "contract": "0x" + "1" * 40,
            "codeHash": "0x" + "2" * 64,
        },
        "submitter": "0x" + "1" * 40,
        "transaction": "0x" + "3" * 64,
        "block": {"number": 7, "time": 1795414102},
    }


def test_receipt_without_a_chain_is_not_called_sure(tmp_path: Path) -> None:
    (tmp_path / "receipt.json").write_text(json.dumps(make_receipt()))
    result = CliRunner().invoke(cli.app, ["receipt", "verify", str(tmp_path / "receipt.json")])
    assert result.exit_code == 1
    assert "✔" in result.output
    assert "chain was not asked" in result.output


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"type":"AnchorReceipt"}', "[" * 100_000])
def test_receipt_that_is_none_gives_one_line_and_no_stack_trace(tmp_path: Path, content: str) -> None:
    (tmp_path / "receipt.json").write_text(content)
    done = subprocess.run(
        [sys.executable, "-m", "digital_resume.cli.app", "receipt", "verify", str(tmp_path / "receipt.json")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("✘")


def test_missing_settings_are_named_without_a_stack_trace() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "digital_resume.cli.app", "migrate"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_second_up_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with FolderLock(tmp_path / "lock", "x"), pytest.raises(EmbeddedError) as caught:
        Running(tmp_path)
    assert caught.value.code == "already_running"


def test_production_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    with pytest.raises(EmbeddedError, match="refuses ENVIRONMENT=production"):
        Running(tmp_path)


def test_ports_are_remembered_and_taken_ones_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "port_is_free", lambda port: port != 8001)
    with Running(tmp_path) as first:
        ports = dict(first.ports)
    assert ports["landing"] == 8000
    assert ports["issuer"] != 8001
    assert len(set(ports.values())) == 5
    monkeypatch.setattr(running, "port_is_free", lambda port: False)
    with Running(tmp_path) as again:
        assert again.ports == ports


def test_only_those_who_decrypt_get_the_key_encryption_key(tmp_path: Path) -> None:
    with Running(tmp_path) as product:
        holders = {
            part
            for part in (*running.PREFERRED_PORTS, "worker", running.MODULES_WORKER)
            if any(name.startswith("KEY_ENCRYPTION") for name in product.environment(part))
        }
    assert holders == {"issuer", "worker"}


def test_key_encryption_key_is_made_once_and_private(tmp_path: Path) -> None:
    with Running(tmp_path):
        key = (tmp_path / "kek").read_text()
    assert (tmp_path / "kek").stat().st_mode & 0o077 == 0
    with Running(tmp_path):
        assert (tmp_path / "kek").read_text() == key


def test_other_database_and_chain_are_used_when_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:p@db.example/x")
    monkeypatch.setenv("RPC_URLS", "https://rpc.example")
    with Running(tmp_path) as product:
        assert product.postgres is None
        assert product.anvil is None
        environment = product.environment()
        assert environment["DATABASE_URL"] == "postgresql://u:p@db.example/x"
        assert "CHAIN_SNAPSHOT_FILE" not in environment


@pytest.mark.parametrize(
    "command",
    [
        ("digital_resume.cli.app", "worker"),
        ("digital_resume.cli.app", "serve", "issuer"),
        ("digital_resume.cli.app", "migrate"),
        ("issuer.worker",),
        ("digital_resume.web.serving", "issuer.app:create_app", "--port", "1"),
        ("digital_resume.web.serving", "wallet.app:create_app", "--port", "1"),
    ],
    ids=" ".join,
)
def test_a_missing_setting_is_one_line_in_every_command(command: tuple[str, ...], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode != 0
    (line,) = done.stderr.strip().splitlines()
    assert line == "✘ 설정을 확인해 주세요 · check the settings — DATABASE_URL: 없습니다 · is not set"
