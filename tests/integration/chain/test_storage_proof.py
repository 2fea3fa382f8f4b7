"""Storage proofs of a real node, against the contract as it is compiled and deployed."""

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from eth_utils.crypto import keccak

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.storage_proof import fetch_checkpoint, fetch_storage_proof, final_block
from digital_resume.core.chain_proofs.checkpoint import parse_witnesses, verify_checkpoint
from digital_resume.core.chain_proofs.proven import ProvenAnchorLog
from digital_resume.core.chain_proofs.storage_proof import (
    MAX_PROOF_BYTES,
    anchor_slot,
    parse_header,
    verify_storage_proof,
)
from digital_resume.core.errors import SourceUnavailableError
from digital_resume.core.keys.signing import LocalSigner
from tests.fakes.faulty_node import FaultyNode
from tests.integration.chain.rig import Chain


def test_the_contracts_storage_is_laid_out_as_proofs_expect(chain: Chain) -> None:
    root = secrets.token_bytes(32)
    receipt = chain.anchor(root)
    slot = "0x" + anchor_slot(chain.anchorer.address, root).hex()
    word = chain.client.request(
        "eth_getStorageAt", [chain.deployments.anchor_registry.address, slot, "latest"]
    )
    assert int(word, 16) == int(receipt.block_time.timestamp())


def test_what_is_anchored_is_proven_at_any_later_block(chain: Chain) -> None:
    roots = [secrets.token_bytes(32) for _ in range(20)]
    receipts = [chain.anchor(root) for root in roots]
    chain.mine(3)
    head = final_block(chain.client, chain.deployments)
    for root, receipt in zip(roots, receipts, strict=True):
        for block in (receipt.block_number, head):
            proof = fetch_storage_proof(chain.client, chain.deployments, chain.anchorer.address, root, block)
            header = parse_header(proof.header)
            assert (header.number, len(proof.header) < 800) == (block, True)
            assert sum(map(len, proof.account + proof.storage)) < MAX_PROOF_BYTES
            time = verify_storage_proof(proof, chain.deployments.anchor_chain, block_hash=header.hash)
            assert time == receipt.block_time


def test_what_was_not_anchored_by_then_is_proven_to_be_absent(chain: Chain) -> None:
    chain.anchor(secrets.token_bytes(32))
    before = final_block(chain.client, chain.deployments)
    root = secrets.token_bytes(32)
    chain.anchor(root)
    for submitter, what in ((chain.anchorer.address, root), ("0x" + "11" * 20, secrets.token_bytes(32))):
        proof = fetch_storage_proof(chain.client, chain.deployments, submitter, what, before)
        found = verify_storage_proof(proof, chain.deployments.anchor_chain, block_hash=keccak(proof.header))
        assert found is None


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"accountProof": "0x", "storageProof": []},
        {"accountProof": ["0x00"] * 17, "storageProof": [{"proof": []}]},
        {"accountProof": ["0x" + "00" * 1_025], "storageProof": [{"proof": []}]},
        {"accountProof": [7], "storageProof": [{"proof": []}]},
        {"accountProof": ["0x" + "00" * 1_024] * 16, "storageProof": [{"proof": ["0x" + "00" * 1_024] * 16}]},
    ],
)
def test_a_proof_larger_than_any_real_one_is_refused(
    chain: Chain, make_proxy: Callable[[str], FaultyNode], answer: dict[str, Any]
) -> None:
    root = secrets.token_bytes(32)
    receipt = chain.anchor(root)
    proxy = make_proxy(chain.node.url)
    proxy.fault = lambda method: proxy.answer(answer) if method == "eth_getProof" else None
    client = ChainClient([proxy.url], chain.deployments)
    with pytest.raises(SourceUnavailableError) as caught:
        fetch_storage_proof(client, chain.deployments, chain.anchorer.address, root, receipt.block_number)
    assert caught.value.code == "storage_proof_unavailable"


def test_a_checkpoint_of_the_chain_carries_a_proof_without_it(own_chain: Chain) -> None:
    root = secrets.token_bytes(32)
    receipt = own_chain.anchor(root)
    signers = [LocalSigner.generate("Ed25519"), LocalSigner.generate("P-256")]
    checkpoint = fetch_checkpoint(own_chain.client, own_chain.deployments)
    block = own_chain.client.block(checkpoint.number)
    assert block is not None
    assert (block.hash, block.time) == ("0x" + checkpoint.hash.hex(), checkpoint.time)
    proof = fetch_storage_proof(
        own_chain.client, own_chain.deployments, own_chain.anchorer.address, root, checkpoint.number
    )
    own_chain.node.stop()

    for signer in signers:
        checkpoint = checkpoint.signed_by(signer)
    pinned = {
        "type": "AnchorWitnesses",
        "version": 1,
        "threshold": 2,
        "witnesses": [{"name": signer.algorithm, "key": signer.public_key.multikey} for signer in signers],
    }
    chain = own_chain.deployments.anchor_chain
    contracts = own_chain.deployments.contracts_digest
    assert verify_checkpoint(checkpoint, parse_witnesses(pinned), chain, contracts, now=receipt.block_time)
    log = ProvenAnchorLog(chain, checkpoint, [proof])
    assert log.anchored_at(chain, own_chain.anchorer.address, root) == receipt.block_time


def test_no_checkpoint_is_made_of_a_block_that_is_not_final(chain: Chain) -> None:
    head = chain.client.head().number
    with pytest.raises(SourceUnavailableError) as refused:
        fetch_checkpoint(chain.client, chain.with_confirmations(2), head)
    assert refused.value.code == "block_not_final"
    assert fetch_checkpoint(chain.client, chain.with_confirmations(2)).number == head - 2
