"""A contract's storage, a chain's state with it, and proofs as a node would give them."""

from datetime import UTC, datetime

from eth_utils.crypto import keccak

from digital_resume.core.chain_proofs.checkpoint import (
    Checkpoint,
)
from digital_resume.core.chain_proofs.storage_proof import (
    StorageProof,
    anchor_slot,
)
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
