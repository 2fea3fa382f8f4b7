"""A quorum of two of three nodes: one that lies, lags or hangs decides nothing, and two stop everything."""

import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from digital_resume.adapters.chain.anchor_log import ChainAnchorLog
from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.errors import (
    ChainMismatchError,
    RpcDisagreementError,
    RpcError,
    TransactionRejectedError,
)
from digital_resume.adapters.chain.status_registry import ChainStatusRegistry
from digital_resume.adapters.chain.storage_proof import fetch_checkpoint
from digital_resume.adapters.chain.submitter import SendOutcome, Submitter
from digital_resume.adapters.chain.trust_directory import ChainTrustDirectory
from digital_resume.core.errors import SourceUnavailableError
from tests.fakes.faulty_node import CLOSE, Exchange, FaultyNode, Said, hang
from tests.integration.chain.rig import Chain

pytestmark = pytest.mark.integration
NOWHERE = "0x" + "77" * 32


@dataclass
class Three:
    """Three nodes in front of one chain, and clients that ask them."""

    chain: Chain
    nodes: list[FaultyNode]

    def client(self, quorum: int = 2, *, read_seconds: float = 5.0) -> ChainClient:
        urls = [node.url for node in self.nodes]
        return ChainClient(urls, self.chain.deployments, quorum=quorum, read_seconds=read_seconds)

    def submitter(self, client: ChainClient | None = None) -> Submitter:
        return Submitter(client or self.client(), self.chain.deployments, self.chain.account(1))


@pytest.fixture
def three(chain: Chain, make_proxy: Callable[[str], FaultyNode]) -> Three:
    return Three(chain, [make_proxy(chain.node.url) for _ in range(3)])


def result(value: Any, *methods: str) -> Callable[[Exchange], Said]:
    """Answer some methods with a value of one's own."""

    def act(exchange: Exchange) -> Said:
        return FaultyNode("").answer(value) if exchange.method in methods else None

    return act


def altered(method: str, **members: Any) -> Callable[[Exchange], Said]:
    """Alter members of a true answer."""

    def act(exchange: Exchange) -> Said:
        if exchange.method != method or not isinstance(true := exchange.result(), dict):
            return None
        return FaultyNode("").answer({**true, **members})

    return act


def refused(words: str, method: str = "eth_sendRawTransaction") -> Callable[[Exchange], Said]:
    """Refuse a method without asking the chain."""

    def act(exchange: Exchange) -> Said:
        return FaultyNode("").error(words) if exchange.method == method else None

    return act


def behind(blocks: int) -> Callable[[Exchange], Said]:
    """Know nothing of the newest blocks."""

    def act(exchange: Exchange) -> Said:
        head = real_head(exchange) - blocks
        if exchange.method == "eth_blockNumber":
            return FaultyNode("").answer(hex(head))
        if exchange.method == "eth_getBlockByNumber":
            if exchange.params[0] == "latest":
                return exchange.forward([hex(head), False])
            if int(exchange.params[0], 16) > head:
                return FaultyNode("").answer(None)
        if exchange.method == "eth_call" and int(exchange.params[1], 16) > head:
            return FaultyNode("").error("header not found")
        if exchange.method == "eth_getTransactionReceipt":
            true = exchange.result()
            if true is not None and int(true["blockNumber"], 16) > head:
                return FaultyNode("").answer(None)
        return None

    return act


def real_head(exchange: Exchange) -> int:
    """Return the real chain's block number."""
    asked = b'{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}'
    return int(replace(exchange, body=asked).result(), 16)


LIES: dict[str, Callable[[Exchange], Said]] = {
    "closes every connection": lambda _: CLOSE,
    "answers 500": lambda _: 500,
    "answers a web page": lambda _: b"<html><body>Bad gateway</body></html>",
    "answers nested lists without end": lambda _: b"[" * 100_000,
    "answers deep lists": lambda _: FaultyNode("").answer(0)[:-2] + b"[" * 900 + b"]" * 900 + b"}",
    "says another call result": result("0x" + "00" * 31 + "01", "eth_call"),
    "says nothing is there": result("0x" + "00" * 32, "eth_call"),
    "reverts": refused("execution reverted", "eth_call"),
    "knows no block": result(None, "eth_getBlockByNumber", "eth_getBlockByHash"),
    "invents a head far ahead": altered("eth_getBlockByNumber", number="0x7fffffff", hash=NOWHERE),
    "sticks to the first block": altered("eth_getBlockByNumber", number="0x0"),
    "says another block hash": altered("eth_getBlockByNumber", hash=NOWHERE),
    "says another block time": altered("eth_getBlockByNumber", timestamp="0x1"),
    "says another block time by hash": altered("eth_getBlockByHash", timestamp="0x1"),
    "knows no receipt": result(None, "eth_getTransactionReceipt"),
    "says that it failed": altered("eth_getTransactionReceipt", status="0x0"),
    "says another block of the receipt": altered("eth_getTransactionReceipt", blockHash=NOWHERE),
    "is a block behind": behind(1),
    "is three blocks behind": behind(3),
    "knows no logs": result([], "eth_getLogs"),
    "invents a log": result([{"address": NOWHERE}], "eth_getLogs"),
    "answers senseless logs": result([7, None], "eth_getLogs"),
    "says another nonce": result("0xff", "eth_getTransactionCount"),
    "wants all the money": result("0xffffffffffffffffff", "eth_maxPriorityFeePerGas"),
    "answers no number": result("many", "eth_maxPriorityFeePerGas", "eth_getTransactionCount"),
    "says that it knows every transaction": refused("already known"),
    "takes transactions and forgets them": result(NOWHERE, "eth_sendRawTransaction"),
    "says nonce too low": refused("nonce too low"),
    "says no funds": refused("insufficient funds for gas * price + value"),
}


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for the third node's head however busy the machine is, where none of them hangs."""
    monkeypatch.setattr("digital_resume.adapters.chain.quorum.HEAD_GRACE", 30.0)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("liar", [0, 1, 2])
@pytest.mark.parametrize("lie", LIES)
def test_one_node_of_three_changes_nothing(three: Three, lie: str, liar: int) -> None:
    three.nodes[liar].act = LIES[lie]
    client = three.client()
    submitter = three.submitter(client)
    root = secrets.token_bytes(32)
    true = three.chain.anchorer
    fees = submitter.suggest_fees()
    assert fees.priority_fee <= 2 * true.suggest_fees().priority_fee
    transaction = submitter.build_anchor(root, nonce=submitter.mined_nonce(), fees=fees)
    assert submitter.send(transaction) in SendOutcome  # three nodes, one pool: which is first is chance
    three.chain.wait(transaction.hash)
    assert submitter.receipt(transaction.hash) == true.receipt(transaction.hash)
    assert client.head() == three.chain.client.head()
    checkpoint = fetch_checkpoint(client, three.chain.deployments)
    assert checkpoint == fetch_checkpoint(three.chain.client, three.chain.deployments)
    anchors = ChainAnchorLog(client, three.chain.deployments)
    pinned = three.chain.deployments.anchor_chain
    assert anchors.anchored_at(pinned, submitter.address, root) == three.chain.client.head().time
    assert anchors.anchored_at(pinned, submitter.address, secrets.token_bytes(32)) is None
    assert ChainStatusRegistry(client, three.chain.deployments).latest(submitter.address) is None
    assert ChainTrustDirectory(client, three.chain.deployments).issuer("did:web:nobody.example") is None
    query = {"address": pinned.contract, "fromBlock": "0x0"}
    topics = [log["topics"] for log in three.chain.client.request("eth_getLogs", [query])]
    assert [log["topics"] for log in client.request("eth_getLogs", [query])] == topics
    assert submitter.mined_nonce() == true.mined_nonce()


def test_a_node_that_hangs_is_not_waited_for(three: Three) -> None:
    client = three.client(read_seconds=12.0)
    client.verify()
    three.nodes[0].act = hang
    begun = time.monotonic()
    for _ in range(50):
        client.head()
    assert time.monotonic() - begun < 8


def test_all_reads_go_on_when_a_node_hangs_and_another_is_a_block_behind(three: Three) -> None:
    client = three.client(read_seconds=3.0)
    client.verify()
    three.chain.mine(3)
    three.nodes[0].act = hang
    three.nodes[1].act = behind(1)
    assert client.head().number == three.chain.client.head().number - 1


@pytest.mark.usefixtures("patient")
def test_a_head_does_not_step_back_because_other_nodes_answer_first(three: Three) -> None:
    client = three.client()
    three.chain.mine(3)
    newest = client.head()
    three.nodes[0].act = behind(1)
    three.nodes[1].act = behind(1)
    three.nodes[0].act, three.nodes[1].act = None, behind(1)
    for _ in range(10):
        assert client.head() == newest


def test_a_chain_that_went_back_is_followed(
    own_chain: Chain, make_proxy: Callable[[str], FaultyNode]
) -> None:
    three = Three(own_chain, [make_proxy(own_chain.node.url) for _ in range(3)])
    client = three.client()
    three.chain.mine(5)
    client.head()
    three.chain.client.request("anvil_rollback", [4])
    assert client.head() == three.chain.client.head()
    assert client.head() == three.chain.client.head()


def look_everywhere(three: Three, client: ChainClient, tx_hash: str) -> None:
    """Ask for a receipt and for an institution."""
    three.submitter(client).receipt(tx_hash)
    ChainTrustDirectory(client, three.chain.deployments).issuer("did:web:nobody.example")


@pytest.mark.parametrize(
    "lie",
    [
        "says another call result",
        "reverts",
        "knows no receipt",
        "says another block time",
        "answers 500",
    ],
)
def test_two_that_differ_stop_everything(three: Three, lie: str) -> None:
    three.nodes[0].act = LIES[lie]
    three.nodes[2].act = hang
    client = three.client(read_seconds=2.0)
    mined = three.chain.anchor(secrets.token_bytes(32))
    with pytest.raises(RpcDisagreementError) as refused:
        look_everywhere(three, client, mined.hash)
    assert refused.value.code == "rpc_disagreement"


def test_a_disagreement_names_hosts_and_neither_keys_nor_answers(three: Three) -> None:
    urls = [node.url.replace("http://", "http://user:topsecret@") + "/v3/topsecret" for node in three.nodes]
    three.nodes[0].act = result("0x1234567890", "eth_call")
    three.nodes[1].act = result("0x0987654321", "eth_call")
    client = ChainClient(urls, three.chain.deployments, quorum=2)
    with pytest.raises(RpcDisagreementError) as refused:
        client.call(three.chain.deployments.anchor_registry.address, b"")
    text = f"{refused.value} {refused.value.context}"
    assert "topsecret" not in text
    assert "1234567890" not in text
    assert all(node.url.removeprefix("http://") in text for node in three.nodes)


def test_a_refusal_needs_as_many_as_an_answer(three: Three) -> None:
    submitter = three.submitter()
    transaction = submitter.build_anchor(
        secrets.token_bytes(32), nonce=submitter.mined_nonce(), fees=submitter.suggest_fees()
    )
    three.nodes[0].act = three.nodes[1].act = refused("insufficient funds")
    three.nodes[2].act = lambda exchange: CLOSE if exchange.method == "eth_sendRawTransaction" else None
    with pytest.raises(TransactionRejectedError) as agreed:
        submitter.send(transaction)
    assert agreed.value.code == "insufficient_funds"
    three.nodes[1].act = refused("nonce too low")
    with pytest.raises(RpcDisagreementError):
        submitter.send(transaction)


def test_one_that_takes_everything_does_not_outvote_two_that_refuse(three: Three) -> None:
    submitter = three.submitter()
    transaction = submitter.build_anchor(
        secrets.token_bytes(32), nonce=submitter.mined_nonce(), fees=submitter.suggest_fees()
    )
    three.nodes[0].act = result(NOWHERE, "eth_sendRawTransaction")
    three.nodes[1].act = three.nodes[2].act = refused("insufficient funds")
    with pytest.raises(TransactionRejectedError) as agreed:
        submitter.send(transaction)
    assert agreed.value.code == "insufficient_funds"
    three.nodes[2].act = refused("already known")
    assert submitter.send(transaction) is SendOutcome.SENT, "two have it"
    three.nodes[2].act = lambda exchange: CLOSE if exchange.method == "eth_sendRawTransaction" else None
    assert submitter.send(transaction) is SendOutcome.SENT, "one has it, and one refusal is not agreed on"


def test_a_revert_that_two_report_is_a_revert(three: Three) -> None:
    three.nodes[0].act = lambda _: CLOSE
    with pytest.raises(RpcError) as reverted:
        three.client().call(three.chain.deployments.issuer_registry.address, bytes.fromhex("deadbeef"))
    assert "revert" in reverted.value.rpc_message.lower()


def test_two_nodes_of_another_chain_are_a_mismatch(three: Three) -> None:
    three.nodes[0].act = three.nodes[1].act = result("0x1", "eth_chainId")
    with pytest.raises(ChainMismatchError):
        three.client().verify()
    three.nodes[1].mend()
    three.client().verify()


def test_nobody_there_is_no_answer(three: Three) -> None:
    for node in three.nodes:
        node.act = lambda _: CLOSE
    with pytest.raises(SourceUnavailableError) as gone:
        three.client().head()
    assert gone.value.code == "source_unavailable"


def test_a_quorum_of_more_than_there_are_nodes_is_refused(three: Three) -> None:
    with pytest.raises(ValueError, match="RPC_QUORUM is 4"):
        three.client(quorum=4)
    url = three.nodes[0].url
    with pytest.raises(ValueError, match="RPC_QUORUM is 2"):
        ChainClient([url, url.replace("http://", "http://key@")], quorum=2)


@pytest.mark.usefixtures("patient")
def test_an_answer_without_end_is_not_read_to_its_end(three: Three, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digital_resume.adapters.chain.endpoint.MAX_ANSWER_BYTES", 1_000_000)
    three.nodes[0].act = lambda _: b" " * 2_000_000 + b'{"jsonrpc":"2.0","id":1,"result":"0x1"}'
    with pytest.raises(SourceUnavailableError, match="too long"):
        ChainClient([three.nodes[0].url]).request("eth_chainId")
    assert three.client().head() == three.chain.client.head()


def test_importing_the_chains_libraries_leaves_the_recursion_limit() -> None:
    code = (
        "import sys\nfrom digital_resume.adapters import keystore\n"
        "from digital_resume.adapters.chain import roles\n"
        "roles.well_known_addresses(); keystore._account_of(b'1' * 32)\n"
        "sys.exit(sys.getrecursionlimit() > 1000)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
