"""Sending: the same bytes twice are one transaction, and what a node refuses is named."""

import secrets
from collections.abc import Callable, Iterator

import pytest
from eth_account import Account

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.errors import TransactionRejectedError
from digital_resume.adapters.chain.submitter import Fees, SendOutcome, SignedTransaction, Submitter
from digital_resume.core.errors import SourceUnavailableError
from tests.fakes.faulty_node import FaultyNode
from tests.integration.chain.rig import Chain

pytestmark = pytest.mark.integration
MakeProxy = Callable[[str], FaultyNode]


def build(submitter: Submitter, *, nonce: int | None = None, fees: Fees | None = None) -> SignedTransaction:
    return submitter.build_anchor(
        secrets.token_bytes(32),
        nonce=submitter.pending_nonce() if nonce is None else nonce,
        fees=fees or submitter.suggest_fees(),
    )


@pytest.fixture
def held(own_chain: Chain) -> Iterator[Chain]:
    """Give a chain that mines only when asked."""
    own_chain.client.request("evm_setAutomine", [False])
    yield own_chain
    own_chain.client.request("evm_setAutomine", [True])


def test_gas_of_one_root(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    gas = chain.anchor(secrets.token_bytes(32)).gas_used
    with capsys.disabled():
        print(f"\ngas of one anchored root: {gas:,}")
    assert gas <= 48_000


def test_receipt_holds_the_blocks_facts(chain: Chain) -> None:
    receipt = chain.anchor(secrets.token_bytes(32))
    block = chain.client.block(receipt.block_number)
    assert block is not None
    assert receipt.succeeded
    assert (receipt.block_hash, receipt.block_time) == (block.hash, block.time)
    assert receipt.final


def test_receipt_is_final_after_the_confirmations(own_chain: Chain) -> None:
    submitter = Submitter(own_chain.client, own_chain.with_confirmations(2), own_chain.account(1))
    receipt = own_chain.anchor(secrets.token_bytes(32))
    found = [submitter.receipt(receipt.hash)]
    for _ in range(2):
        own_chain.mine()
        found.append(submitter.receipt(receipt.hash))
    assert [f and (f.confirmations, f.final) for f in found] == [(0, False), (1, False), (2, True)]


def test_waiting_bytes_sent_again_are_already_known(held: Chain) -> None:
    submitter = held.anchorer
    transaction = build(submitter)
    assert submitter.send(transaction) is SendOutcome.SENT
    assert submitter.send(transaction) is SendOutcome.ALREADY_KNOWN
    assert submitter.receipt(transaction.hash) is None
    assert submitter.is_known(transaction.hash)
    assert submitter.pending_nonce() == submitter.mined_nonce() + 1


def test_mined_bytes_sent_again_are_already_mined(chain: Chain) -> None:
    submitter = chain.anchorer
    transaction = build(submitter)
    submitter.send(transaction)
    chain.wait(transaction.hash)
    assert submitter.send(transaction) is SendOutcome.ALREADY_MINED


def test_nonce_of_another_transaction_is_refused(chain: Chain) -> None:
    submitter = chain.anchorer
    nonce = submitter.pending_nonce()
    first = build(submitter, nonce=nonce)
    submitter.send(first)
    chain.wait(first.hash)
    with pytest.raises(TransactionRejectedError) as caught:
        submitter.send(build(submitter, nonce=nonce))
    assert caught.value.code == "nonce_too_low"


def test_replacement_takes_the_place_of_a_stuck_transaction(held: Chain) -> None:
    submitter = held.anchorer
    stuck = build(submitter)
    submitter.send(stuck)
    dearer = submitter.replacement(stuck)
    assert dearer.nonce == stuck.nonce
    assert dearer.fields["data"] == stuck.fields["data"]
    assert dearer.fees.max_fee * 100 >= stuck.fees.max_fee * 110
    assert dearer.fees.priority_fee * 100 >= stuck.fees.priority_fee * 110
    assert submitter.send(dearer) is SendOutcome.SENT
    held.mine()
    assert submitter.receipt(dearer.hash) is not None
    assert submitter.receipt(stuck.hash) is None
    assert not submitter.is_known(stuck.hash)


def test_replacement_that_is_too_cheap_is_underpriced(held: Chain) -> None:
    submitter = held.anchorer
    stuck = build(submitter)
    submitter.send(stuck)
    fees = Fees(stuck.fees.max_fee - 1, stuck.fees.priority_fee - 1)
    with pytest.raises(TransactionRejectedError) as caught:
        submitter.send(build(submitter, nonce=stuck.nonce, fees=fees))
    assert caught.value.code == "underpriced"


def test_replacement_stops_at_the_cap(chain: Chain) -> None:
    submitter = Submitter(chain.client, chain.deployments, chain.account(1), max_fee_cap=10_000_000_000)
    transaction = build(submitter, fees=Fees(10_000_000_000, 1_000_000_000))
    with pytest.raises(TransactionRejectedError) as caught:
        submitter.replacement(transaction)
    assert caught.value.code == "fee_cap_reached"


def test_suggested_fees_respect_the_cap(chain: Chain) -> None:
    capped = Submitter(chain.client, chain.deployments, chain.account(1), max_fee_cap=5).suggest_fees()
    assert capped == Fees(5, 5)


def test_account_without_money_is_named(chain: Chain) -> None:
    poor = Submitter(chain.client, chain.deployments, Account.create())
    assert poor.balance() == 0
    with pytest.raises(TransactionRejectedError) as caught:
        poor.send(build(poor))
    assert caught.value.code == "insufficient_funds"
    assert poor.address in caught.value.message


def test_other_refusal_is_passed_on(chain: Chain, make_proxy: MakeProxy) -> None:
    proxy = make_proxy(chain.node.url)
    proxy.fault = lambda method: proxy.error("policy says no") if method == "eth_sendRawTransaction" else None
    submitter = Submitter(ChainClient([proxy.url], chain.deployments), chain.deployments, chain.account(1))
    with pytest.raises(TransactionRejectedError, match="policy says no"):
        submitter.send(build(submitter))


@pytest.fixture
def refused(chain: Chain, make_proxy: MakeProxy) -> Callable[[str], Submitter]:
    """Give a maker of submitters whose node refuses every transaction in the given words."""

    def make(words: str) -> Submitter:
        proxy = make_proxy(chain.node.url)
        proxy.fault = lambda method: proxy.error(words) if method == "eth_sendRawTransaction" else None
        return Submitter(ChainClient([proxy.url], chain.deployments), chain.deployments, chain.account(1))

    return make


@pytest.mark.parametrize(
    "words",
    [
        "already known",
        "ALREADY_EXISTS: already known",
        "known transaction: 0x12",
        "Known transaction",
        "0x12: this transaction is already in the TxPool",
    ],
)
def test_other_nodes_words_for_already_known(refused: Callable[[str], Submitter], words: str) -> None:
    submitter = refused(words)
    assert submitter.send(build(submitter)) is SendOutcome.ALREADY_KNOWN


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("0x12 tries to send a tx with nonce 0, but account has nonce 1 (tx nonce too low)", "nonce_too_low"),
        ("Nonce too low", "nonce_too_low"),
        ("replacement gas too low, got tip 1, min: 2, got fee 1, min: 2", "underpriced"),
        ("Replacement transaction underpriced", "underpriced"),
        ("Gas price below configured minimum gas price", "underpriced"),
        ("Gas price below current base fee", "underpriced"),
        (
            "0x12 does not have enough balance, need 2, but have 0 (insufficient balance)",
            "insufficient_funds",
        ),
        ("Upfront cost exceeds account balance", "insufficient_funds"),
        ("Tx gaslimit of 9 exceeds block gas limit of 8", "transaction_rejected"),
    ],
)
def test_other_nodes_words_for_a_refusal(refused: Callable[[str], Submitter], words: str, code: str) -> None:
    submitter = refused(words)
    with pytest.raises(TransactionRejectedError) as caught:
        submitter.send(build(submitter))
    assert caught.value.code == code


def test_no_answer_to_sending_is_unknown(chain: Chain, make_proxy: MakeProxy) -> None:
    proxy = make_proxy(chain.node.url)
    submitter = Submitter(ChainClient([proxy.url], chain.deployments), chain.deployments, chain.account(1))
    transaction = build(submitter)
    proxy.fault = lambda method: 502
    with pytest.raises(SourceUnavailableError):
        submitter.send(transaction)


def test_node_without_tip_suggestion_is_enough(chain: Chain, make_proxy: MakeProxy) -> None:
    proxy = make_proxy(chain.node.url)
    proxy.fault = lambda method: (
        proxy.error("no such method", -32601) if method == "eth_maxPriorityFeePerGas" else None
    )
    submitter = Submitter(ChainClient([proxy.url], chain.deployments), chain.deployments, chain.account(1))
    assert submitter.suggest_fees().priority_fee == 1_000_000_000


def test_transaction_comes_back_after_a_reorg(own_chain: Chain) -> None:
    submitter = own_chain.anchorer
    transaction = build(submitter)
    submitter.send(transaction)
    own_chain.wait(transaction.hash)
    own_chain.client.request("anvil_reorg", [1, []])
    assert submitter.receipt(transaction.hash) is None
    assert submitter.send(transaction) in (SendOutcome.SENT, SendOutcome.ALREADY_KNOWN)
    own_chain.mine()
    assert own_chain.wait(transaction.hash).succeeded
