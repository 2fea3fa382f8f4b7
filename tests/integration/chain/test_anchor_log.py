"""When a root was anchored: the block's time, once it is final, on the pinned chain only."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from digital_resume.adapters.chain.anchor_log import ChainAnchorLog
from digital_resume.adapters.chain.trust_directory import ChainTrustDirectory
from digital_resume.adapters.chain.views import read
from digital_resume.core.anchoring.merkle import MerkleTree
from digital_resume.core.errors import ReceiptError, UnknownChainError
from digital_resume.core.ports import AnchorLog
from tests.fakes.faulty_node import FaultyNode
from tests.integration.chain.rig import DID, NAMES, Chain

pytestmark = pytest.mark.integration
MakeProxy = Callable[[str], FaultyNode]
ROOT = hashlib.sha256(b"root").digest()


def test_anchored_time_is_the_blocks_time(chain: Chain) -> None:
    log: AnchorLog = ChainAnchorLog(chain.client, chain.deployments)
    receipt = chain.anchor(ROOT)
    submitter = chain.account(1).address
    assert log.anchored_at(chain.deployments.anchor_chain, submitter, ROOT) == receipt.block_time
    assert log.anchored_at(chain.deployments.anchor_chain, submitter.lower(), ROOT) == receipt.block_time
    assert log.anchored_at(chain.deployments.anchor_chain, chain.account(3).address, ROOT) is None


def test_unpinned_chain_is_not_followed(chain: Chain) -> None:
    log = ChainAnchorLog(chain.client, chain.deployments)
    pinned = chain.deployments.anchor_chain
    for other in (
        replace(pinned, id="eip155:1"),
        replace(pinned, genesis="0x" + "00" * 32),
        replace(pinned, contract=chain.deployments.status_registry.address),
        replace(pinned, code_hash="0x" + "00" * 32),
    ):
        with pytest.raises(UnknownChainError):
            log.anchored_at(other, chain.account(1).address, ROOT)


@pytest.mark.parametrize(
    ("submitter", "root"), [("0x12", ROOT), ("nobody", ROOT), ("0x" + "a" * 40, b"short")]
)
def test_malformed_question_is_refused(chain: Chain, submitter: str, root: bytes) -> None:
    with pytest.raises(ReceiptError):
        ChainAnchorLog(chain.client, chain.deployments).anchored_at(
            chain.deployments.anchor_chain, submitter, root
        )


def test_root_counts_after_the_confirmations(own_chain: Chain) -> None:
    deployments = own_chain.with_confirmations(3)
    log = ChainAnchorLog(own_chain.client, deployments)
    own_chain.anchor(ROOT)
    submitter = own_chain.account(1).address
    assert log.anchored_at(deployments.anchor_chain, submitter, ROOT) is None
    own_chain.mine(2)
    assert log.anchored_at(deployments.anchor_chain, submitter, ROOT) is None
    own_chain.mine(1)
    assert log.anchored_at(deployments.anchor_chain, submitter, ROOT) is not None


def test_chain_shorter_than_the_confirmations_has_nothing_final(chain: Chain) -> None:
    deployments = chain.with_confirmations(10_000)
    log = ChainAnchorLog(chain.client, deployments)
    assert log.anchored_at(deployments.anchor_chain, chain.account(1).address, ROOT) is None


def test_reorg_takes_an_unfinal_root_and_a_registration_away(own_chain: Chain) -> None:
    log = ChainAnchorLog(own_chain.client, own_chain.deployments)
    directory = ChainTrustDirectory(own_chain.client, own_chain.deployments)
    own_chain.admin.register_issuer(DID, *NAMES)
    receipt = own_chain.anchor(ROOT)
    submitter, pinned = own_chain.account(1).address, own_chain.deployments.anchor_chain
    assert directory.issuer(DID) is not None
    assert log.anchored_at(pinned, submitter, ROOT) is not None
    own_chain.client.request("anvil_reorg", [2, []])
    assert directory.issuer(DID) is None
    assert log.anchored_at(pinned, submitter, ROOT) is None
    assert own_chain.anchorer.receipt(receipt.hash) is None


def test_contract_agrees_with_our_trees(chain: Chain) -> None:
    contract = chain.client.contract("AnchorRegistry", chain.deployments.anchor_registry.address)
    for size in (1, 2, 3, 7, 8, 300):
        leaves = [hashlib.sha256(b"\x00" + bytes([i % 256, i // 256])).digest() for i in range(size)]
        tree = MerkleTree(leaves)
        for index in {0, size // 2, size - 1}:
            for wanted, leaf in ((True, leaves[index]), (False, hashlib.sha256(b"x").digest())):
                proof = contract.functions.verify(tree.root, leaf, index, size, tree.path(index))
                assert read(proof) is wanted
