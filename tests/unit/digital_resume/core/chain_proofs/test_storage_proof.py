"""Storage proofs and checkpoints: green only with the pinned contract, its block, and enough witnesses."""

import contextlib
import json
from dataclasses import replace
from typing import Any

import pytest
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from digital_resume.core.chain_proofs.checkpoint import (
    parse_checkpoint,
    parse_witnesses,
)
from digital_resume.core.chain_proofs.proven import ProvenAnchorLog
from digital_resume.core.chain_proofs.storage_proof import (
    StorageProof,
    parse_storage_proof,
    verify_storage_proof,
)
from digital_resume.core.errors import (
    MalformedError,
    ReceiptError,
    SourceUnavailableError,
)
from digital_resume.core.keys.signing import LocalSigner
from tests.unit.digital_resume.core.chain_proofs.proving import (
    ANCHORED,
    CHAIN,
    NOW,
    ROOT,
    SUBMITTER,
    checkpoint_of,
    prove,
    storage_of,
)


def test_a_proof_gives_the_time_that_the_contract_holds() -> None:
    proof = parse_storage_proof(json.loads(json.dumps(prove(storage_of()).to_json())))
    assert verify_storage_proof(proof, CHAIN, block_hash=keccak(proof.header)) == ANCHORED
    log = ProvenAnchorLog(CHAIN, checkpoint_of(proof), [proof])
    assert log.anchored_at(CHAIN, SUBMITTER.upper().replace("0X", "0x"), ROOT) == ANCHORED


def test_a_proof_that_it_was_not_anchored_says_so() -> None:
    proof = prove(storage_of(None))
    assert verify_storage_proof(proof, CHAIN, block_hash=keccak(proof.header)) is None
    with pytest.raises(SourceUnavailableError):  # it may have been anchored since
        ProvenAnchorLog(CHAIN, checkpoint_of(proof), [proof]).anchored_at(CHAIN, SUBMITTER, ROOT)


@pytest.mark.parametrize(
    ("proof", "code"),
    [
        (prove(storage_of(), keccak(b"other code")), "storage_proof_other_code"),
        (replace(prove(storage_of()), storage=prove(storage_of(None)).storage), "trie_proof_invalid"),
        (replace(prove(storage_of()), root=bytes(32)), "trie_proof_invalid"),
        (replace(prove(storage_of()), account=()), "trie_proof_invalid"),
        (prove(storage_of(int(NOW.timestamp()) + 1)), "storage_proof_no_time"),
    ],
    ids=["other code", "storage of another state", "another root", "no account", "a time to come"],
)
def test_what_is_not_proven_is_refused_and_unknown(proof: StorageProof, code: str) -> None:
    with pytest.raises(ReceiptError) as refused:
        verify_storage_proof(proof, CHAIN, block_hash=keccak(proof.header))
    assert refused.value.code == code
    log = ProvenAnchorLog(CHAIN, checkpoint_of(proof), [proof])
    with pytest.raises(SourceUnavailableError) as unknown:
        log.anchored_at(CHAIN, proof.submitter, proof.root)
    assert unknown.value.code == code


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_an_altered_proof_never_gives_another_time(data: st.DataObject) -> None:
    document: Any = prove(storage_of()).to_json()
    member = data.draw(st.sampled_from(["header", "account", "storage", "submitter", "root"]))
    value = document[member]
    whole = json.dumps(value)
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:at] + data.draw(st.characters()) + whole[at + 1 :]
    try:
        document[member] = json.loads(changed)
        proof = parse_storage_proof(document)
        time = verify_storage_proof(proof, CHAIN, block_hash=keccak(prove(storage_of()).header))
    except (ValueError, ReceiptError):
        return
    if (proof.submitter, proof.root) == (SUBMITTER, ROOT):
        assert time == ANCHORED
    else:
        # The same nodes may show that another root is not there, which is true.
        assert time is None


@given(
    st.recursive(
        st.none() | st.text(max_size=5) | st.integers(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_hostile_json_raises_nothing_but_errors_of_ours(value: object) -> None:
    document = prove(storage_of()).to_json()
    for member in document:
        with contextlib.suppress(ReceiptError):
            parse_storage_proof({**document, member: value})
    checkpoint = checkpoint_of(prove(storage_of())).signed_by(LocalSigner.generate()).to_json()
    for member in checkpoint:
        with contextlib.suppress(MalformedError):
            parse_checkpoint({**checkpoint, member: value})
    for parse in (parse_storage_proof, parse_checkpoint, parse_witnesses):
        with contextlib.suppress(ReceiptError, MalformedError):
            parse(value)
