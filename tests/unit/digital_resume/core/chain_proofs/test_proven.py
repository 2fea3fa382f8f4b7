"""The anchor log of a bundle: what its proofs say, as of the checkpoint's block."""

from dataclasses import replace
from datetime import timedelta

import pytest

from digital_resume.core.chain_proofs.proven import ProvenAnchorLog
from digital_resume.core.errors import (
    SourceUnavailableError,
    UnknownChainError,
)
from tests.unit.digital_resume.core.chain_proofs.proving import (
    CHAIN,
    NOW,
    ROOT,
    SUBMITTER,
    checkpoint_of,
    prove,
    storage_of,
)


def test_a_proof_of_another_block_than_the_checkpoint_is_unknown() -> None:
    proof = prove(storage_of())
    other = prove(storage_of(), time=NOW - timedelta(seconds=1))
    log = ProvenAnchorLog(CHAIN, checkpoint_of(other), [proof])
    with pytest.raises(SourceUnavailableError) as refused:
        log.anchored_at(CHAIN, SUBMITTER, ROOT)
    assert refused.value.code == "storage_proof_other_block"


def test_without_a_proof_nothing_is_known_and_no_other_chain_is_followed() -> None:
    proof = prove(storage_of())
    log = ProvenAnchorLog(CHAIN, checkpoint_of(proof), [proof])
    with pytest.raises(SourceUnavailableError):
        log.anchored_at(CHAIN, SUBMITTER, bytes(32))
    with pytest.raises(SourceUnavailableError):
        log.anchored_at(CHAIN, "0x" + "52" * 20, ROOT)
    with pytest.raises(UnknownChainError):
        log.anchored_at(replace(CHAIN, contract="0x" + "C1" * 20), SUBMITTER, ROOT)
