"""Storage proofs and checkpoints: green only with the pinned contract, its block, and enough witnesses."""

import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from digital_resume.core.chain_proofs.checkpoint import (
    Checkpoint,
    parse_checkpoint,
    parse_witnesses,
    verify_checkpoint,
)
from digital_resume.core.chain_proofs.facts import FactsHead
from digital_resume.core.chain_proofs.proven import ProvenAnchorLog
from digital_resume.core.chain_proofs.storage_proof import (
    StorageProof,
    anchor_slot,
    parse_storage_proof,
    verify_storage_proof,
)
from digital_resume.core.errors import (
    MalformedError,
    ProofError,
    ReceiptError,
    SourceUnavailableError,
    UnknownChainError,
)
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.trust.issuers import ChainRef
from tests.fakes.trie import ReferenceTrie, rlp

CODE_HASH = keccak(b"the contract's code")
CHAIN = ChainRef("eip155:20261", "0x" + "ab" * 32, "0x" + "C0" * 20, "0x" + CODE_HASH.hex())
CONTRACTS = b"\xcc" * 32
SUBMITTER = "0x" + "51" * 20
ROOT = bytes(range(32))
ANCHORED = datetime(2026, 11, 20, tzinfo=UTC)
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def storage_of(time: int | None = int(ANCHORED.timestamp())) -> ReferenceTrie:
    """Return the contract's storage, with some other anchors."""
    content = {keccak(bytes([n])): rlp(bytes([n])) for n in range(1, 30)}
    if time is not None:
        content[keccak(anchor_slot(SUBMITTER, ROOT))] = rlp(
            time.to_bytes((time.bit_length() + 7) // 8, "big")
        )
    return ReferenceTrie(content)


def prove(storage: ReferenceTrie, code_hash: bytes = CODE_HASH, *, time: datetime = NOW) -> StorageProof:
    """Make a chain's state with the contract in it, and the proof as a node would give it."""
    address = keccak(bytes.fromhex(CHAIN.contract[2:]))
    accounts = {keccak(bytes([n])): rlp([b"", b"\1", bytes(32), bytes(32)]) for n in range(40)}
    state = ReferenceTrie({**accounts, address: rlp([b"\1", b"", storage.root, code_hash])})
    seconds = int(time.timestamp()).to_bytes(4, "big")
    fields = [bytes(32)] * 3 + [state.root] + [bytes(32)] * 4
    header = rlp([*fields, b"\7", b"\1", b"\1", seconds, b"", bytes(32), bytes(8)])
    return StorageProof(
        submitter=SUBMITTER,
        root=ROOT,
        header=header,
        account=tuple(state.proof(address)),
        storage=tuple(storage.proof(keccak(anchor_slot(SUBMITTER, ROOT)))),
    )


def checkpoint_of(proof: StorageProof, time: datetime = NOW) -> Checkpoint:
    """Return the checkpoint of a proof's block."""
    return Checkpoint(CHAIN.id, CHAIN.genesis, CONTRACTS, 7, keccak(proof.header), time)


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
