"""The deployments file is read strictly and written whole."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_resume.adapters.chain.deployments import (
    DeploymentsFileError,
    parse_deployments,
    read_deployments,
    write_deployments,
)
from digital_resume.core.trust.issuers import ChainRef, same_chain

CONTRACT = {"address": "0x5FbDB2315678afecb367f032d93F642f64180aa3", "codeHash": "0x" + "ab" * 32, "block": 1}
VALID: dict[str, Any] = {
    "chainId": 20261,
    "caip2": "eip155:20261",
    "genesisHash": "0x" + "cd" * 32,
    "demonstration": True,
    "name": {"ko": "시연용 체인", "en": "Demonstration chain"},
    "confirmations": 0,
    "contracts": {"AnchorRegistry": CONTRACT, "IssuerRegistry": CONTRACT, "StatusRegistry": CONTRACT},
}


def test_file_is_read_back_as_written(tmp_path: Path) -> None:
    deployments = parse_deployments(VALID)
    write_deployments(tmp_path / "new" / "deployments.json", deployments)
    assert read_deployments(tmp_path / "new" / "deployments.json") == deployments
    assert deployments.to_json() == VALID
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["deployments.json"]


def test_receipts_and_status_name_their_own_contract() -> None:
    deployments = parse_deployments(VALID)
    assert deployments.anchor_chain == ChainRef(
        "eip155:20261", "0x" + "cd" * 32, CONTRACT["address"], "0x" + "ab" * 32
    )
    assert deployments.status_chain.id == deployments.caip2


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["chainId"], 0),
        (["chainId"], True),
        (["chainId"], "20261"),
        (["caip2"], "eip155:1"),
        (["genesisHash"], "0x" + "CD" * 32),
        (["genesisHash"], None),
        (["demonstration"], 1),
        (["confirmations"], -1),
        (["confirmations"], 1.5),
        (["name"], {"ko": "", "en": "x"}),
        (["contracts"], {}),
        (["contracts", "AnchorRegistry", "address"], "0x5fbdb2315678afecb367f032d93f642f64180aa3"),
        (["contracts", "AnchorRegistry", "codeHash"], "0xab"),
        (["contracts", "AnchorRegistry", "block"], "1"),
    ],
)
def test_wrong_member_is_refused(path: list[str], value: Any) -> None:
    raw = copy.deepcopy(VALID)
    target = raw
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    with pytest.raises(DeploymentsFileError):
        parse_deployments(raw)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*VALID, "x"]), inner),
        max_leaves=20,
    )
)
def test_hostile_json_only_raises_our_error(raw: Any) -> None:
    with pytest.raises(DeploymentsFileError):
        parse_deployments(raw)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 60_000, b" " * 70_000])
def test_damaged_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "d.json"
    path.write_bytes(content)
    with pytest.raises(DeploymentsFileError):
        read_deployments(path)


def test_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DeploymentsFileError, match=r"resume deploy"):
        read_deployments(tmp_path / "none.json")


def test_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "d.json"
    path.write_text(json.dumps(VALID))

    def full_disk(descriptor: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="no space"):
        write_deployments(path, parse_deployments({**VALID, "confirmations": 9}))
    assert json.loads(path.read_text()) == VALID
    assert len(list(tmp_path.iterdir())) == 1


def test_case_of_hex_does_not_matter_when_chains_are_compared() -> None:
    one = parse_deployments(VALID).anchor_chain
    assert same_chain(one, ChainRef(one.id, one.genesis.upper(), one.contract.lower(), one.code_hash))
    assert not same_chain(one, ChainRef("eip155:1", one.genesis, one.contract, one.code_hash))
