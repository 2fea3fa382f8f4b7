"""Where the embedded chain's program is found."""

from pathlib import Path

import pytest

from digital_resume.local.anvil import anvil_package, find_anvil
from digital_resume.local.host import EmbeddedError


def program(folder: Path) -> Path:
    folder.mkdir(parents=True)
    made = folder / "anvil"
    made.write_text("#!/bin/sh\n")
    made.chmod(0o755)
    return made


def test_the_locked_one_goes_before_one_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = program(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert find_anvil(tmp_path / "node_modules") == installed
    locked = program(tmp_path / "node_modules" / "@foundry-rs" / anvil_package() / "bin")
    assert find_anvil(tmp_path / "node_modules") == locked


def test_a_machine_without_any_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EmbeddedError, match="RPC_URLS"):
        find_anvil(tmp_path / "node_modules")
