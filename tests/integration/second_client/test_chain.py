"""The chain's adapters on EthereumJS: its words, what it does not show, reorganisations and proofs."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from digital_resume.adapters.chain.anchor_log import ChainAnchorLog
from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.deploying import deploy
from digital_resume.adapters.chain.deployments import Deployments, parse_deployments
from digital_resume.adapters.chain.errors import RegistryRejectedError, TransactionRejectedError
from digital_resume.adapters.chain.events import EventReader
from digital_resume.adapters.chain.registry_admin import RegistryAdmin
from digital_resume.adapters.chain.storage_proof import fetch_checkpoint, fetch_storage_proof
from digital_resume.adapters.chain.submitter import (
    Fees,
    SendOutcome,
    SignedTransaction,
    Submitter,
    TransactionReceipt,
)
from digital_resume.adapters.chain.trust_directory import ChainTrustDirectory
from digital_resume.core.chain_proofs.storage_proof import parse_header, verify_storage_proof
from digital_resume.core.trust.logs import RootAnchored
from tests.integration.second_client.consensus import Consensus
from tests.integration.second_client.node import SecondClient

pytestmark = pytest.mark.integration
DID = "did:web:localhost%3A8001:i:univ"
NAMES = ("새벽대학교(시연용)", "Saebyeok University (demo)", "http://localhost:8001/i/univ")


@dataclass
class Contracts:
    """The three contracts on the second client; its blocks are proposed when a test says so."""

    client: ChainClient
    deployments: Deployments
    admin: LocalAccount
    submitter: Submitter
    consensus: Consensus

    def build(self, *, nonce: int | None = None, fees: Fees | None = None) -> SignedTransaction:
        return self.submitter.build_anchor(
            secrets.token_bytes(32),
            nonce=self.submitter.pending_nonce() if nonce is None else nonce,
            fees=fees or self.submitter.suggest_fees(),
        )

    def anchor(self, root: bytes) -> TransactionReceipt:
        nonce, fees = self.submitter.pending_nonce(), self.submitter.suggest_fees()
        transaction = self.submitter.build_anchor(root, nonce=nonce, fees=fees)
        self.submitter.send(transaction)
        self.consensus.propose(hurry=True)
        receipt = self.submitter.receipt(transaction.hash)
        assert receipt is not None
        return receipt

    def refusal(self, transaction: SignedTransaction) -> str:
        with pytest.raises(TransactionRejectedError) as caught:
            self.submitter.send(transaction)
        return caught.value.code


@pytest.fixture(scope="module")
def contracts(second_client: SecondClient) -> Contracts:
    """Deploy the three contracts once."""
    admin, anchorer = Account.create(), Account.create()
    with second_client.consensus.running(hurry=True):
        second_client.fund(admin.address, anchorer.address)
        deployments = parse_deployments(deploy(second_client.url, admin, confirmations=1))
    client = ChainClient([second_client.url], deployments)
    submitter = Submitter(client, deployments, anchorer)
    return Contracts(client, deployments, admin, submitter, second_client.consensus)


@pytest.fixture(autouse=True)
def empty_pool(contracts: Contracts) -> Iterator[None]:
    """Leave nothing waiting."""
    yield
    contracts.consensus.propose(hurry=True)


def test_waiting_bytes_sent_again_are_already_known_although_the_node_shows_nothing(
    contracts: Contracts,
) -> None:
    submitter = contracts.submitter
    transaction = contracts.build()
    assert submitter.send(transaction) is SendOutcome.SENT
    assert not submitter.is_known(transaction.hash)
    assert submitter.send(transaction) is SendOutcome.ALREADY_KNOWN
    assert submitter.pending_nonce() == submitter.mined_nonce() + 1
    assert submitter.receipt(transaction.hash) is None


def test_mined_bytes_are_already_mined_and_final_with_the_next_block(contracts: Contracts) -> None:
    submitter = contracts.submitter
    transaction = contracts.build()
    submitter.send(transaction)
    contracts.consensus.propose(hurry=True)
    receipt = submitter.receipt(transaction.hash)
    assert receipt is not None
    assert (receipt.succeeded, receipt.confirmations, receipt.final) == (True, 0, False)
    assert receipt.gas_used <= 48_000
    assert submitter.send(transaction) is SendOutcome.ALREADY_MINED
    assert contracts.refusal(contracts.build(nonce=transaction.nonce)) == "nonce_too_low"
    contracts.consensus.propose(hurry=True)
    receipt = submitter.receipt(transaction.hash)
    assert receipt is not None
    assert receipt.final


def test_a_stuck_transaction_is_replaced_at_our_price_and_at_no_lower_one(contracts: Contracts) -> None:
    submitter = contracts.submitter
    stuck = contracts.build()
    submitter.send(stuck)
    cheap = Fees(stuck.fees.max_fee + 1, stuck.fees.priority_fee + 1)
    assert contracts.refusal(contracts.build(nonce=stuck.nonce, fees=cheap)) == "underpriced"
    dearer = submitter.replacement(stuck)
    assert submitter.send(dearer) is SendOutcome.SENT
    contracts.consensus.propose(hurry=True)
    assert submitter.receipt(dearer.hash) is not None
    assert submitter.receipt(stuck.hash) is None


def test_an_account_without_money_is_named(contracts: Contracts) -> None:
    poor = Submitter(contracts.client, contracts.deployments, Account.create())
    with pytest.raises(TransactionRejectedError) as caught:
        poor.send(poor.build_anchor(secrets.token_bytes(32), nonce=0, fees=poor.suggest_fees()))
    assert caught.value.code == "insufficient_funds"
    assert poor.address in caught.value.message


def test_a_reorganisation_takes_a_root_away_and_the_same_bytes_bring_it_back(contracts: Contracts) -> None:
    submitter, consensus = contracts.submitter, contracts.consensus
    log = ChainAnchorLog(contracts.client, contracts.deployments)
    chain = contracts.deployments.anchor_chain
    root = secrets.token_bytes(32)
    transaction = submitter.build_anchor(root, nonce=submitter.pending_nonce(), fees=submitter.suggest_fees())
    rival = consensus.build()
    submitter.send(transaction)
    consensus.propose(hurry=True)
    assert submitter.receipt(transaction.hash) is not None
    assert log.anchored_at(chain, submitter.address, root) is None
    consensus.adopt(rival)
    assert submitter.receipt(transaction.hash) is None
    assert log.anchored_at(chain, submitter.address, root) is None
    submitter.send(transaction)
    consensus.propose(hurry=True)
    consensus.propose(hurry=True)
    receipt = submitter.receipt(transaction.hash)
    assert receipt is not None
    assert log.anchored_at(chain, submitter.address, root) == receipt.block_time


def test_the_registry_is_written_and_read_and_a_refusal_is_in_words(contracts: Contracts) -> None:
    client, deployments = contracts.client, contracts.deployments
    admin = RegistryAdmin(client, deployments, contracts.admin, wait_seconds=30)
    stranger = RegistryAdmin(client, deployments, Account.create(), wait_seconds=30)
    with contracts.consensus.running(hurry=True):
        admin.register_issuer(DID, *NAMES)
        admin.accredit(DID, "UniversityDegree")
    record = ChainTrustDirectory(client, deployments).issuer(DID)
    assert record is not None
    assert (record.name_ko, [a.credential_type for a in record.accreditations]) == (
        NAMES[0],
        ["UniversityDegree"],
    )
    with pytest.raises(RegistryRejectedError) as refused:
        stranger.accredit(DID, "AcademicTranscript")
    assert refused.value.error_name == "IssuerRegistryNotAllowed"
    with pytest.raises(RegistryRejectedError, match="looks like that of a registered institution"):
        admin.register_issuer("did:web:localhost%3A8001:i:copy", *NAMES)


def test_a_root_is_proven_from_a_block_of_later_rules(contracts: Contracts) -> None:
    client, deployments, submitter = contracts.client, contracts.deployments, contracts.submitter
    root, other = secrets.token_bytes(32), secrets.token_bytes(32)
    receipt = contracts.anchor(root)
    contracts.consensus.propose(hurry=True)
    checkpoint = fetch_checkpoint(client, deployments, receipt.block_number)
    assert "0x" + checkpoint.hash.hex() == receipt.block_hash
    chain = deployments.anchor_chain
    for wanted, expected in ((root, receipt.block_time), (other, None)):
        proof = fetch_storage_proof(client, deployments, submitter.address, wanted, receipt.block_number)
        assert verify_storage_proof(proof, chain, block_hash=checkpoint.hash) == expected


def test_no_root_is_proven_where_nothing_was_anchored_yet(contracts: Contracts) -> None:
    client, deployments = contracts.client, contracts.deployments
    before = deployments.anchor_registry.block
    proof = fetch_storage_proof(client, deployments, contracts.submitter.address, b"\1" * 32, before)
    header = parse_header(proof.header)
    assert verify_storage_proof(proof, deployments.anchor_chain, block_hash=header.hash) is None


def test_events_are_read_by_block_and_by_range(contracts: Contracts) -> None:
    reader = EventReader(contracts.client, contracts.deployments)
    root = secrets.token_bytes(32)
    receipt = contracts.anchor(root)
    block = reader.block(receipt.block_number)
    assert block is not None
    time = int(receipt.block_time.timestamp())
    expected = RootAnchored(contracts.submitter.address, root, time)
    assert [logged.event for logged in reader.read_block(block)] == [expected]
    end, logged = reader.read_range(reader.first_block, receipt.block_number)
    assert end == block
    assert logged[-1].event == expected
