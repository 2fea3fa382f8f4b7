"""Contracts are compiled when something changed, with hardhat's settings."""

import json
from pathlib import Path

import pytest

from scripts.compile_contracts import ROOT, CompileError, compile_contracts, source_digest


def test_unchanged_sources_are_not_compiled_again(tmp_path: Path) -> None:
    assert compile_contracts(build=tmp_path)
    assert not compile_contracts(build=tmp_path)
    (tmp_path / "StatusRegistry.json").unlink()
    assert compile_contracts(build=tmp_path)


def test_missing_packages_are_named(tmp_path: Path) -> None:
    (tmp_path / "contracts").mkdir()
    with pytest.raises(CompileError, match="solc"):
        source_digest(tmp_path)


def test_compiler_settings_are_shared_with_hardhat() -> None:
    settings = json.loads((ROOT / "contracts" / "compiler.json").read_text())
    assert settings["version"] in (ROOT / "contracts" / "AnchorRegistry.sol").read_text()
    assert "contracts/compiler.json" in (ROOT / "hardhat.config.js").read_text()
    assert settings["settings"]["evmVersion"] == "paris"
