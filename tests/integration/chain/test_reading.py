"""Trust directory, anchor log and status roots: what the chain says, and nothing while it cannot be read."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from digital_resume.adapters.chain.anchor_log import ChainAnchorLog
from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.status_registry import ChainStatusRegistry
from digital_resume.adapters.chain.trust_directory import ChainTrustDirectory
from digital_resume.adapters.chain.views import read
from digital_resume.core.anchoring.merkle import MerkleTree
from digital_resume.core.errors import ReceiptError, SourceUnavailableError, StatusError, UnknownChainError
from digital_resume.core.ports import AnchorLog, TrustDirectory
from digital_resume.core.trust.issuers import IssuerStatus
from tests.fakes.faulty_node import FaultyNode
from tests.integration.chain.rig import DID, NAMES, Chain

pytestmark = pytest.mark.integration
MakeProxy = Callable[[str], FaultyNode]
KEY = hashlib.sha256(b"zDnKey").digest()
ROOT = hashlib.sha256(b"root").digest()


@pytest.fixture
def registered(chain: Chain) -> Chain:
    """Register an institution with everything it needs."""
    chain.admin.register_issuer(DID, *NAMES)
    chain.admin.accredit(DID, "UniversityDegree")
    chain.admin.authorize_anchorer(DID, chain.account(1).address)
    chain.admin.add_key(DID, KEY)
    return chain


def test_everything_about_an_institution_is_read(registered: Chain) -> None:
    directory: TrustDirectory = ChainTrustDirectory(registered.client, registered.deployments)
    record = directory.issuer(DID)
    assert record is not None
    now = registered.client.head().time
    assert (record.did, record.name_ko, record.name_en, record.url) == (DID, *NAMES)
    assert record.status_at(now) is IssuerStatus.ACTIVE
    assert record.accredited_at("UniversityDegree", now)
    assert not record.accredited_at("AcademicTranscript", now)
    assert record.anchorer_at(registered.account(1).address.lower(), now)
    key = record.key(KEY)
    assert key is not None
    assert key.compromised_since is None


def test_changes_are_seen_at_the_next_question(registered: Chain) -> None:
    directory = ChainTrustDirectory(registered.client, registered.deployments)
    directory.issuer(DID)
    heir = "did:web:localhost%3A8001:i:heir"
    admin = registered.admin
    admin.register_issuer(
        heir, "이어받은대학교(시연용)", "Heir University (demo)", "http://localhost:8001/i/heir"
    )
    admin.set_status(DID, IssuerStatus.MERGED, heir)
    admin.end_accreditation(DID, "UniversityDegree")
    admin.end_anchorer(DID, registered.account(1).address)
    admin.retire_key(DID, KEY)
    admin.report_compromise(DID, KEY, int(registered.client.head().time.timestamp()))
    record = directory.issuer(DID)
    assert record is not None
    assert record.status_log[-1].status is IssuerStatus.MERGED
    assert record.status_log[-1].successor == heir
    assert record.accreditations[0].period.end is not None
    assert record.anchorers[0].period.end is not None
    assert record.keys[0].period.end is not None
    assert record.keys[0].compromised_since is not None


@pytest.mark.parametrize("did", ["did:web:nobody", "", "x" * 300, "did:web:\ud800", "가"])
def test_unknown_institution_is_none(chain: Chain, did: str) -> None:
    assert ChainTrustDirectory(chain.client, chain.deployments).issuer(did) is None


def test_unchanged_head_is_answered_from_memory(registered: Chain, make_proxy: MakeProxy) -> None:
    proxy = make_proxy(registered.node.url)
    directory = ChainTrustDirectory(ChainClient([proxy.url], registered.deployments), registered.deployments)
    for _ in range(4):
        assert directory.issuer(DID) is not None
        assert directory.issuer("did:web:nobody") is None
    assert proxy.count("eth_call") == 2
    registered.mine()
    directory.issuer(DID)
    assert proxy.count("eth_call") == 3


def test_memory_does_not_answer_for_a_chain_that_cannot_be_read(
    registered: Chain, make_proxy: MakeProxy
) -> None:
    proxy = make_proxy(registered.node.url)
    client = ChainClient([proxy.url], registered.deployments)
    directory = ChainTrustDirectory(client, registered.deployments)
    log = ChainAnchorLog(client, registered.deployments)
    registered.anchor(ROOT)
    chain_ref, submitter = registered.deployments.anchor_chain, registered.account(1).address
    assert directory.issuer(DID) is not None
    assert log.anchored_at(chain_ref, submitter, ROOT) is not None
    proxy.fault = lambda method: 503
    with pytest.raises(SourceUnavailableError):
        directory.issuer(DID)
    with pytest.raises(SourceUnavailableError):
        log.anchored_at(chain_ref, submitter, ROOT)


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


def test_status_root_and_heartbeat(chain: Chain) -> None:
    status = ChainStatusRegistry(chain.client, chain.deployments)
    submitter = chain.anchorer
    assert status.latest(submitter.address) is None
    for number, root in enumerate((ROOT, ROOT, b"\x02" * 32)):
        transaction = submitter.build_publish(
            root, nonce=submitter.pending_nonce(), fees=submitter.suggest_fees()
        )
        submitter.send(transaction)
        chain.wait(transaction.hash)
        head = status.latest(submitter.address)
        assert head is not None
        assert head.root == root
        assert head.sequence == (2 if number == 2 else 1)
        assert head.since <= head.heartbeat <= head.read_at


def test_a_status_root_is_read_once_a_head(chain: Chain, make_proxy: MakeProxy) -> None:
    proxy = make_proxy(chain.node.url)
    status = ChainStatusRegistry(ChainClient([proxy.url], chain.deployments), chain.deployments)
    submitter = chain.anchorer
    assert [status.latest(submitter.address) for _ in range(3)] == [None] * 3
    assert proxy.count("eth_call") == 1
    fees = submitter.suggest_fees()
    transaction = submitter.build_publish(ROOT, nonce=submitter.pending_nonce(), fees=fees)
    submitter.send(transaction)
    chain.wait(transaction.hash)
    found = [status.latest(submitter.address.lower()) for _ in range(3)]
    assert found[0] is not None
    assert found == [found[0]] * 3
    assert proxy.count("eth_call") == 2
    proxy.fault = lambda method: 503
    with pytest.raises(SourceUnavailableError):
        status.latest(submitter.address)


def test_status_of_a_malformed_submitter_is_refused(chain: Chain) -> None:
    with pytest.raises(StatusError):
        ChainStatusRegistry(chain.client, chain.deployments).latest("nobody")


def test_contract_agrees_with_our_trees(chain: Chain) -> None:
    contract = chain.client.contract("AnchorRegistry", chain.deployments.anchor_registry.address)
    for size in (1, 2, 3, 7, 8, 300):
        leaves = [hashlib.sha256(b"\x00" + bytes([i % 256, i // 256])).digest() for i in range(size)]
        tree = MerkleTree(leaves)
        for index in {0, size // 2, size - 1}:
            for wanted, leaf in ((True, leaves[index]), (False, hashlib.sha256(b"x").digest())):
                proof = contract.functions.verify(tree.root, leaf, index, size, tree.path(index))
                assert read(proof) is wanted
