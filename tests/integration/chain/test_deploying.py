"""Deploying once, pinning what was deployed, and keeping the embedded chain's state."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from digital_resume.adapters.chain.artifacts import load_contract
from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.deploying import deploy
from digital_resume.adapters.chain.deployments import (
    DeploymentsFileError,
    parse_deployments,
    read_deployments,
)
from digital_resume.adapters.chain.errors import ChainMismatchError
from digital_resume.adapters.chain.roles import check_production_chain
from digital_resume.core.errors import SourceUnavailableError
from digital_resume.core.verification.deployments import CONTRACT_NAMES
from digital_resume.local.anvil import EmbeddedAnvil
from digital_resume.local.snapshot import write_snapshot
from tests.commands import resume
from tests.fakes.faulty_node import FaultyNode
from tests.integration.chain.rig import DID, NAMES, Chain

pytestmark = pytest.mark.integration


def test_deploying_again_changes_nothing(anvil: EmbeddedAnvil, tmp_path: Path) -> None:
    file = tmp_path / "deployments.json"
    first = deploy(anvil.url, anvil.account(0), deployments_file=file)
    block = ChainClient([anvil.url]).head().number
    assert deploy(anvil.url, anvil.account(0), deployments_file=file) == first
    assert ChainClient([anvil.url]).head().number == block
    assert read_deployments(file) == parse_deployments(first)


def test_file_of_another_chain_is_not_overwritten(
    anvil: EmbeddedAnvil, fresh_anvil: EmbeddedAnvil, tmp_path: Path
) -> None:
    file = tmp_path / "deployments.json"
    deploy(anvil.url, anvil.account(0), deployments_file=file)
    before = file.read_bytes()
    with pytest.raises(DeploymentsFileError, match="move the file away"):
        deploy(fresh_anvil.url, fresh_anvil.account(0), deployments_file=file)
    assert file.read_bytes() == before


def test_deployed_code_is_the_compiled_code(chain: Chain) -> None:
    for name in CONTRACT_NAMES:
        assert chain.deployments.contracts[name].code_hash == load_contract(name).code_hash


def test_deployer_keeps_no_role_that_it_gave_away(anvil: EmbeddedAnvil) -> None:
    other, deployer = anvil.account(7).address, anvil.account(0)
    raw = deploy(anvil.url, deployer, admin=other, accreditor=other, guardian=other)
    deployments = parse_deployments(raw)
    chain = Chain(anvil, deployments, ChainClient([anvil.url], deployments))
    assert chain.admin.has_role("ACCREDITOR", other)
    assert not chain.admin.has_role("ACCREDITOR", deployer.address)
    assert not chain.admin.has_role("ACCREDITOR", "nobody")


def test_command_deploys(
    anvil: EmbeddedAnvil, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RPC_URLS", anvil.url)
    monkeypatch.setenv("DEPLOYMENTS_FILE", str(tmp_path / "d.json"))
    monkeypatch.delenv("DEPLOYER_PRIVATE_KEY", raising=False)
    assert resume("deploy", "--demonstration") == 2
    monkeypatch.setenv("DEPLOYER_PRIVATE_KEY", anvil.account(0).key.hex())
    assert resume("deploy") == 2
    assert resume("deploy", "--name-ko", "가나 체인") == 2
    assert resume("deploy", "--name-ko", "가나 체인", "--name-en", "Gana chain") == 0
    assert "AnchorRegistry" in capsys.readouterr().out
    written = read_deployments(tmp_path / "d.json")
    assert (written.name_en, written.demonstration, written.confirmations) == ("Gana chain", False, 0)


def test_command_says_why_it_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEPLOYER_PRIVATE_KEY", "0x" + "11" * 32)
    arguments = ["--rpc-url", "http://127.0.0.1:9", "--demonstration", "--file", str(tmp_path / "d.json")]
    assert resume("deploy", *arguments) == 1
    assert "RPC_URLS" in capsys.readouterr().err
    assert not (tmp_path / "d.json").exists()


def test_snapshot_brings_the_chain_back_after_a_kill(own_chain: Chain) -> None:
    node = own_chain.node
    own_chain.admin.register_issuer(DID, *NAMES)
    receipt = own_chain.anchor(b"\x07" * 32)
    assert write_snapshot(own_chain.client, node.snapshot) == receipt.block_number
    assert node.snapshot.stat().st_mode & 0o077 == 0
    assert node.pid is not None
    os.kill(node.pid, 9)
    while node.pid is not None:
        time.sleep(0.01)
    with pytest.raises(SourceUnavailableError):
        own_chain.client.head()
    node.restart()
    client = ChainClient([node.url], own_chain.deployments)
    client.verify()
    again = Chain(node, own_chain.deployments, client).anchorer.receipt(receipt.hash)
    assert again is not None
    assert (again.block_number, again.block_hash) == (receipt.block_number, receipt.block_hash)


def test_damaged_dump_keeps_the_former_snapshot(
    own_chain: Chain, make_proxy: Callable[[str], FaultyNode], tmp_path: Path
) -> None:
    file = tmp_path / "state.json"
    write_snapshot(own_chain.client, file)
    before = file.read_bytes()
    proxy = make_proxy(own_chain.node.url)
    client = ChainClient([proxy.url], own_chain.deployments)
    for dump in ("0x1f8b00", "0xff", "nothing", None):
        proxy.fault = lambda method, d=dump: proxy.answer(d) if method == "anvil_dumpState" else None
        with pytest.raises(SourceUnavailableError):
            write_snapshot(client, file)
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("chain_id", "software"),
    [(20261, "Geth/v1"), (31337, "Geth/v1"), (1337, "Geth/v1"), (5, "anvil/v1"), (5, "HardhatNetwork/3")],
)
def test_production_refuses_a_development_chain(
    chain: Chain, make_proxy: Callable[[str], FaultyNode], chain_id: int, software: str
) -> None:
    proxy = make_proxy(chain.node.url)
    answers = {"eth_chainId": hex(chain_id), "web3_clientVersion": software}
    proxy.fault = lambda method: proxy.answer(answers[method]) if method in answers else None
    with pytest.raises(ChainMismatchError, match="development chain"):
        check_production_chain(ChainClient([proxy.url]), [])


def test_production_refuses_well_known_keys(chain: Chain, make_proxy: Callable[[str], FaultyNode]) -> None:
    proxy = make_proxy(chain.node.url)
    answers = {"eth_chainId": "0x5", "web3_clientVersion": "Geth/v1.17"}
    proxy.fault = lambda method: proxy.answer(answers[method]) if method in answers else None
    client = ChainClient([proxy.url])
    check_production_chain(client, [chain.account(0).address])
    with pytest.raises(ChainMismatchError, match="private key"):
        check_production_chain(client, ["0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"])


def test_roles_are_different_accounts_of_one_mnemonic(tmp_path: Path) -> None:
    node = EmbeddedAnvil(tmp_path)
    addresses = [node.account(index).address for index in range(4)]
    assert len(set(addresses)) == 4
    assert [EmbeddedAnvil(tmp_path).account(index).address for index in range(4)] == addresses
