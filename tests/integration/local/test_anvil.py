"""The embedded chain: ours answers, it is the same one after a restart, and a damaged snapshot is refused."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.local.anvil import EmbeddedAnvil, listening_process
from digital_resume.local.host import EmbeddedError
from digital_resume.local.snapshot import write_snapshot

pytestmark = pytest.mark.integration


def call(node: EmbeddedAnvil, method: str, *parameters: Any) -> Any:
    answer = httpx.post(
        node.url, json={"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}, timeout=10
    )
    return answer.json()["result"]


def test_listening_process_is_our_child_on_the_loopback_only(fresh_anvil: EmbeddedAnvil) -> None:
    assert listening_process(int(fresh_anvil.url.rpartition(":")[2])) == {fresh_anvil.pid}


def test_accounts_of_the_folder_are_funded_and_no_other_is_unlocked(fresh_anvil: EmbeddedAnvil) -> None:
    assert int(call(fresh_anvil, "eth_getBalance", fresh_anvil.account(3).address, "latest"), 16) > 10**20
    assert call(fresh_anvil, "eth_accounts") == []


def test_mnemonic_is_private_and_on_no_command_line(fresh_anvil: EmbeddedAnvil) -> None:
    assert (fresh_anvil.folder / "mnemonic").stat().st_mode & 0o077 == 0
    line = Path(f"/proc/{fresh_anvil.pid}/cmdline").read_bytes().decode()
    assert not any(word in line.split("\0") for word in fresh_anvil.mnemonic.split())
    assert fresh_anvil.mnemonic not in line


def test_browser_page_of_another_origin_gets_no_permission(fresh_anvil: EmbeddedAnvil) -> None:
    answer = httpx.post(
        fresh_anvil.url,
        json={"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []},
        headers={"Origin": "https://attacker.example"},
    )
    assert "access-control-allow-origin" not in answer.headers


def test_every_chain_has_a_genesis_of_its_own(tmp_path: Path) -> None:
    with EmbeddedAnvil(tmp_path / "one") as one, EmbeddedAnvil(tmp_path / "two") as two:
        assert one.facts is not None
        assert two.facts is not None
        assert one.facts.genesis_hash != two.facts.genesis_hash


def test_chain_and_clock_survive_kill_after_kill_by_the_snapshot(tmp_path: Path) -> None:
    node = EmbeddedAnvil(tmp_path / "chain")
    genesis = node.start().genesis_hash
    hashes: dict[str, str] = {}
    # More than twice: a node that was started from a snapshot dumps a second block 0.
    for generation in range(1, 5):
        call(node, "evm_mine")
        call(node, "evm_mine")
        newest = call(node, "eth_getBlockByNumber", "latest", False)
        assert int(newest["number"], 16) == 2 * generation
        assert abs(int(newest["timestamp"], 16) - time.time()) < 5
        hashes[newest["number"]] = newest["hash"]
        assert write_snapshot(ChainClient([node.url]), node.snapshot) == 2 * generation
        assert node.pid is not None
        os.kill(node.pid, signal.SIGKILL)
        node.stop()
        assert node.start().genesis_hash == genesis
        for number, known in hashes.items():
            assert call(node, "eth_getBlockByNumber", number, False)["hash"] == known
    node.stop()


@pytest.mark.parametrize(
    "content", [b"", b'{"block":', b"\x00" * 64, b"[]"], ids=["empty", "half", "nul", "other"]
)
def test_damaged_snapshot_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / "chain"
    folder.mkdir()
    (folder / "state.json").write_bytes(content)
    with pytest.raises(EmbeddedError) as caught:
        EmbeddedAnvil(folder).start()
    assert "snapshot" in caught.value.message
    assert (folder / "state.json").read_bytes() == content


def test_snapshot_of_another_chain_is_refused(tmp_path: Path) -> None:
    with EmbeddedAnvil(tmp_path / "one") as one:
        write_snapshot(ChainClient([one.url]), one.snapshot)
    with EmbeddedAnvil(tmp_path / "two"):
        pass
    with pytest.raises(EmbeddedError, match="another chain"):
        EmbeddedAnvil(tmp_path / "two", snapshot=tmp_path / "one" / "state.json").start()


def test_missing_snapshot_is_refused_when_contracts_were_deployed(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match="missing"):
        EmbeddedAnvil(tmp_path / "chain").start(snapshot_expected=True)


def test_restart_after_a_crash_keeps_the_address(tmp_path: Path) -> None:
    with EmbeddedAnvil(tmp_path / "chain") as node:
        write_snapshot(ChainClient([node.url]), node.snapshot)
        url, facts = node.url, node.facts
        assert node.pid is not None
        os.kill(node.pid, signal.SIGKILL)
        assert node._child is not None
        node._child.wait()
        node.restart()
        assert node.url == url
        assert node.facts is not None
        assert facts is not None
        assert node.facts.genesis_hash == facts.genesis_hash


def test_second_starter_is_refused(fresh_anvil: EmbeddedAnvil) -> None:
    with pytest.raises(EmbeddedError) as caught:
        EmbeddedAnvil(fresh_anvil.folder).start()
    assert caught.value.code == "already_running"


def test_recorded_chain_is_readable_json(fresh_anvil: EmbeddedAnvil) -> None:
    assert fresh_anvil.facts is not None
    record = json.loads((fresh_anvil.folder / "chain.json").read_text())
    assert record == {"chainId": 20261, "genesisHash": fresh_anvil.facts.genesis_hash}
