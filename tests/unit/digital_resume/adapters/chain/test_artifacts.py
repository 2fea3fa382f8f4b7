"""Compiled contracts: what is missing names the command that makes it."""

from pathlib import Path

import pytest

from digital_resume.adapters.chain.artifacts import load_contract
from digital_resume.adapters.chain.errors import ArtifactError


def test_missing_artifact_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="compile_contracts"):
        load_contract("AnchorRegistry", tmp_path)
    with pytest.raises(ArtifactError, match="no contract"):
        load_contract("Elsewhere")
