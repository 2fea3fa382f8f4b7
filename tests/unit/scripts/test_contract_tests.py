"""What hardhat tested must be what Python deploys, and every test of the contracts has its run."""

import json
from pathlib import Path

import pytest

from scripts.compile_contracts import CONTRACTS
from scripts.contract_tests import differing_contracts, files_of

OURS = ("AnchorRegistry", "IssuerRegistry", "StatusRegistry")


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Give the artifacts of a run of hardhat, and of our own compilation, that agree."""
    artifacts, build = tmp_path / "artifacts", tmp_path / "build"
    test = artifacts / "contracts" / "test" / "Gas.t.sol"
    for folder in (test, artifacts / "build-info", build):
        folder.mkdir(parents=True)
    (test / "GasTest.json").write_text(json.dumps({"buildInfoId": "newest"}))
    contracts = {}
    for name in OURS:
        evm = {"bytecode": {"object": f"{name}01"}, "deployedBytecode": {"object": f"{name}02"}}
        contracts[f"project/{CONTRACTS[name]}"] = {name: {"evm": evm}}
        ours = {"bytecode": f"0x{name}01", "deployedBytecode": f"0x{name}02"}
        (build / f"{name}.json").write_text(json.dumps(ours))
    newest = json.dumps({"output": {"contracts": contracts}})
    (artifacts / "build-info" / "newest.output.json").write_text(newest)
    return tmp_path


def test_the_same_bytes_differ_nowhere(built: Path) -> None:
    assert differing_contracts(built / "artifacts", built / "build") == []


@pytest.mark.parametrize("kind", ["bytecode", "deployedBytecode"])
def test_other_bytes_are_named(built: Path, kind: str) -> None:
    file = built / "build" / "IssuerRegistry.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), kind: "0x00"}))
    assert differing_contracts(built / "artifacts", built / "build") == ["IssuerRegistry"]


def test_a_contract_that_hardhat_did_not_compile_is_an_error(built: Path) -> None:
    file = built / "artifacts" / "build-info" / "newest.output.json"
    file.write_text(json.dumps({"output": {"contracts": {}}}))
    with pytest.raises(KeyError):
        differing_contracts(built / "artifacts", built / "build")


def test_files_are_chosen_by_the_names_of_their_tests() -> None:
    assert [file.name for file in files_of("GasOfEveryOperation")] == ["Gas.t.sol"]
    assert "IssuerRegistryInvariant.t.sol" in {file.name for file in files_of("invariant_")}
    assert files_of("test_NobodyWroteThis") == []
