"""Checkpoints: green only with the pinned contracts and enough witnesses."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from eth_utils.crypto import keccak

from digital_resume.core.chain_proofs.checkpoint import (
    Checkpoint,
    parse_checkpoint,
    parse_witnesses,
    verify_checkpoint,
)
from digital_resume.core.chain_proofs.facts import FactsHead
from digital_resume.core.errors import (
    MalformedError,
    ProofError,
)
from digital_resume.core.keys.signing import LocalSigner
from tests.unit.digital_resume.core.chain_proofs.proving import (
    CHAIN,
    CONTRACTS,
    NOW,
    checkpoint_of,
    prove,
    storage_of,
)

SIGNERS = [LocalSigner.generate("Ed25519"), LocalSigner.generate("P-256"), LocalSigner.generate("Ed25519")]


def witnesses(threshold: int = 2) -> Any:
    """Return a witnesses file."""
    return {
        "type": "AnchorWitnesses",
        "version": 1,
        "threshold": threshold,
        "witnesses": [
            {"name": f"w{number}", "key": signer.public_key.multikey} for number, signer in enumerate(SIGNERS)
        ],
    }


def signed(*numbers: int, time: datetime = NOW) -> Checkpoint:
    """Return a checkpoint that some of the witnesses signed."""
    checkpoint = checkpoint_of(prove(storage_of()), time)
    for number in numbers:
        checkpoint = checkpoint.signed_by(SIGNERS[number])
    return checkpoint


def test_enough_witnesses_make_a_checkpoint_good() -> None:
    checkpoint = parse_checkpoint(json.loads(json.dumps(signed(0, 1).to_json())))
    assert checkpoint == signed(0, 1)
    assert verify_checkpoint(checkpoint, parse_witnesses(witnesses()), CHAIN, CONTRACTS, now=NOW) == (
        "w0",
        "w1",
    )


def test_witnesses_sign_eight_lines() -> None:
    assert checkpoint_of(prove(storage_of())).signed_bytes().decode().splitlines() == [
        "vdr-checkpoint-v1",
        "eip155:20261",
        "0x" + "ab" * 32,
        "cc" * 32,
        "7",
        "0x" + keccak(prove(storage_of()).header).hex(),
        str(int(NOW.timestamp())),
        "-",
    ]


def _twice(checkpoint: Checkpoint) -> Checkpoint:
    return replace(checkpoint, signatures=checkpoint.signatures * 2)


@pytest.mark.parametrize(
    ("checkpoint", "code"),
    [
        (signed(0), "checkpoint_witnesses_missing"),
        (_twice(signed(0)), "checkpoint_witnesses_missing"),
        (signed(0).signed_by(LocalSigner.generate()), "checkpoint_witnesses_missing"),
        (replace(signed(0, 1), number=8), "checkpoint_witnesses_missing"),
        (replace(signed(0, 1), hash=bytes(32)), "checkpoint_witnesses_missing"),
        (replace(signed(0, 1), time=NOW - timedelta(seconds=1)), "checkpoint_witnesses_missing"),
        (replace(signed(0, 1), facts=FactsHead(1, bytes(32))), "checkpoint_witnesses_missing"),
        (replace(signed(0, 1), genesis="0x" + "ac" * 32), "checkpoint_other_chain"),
        (replace(signed(0, 1), contracts=b"\xcd" * 32), "checkpoint_other_contracts"),
        (signed(0, 1, time=NOW - timedelta(hours=25)), "checkpoint_too_old"),
        (signed(0, 1, time=NOW + timedelta(hours=1)), "checkpoint_in_the_future"),
    ],
    ids=[
        "one of two",
        "one twice",
        "a stranger",
        "number",
        "hash",
        "time",
        "facts",
        "chain",
        "contracts",
        "old",
        "future",
    ],
)
def test_a_checkpoint_that_is_not_vouched_for_is_refused(checkpoint: Checkpoint, code: str) -> None:
    with pytest.raises(ProofError) as refused:
        verify_checkpoint(checkpoint, parse_witnesses(witnesses()), CHAIN, CONTRACTS, now=NOW)
    assert refused.value.code == code


def test_witnesses_that_cannot_be_met_or_counted_are_refused() -> None:
    doubled = witnesses()
    doubled["witnesses"][1] = doubled["witnesses"][0]
    p384 = witnesses()
    p384["witnesses"][0]["key"] = LocalSigner.generate("P-384").public_key.multikey
    for wrong in (witnesses(0), witnesses(4), doubled, p384, {**witnesses(), "witnesses": []}):
        with pytest.raises(MalformedError) as refused:
            parse_witnesses(wrong)
        assert refused.value.code == "witnesses_malformed"
