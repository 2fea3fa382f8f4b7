"""Compiled contracts: built once, coded by their ABI, every refusal in words."""

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from digital_resume.adapters.chain.artifacts import load_contract
from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.errors import ArtifactError
from digital_resume.adapters.chain.revert import decode_revert, known_errors
from digital_resume.adapters.chain.views import EventDecoder, read
from digital_resume.core.errors import SourceUnavailableError
from digital_resume.core.trust.registry import parse_issuer
from digital_resume.core.verification.deployments import CONTRACT_NAMES
from scripts.compile_contracts import CompileError, compile_contracts, source_digest


def test_unchanged_sources_are_not_compiled_again(tmp_path: Path) -> None:
    assert compile_contracts(build=tmp_path)
    assert not compile_contracts(build=tmp_path)
    (tmp_path / "StatusRegistry.json").unlink()
    assert compile_contracts(build=tmp_path)


def test_missing_packages_are_named(tmp_path: Path) -> None:
    (tmp_path / "contracts").mkdir()
    with pytest.raises(CompileError, match="solc"):
        source_digest(tmp_path)


def test_missing_artifact_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="compile_contracts"):
        load_contract("AnchorRegistry", tmp_path)
    with pytest.raises(ArtifactError, match="no contract"):
        load_contract("Elsewhere")


@pytest.mark.parametrize("name", CONTRACT_NAMES)
def test_every_custom_error_has_words(name: str) -> None:
    text_errors = {"RegistryTextLength", "RegistryTextCharacter", "RegistryTextPrefix"}
    unused = {"AccessControlBadConfirmation"}  # only renounceRole raises it, which we never send
    declared = {e["name"] for e in load_contract(name).abi if e["type"] == "error"}
    assert declared - unused <= known_errors()
    if name == "IssuerRegistry":
        assert text_errors <= declared


def test_refusal_is_told_in_both_languages() -> None:
    contract = load_contract("IssuerRegistry")
    data = keccak(text="IssuerRegistryTimeInPast(uint64,uint64)")[:4] + (5).to_bytes(32) + (9).to_bytes(32)
    error = decode_revert(contract, data)
    assert error.error_name == "IssuerRegistryTimeInPast"
    assert "5" in error.message
    assert "9" in error.message
    assert "과거 시각(5)" in error.message_ko


@given(st.none() | st.binary(max_size=200))
def test_any_revert_data_is_told_somehow(data: bytes | None) -> None:
    assert decode_revert(load_contract("IssuerRegistry"), data).message_ko


class Said(ChainClient):
    """A chain that answers every question with the same bytes."""

    answer = b""

    def request(self, method: str, params: Sequence[Any] = (), *, read_seconds: float | None = None) -> Any:
        return "0x" + self.answer.hex()


@given(st.binary(max_size=600))
def test_any_answer_is_decoded_or_refused(data: bytes) -> None:
    client = Said(["http://127.0.0.1:9"])
    client.answer = data
    registry = client.contract("IssuerRegistry", "0x" + "11" * 20)
    with contextlib.suppress(SourceUnavailableError):
        parse_issuer("did:web:x", read(registry.functions.getIssuer(bytes(32)), block=1))


@pytest.mark.parametrize("name", CONTRACT_NAMES)
def test_events_are_decoded_as_web3_decodes_them(name: str) -> None:
    client = Said(["http://127.0.0.1:9"])
    values = {"address": "0x" + "11" * 20, "bytes32": b"\x12" * 32, "string": "새벽 University", "bool": True}
    for event in client.contract(name, "0x" + "11" * 20).all_events():
        inputs = event.abi["inputs"]
        kinds = [(i["type"], values.get(i["type"], 3), i["indexed"]) for i in inputs]
        plain = [(kind, value) for kind, value, indexed in kinds if not indexed]
        data = encode([kind for kind, _ in plain], [value for _, value in plain])
        topics = [encode([kind], [value]) for kind, value, indexed in kinds if indexed]
        decoder = EventDecoder(event)
        place: Any = dict.fromkeys(
            ["logIndex", "transactionIndex", "transactionHash", "address", "blockHash", "blockNumber"]
        )
        whole = event.process_log({**place, "topics": [decoder.topic, *topics], "data": data})
        assert decoder.arguments([decoder.topic, *topics], data) == whole["args"]
        for wrong in ([decoder.topic], [decoder.topic, *topics, bytes(32)]):
            if len(wrong) != len(topics) + 1:
                with pytest.raises(ValueError, match="zip"):
                    decoder.arguments(wrong, data)


def test_compiler_settings_are_shared_with_hardhat() -> None:
    root = Path(__file__).resolve().parents[5]
    settings = json.loads((root / "contracts" / "compiler.json").read_text())
    assert settings["version"] in (root / "contracts" / "AnchorRegistry.sol").read_text()
    assert "contracts/compiler.json" in (root / "hardhat.config.js").read_text()
    assert settings["settings"]["evmVersion"] == "paris"
