"""Refusals of the contracts: every one has words, in both languages."""

import pytest
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from digital_resume.adapters.chain.artifacts import load_contract
from digital_resume.adapters.chain.revert import decode_revert, known_errors
from digital_resume.core.verification.deployments import CONTRACT_NAMES


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
