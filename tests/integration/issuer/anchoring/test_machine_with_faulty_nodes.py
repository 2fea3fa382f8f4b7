"""A node that fails in every way a node can: afterwards each leaf is once under one confirmed root.

A real node stands behind a proxy that misbehaves on command. Each fault is a line of a table: it lasts for a
tick or two, is mended, and the ledger of leaves is looked at.
"""

from collections.abc import Callable
from contextlib import suppress

import pytest

from digital_resume.core.errors import ResumeError
from issuer.errors import ChainStateError
from tests.fakes.faulty_node import CLOSE, Exchange, FaultyNode, Said, hang
from tests.integration.issuer.anchoring.test_machine import add_leaves, anchored_events, assert_anchored_once
from tests.integration.issuer.rig import Rig

Act = Callable[[Exchange], Said]
NOWHERE = "0x" + "77" * 32
SEND = "eth_sendRawTransaction"
#: Seconds that a tick waits for a transaction: while the node fails, and where it must succeed.
HASTY, PATIENT = 0.4, 15.0
_say = FaultyNode("")


def always(said: Said) -> Act:
    """Say the same to everything."""
    return lambda _exchange: said


def hanging(exchange: Exchange) -> Said:
    """Answer nothing but the first questions."""
    if exchange.method not in ("eth_chainId", "eth_getCode"):
        return hang(exchange)
    return None


def to(method: str, said: Said) -> Act:
    """Say something to one method, which the node then never sees."""
    return lambda exchange: said if exchange.method == method else None


def after(method: str, said: Said) -> Act:
    """Let the node do it, and then say something else."""

    def act(exchange: Exchange) -> Said:
        if exchange.method != method:
            return None
        exchange.forward()
        return said

    return act


def altered(method: str, **members: object) -> Act:
    """Alter members of a true answer."""

    def act(exchange: Exchange) -> Said:
        if exchange.method != method or not isinstance(true := exchange.result(), dict):
            return None
        return _say.answer({**true, **members})

    return act


def both(*acts: Act) -> Act:
    """Do several things."""

    def act(exchange: Exchange) -> Said:
        return next((said for one in acts if (said := one(exchange)) is not None), None)

    return act


def calls_say(number: int) -> Act:
    """Answer every call of a contract with one number."""
    return to("eth_call", _say.answer("0x" + number.to_bytes(32).hex()))


FAULTS: dict[str, Act] = {
    "refuses everybody": always(CLOSE),
    "answers 500": always(500),
    "answers 429": always(429),
    "answers a web page": always(b"<!doctype html><title>Bad gateway</title>"),
    "answers half": always(b'{"jsonrpc":"2.0","id":1,"resu'),
    "answers nothing": always(b""),
    "answers null": always(b"null"),
    "answers with an internal error": always(_say.error("Internal error", -32603)),
    "hangs": hanging,
    "does not take the transaction": to(SEND, CLOSE),
    "answers 503 and does not take it": to(SEND, 503),
    "loses what it took": to(SEND, _say.answer(NOWHERE)),
    "loses what it took and says it has it": both(
        to(SEND, _say.answer(NOWHERE)), to("eth_getTransactionByHash", _say.answer({"hash": NOWHERE}))
    ),
    "takes it and never answers": after(SEND, CLOSE),
    "takes it and answers 500": after(SEND, 500),
    "takes it and answers garbage": after(SEND, b"\x00\xff"),
    "takes it and names another hash": after(SEND, _say.answer(NOWHERE)),
    "takes it and says already known": after(SEND, _say.error("already known")),
    "takes it and says nonce too low": after(SEND, _say.error("nonce too low")),
    "takes it and says underpriced": after(SEND, _say.error("replacement transaction underpriced")),
    "takes it and says no funds": after(SEND, _say.error("insufficient funds for gas * price + value")),
    "takes it and says nonsense": after(SEND, _say.error("the stars are not right")),
    "says already known and has it not": to(SEND, _say.error("already known")),
    "says nonce too low": to(SEND, _say.error("nonce too low: next nonce 7, tx nonce 6")),
    "says replacement underpriced": to(SEND, _say.error("replacement transaction underpriced")),
    "says underpriced": to(SEND, _say.error("transaction underpriced")),
    "says no funds": to(SEND, _say.error("insufficient funds for gas * price + value")),
    "says nonsense": to(SEND, _say.error("the stars are not right")),
    "hides the receipt": to("eth_getTransactionReceipt", _say.answer(None)),
    "answers a senseless receipt": to("eth_getTransactionReceipt", _say.answer({"blockHash": 7})),
    "says that the transaction failed": altered("eth_getTransactionReceipt", status="0x0"),
    "says another block of the receipt": altered("eth_getTransactionReceipt", blockHash=NOWHERE),
    "does not know the root": calls_say(0),
    "says another time of the root": calls_say(1_700_000_000),
    "says a time beyond the calendar": calls_say(2**64 - 1),
    "answers calls with too little": to("eth_call", _say.answer("0x01")),
    "says a later nonce": to("eth_getTransactionCount", _say.answer("0xff")),
    "says an earlier nonce": to("eth_getTransactionCount", _say.answer("0x0")),
    "wants all the money": to("eth_maxPriorityFeePerGas", _say.answer(hex(10**24))),
    "says a base fee out of this world": altered("eth_getBlockByNumber", baseFeePerGas=hex(10**24)),
    "says that the chain is another": to("eth_chainId", _say.answer("0x1")),
    "says that there is no contract": to("eth_getCode", _say.answer("0x")),
}


@pytest.fixture
def faulty(own: Rig, make_proxy: Callable[[str], FaultyNode]) -> FaultyNode:
    """Put a node that may fail between the worker and the chain."""
    node = make_proxy(own.node.url)
    own.settings.rpc_urls = (node.url,)
    own.settings.transaction_wait_seconds = HASTY
    own.settings.transaction_stuck_seconds = 60
    own._chain = None
    return node


async def recover(own: Rig, node: FaultyNode) -> None:
    """Mend the node and let two ticks go by."""
    node.mend()
    own.settings.transaction_wait_seconds = PATIENT
    await own.tick()
    await own.tick()


@pytest.mark.parametrize("fault", FAULTS)
async def test_after_a_fault_each_leaf_is_once_under_one_root(
    own: Rig, faulty: FaultyNode, fault: str
) -> None:
    leaves = await add_leaves(own)
    before = own.chain.submitter.mined_nonce()
    faulty.act = FAULTS[fault]
    for _ in range(2 if fault != "hangs" else 1):
        with suppress(ResumeError):
            await own.tick()
    await recover(own, faulty)
    await assert_anchored_once(own, leaves)
    assert anchored_events(own) == 1
    assert own.chain.submitter.mined_nonce() - before <= 9, (
        "a fault may cost some gas, not an endless row of it"
    )


#: What a node says that is not true: believed or not, it must not last.
LIES = [
    name for name in FAULTS if name.startswith(("says", "hides", "does not know", "answers calls", "wants"))
]


@pytest.mark.parametrize("fault", LIES)
async def test_a_lie_after_a_leaf_was_anchored_changes_nothing_lasting(
    own: Rig, faulty: FaultyNode, fault: str
) -> None:
    own.settings.transaction_wait_seconds = PATIENT
    leaves = await add_leaves(own)
    assert (await own.tick()).batches == 1
    own.settings.transaction_wait_seconds = HASTY
    faulty.act = FAULTS[fault]
    leaves += await add_leaves(own)
    with suppress(ResumeError):
        await own.tick()
    await recover(own, faulty)
    await assert_anchored_once(own, leaves)
    assert anchored_events(own) == 2


@pytest.mark.parametrize("liar", [0, 2])
@pytest.mark.parametrize("fault", LIES)
async def test_with_a_quorum_one_node_that_lies_does_not_even_delay(
    own: Rig, make_proxy: Callable[[str], FaultyNode], fault: str, liar: int
) -> None:
    nodes = [make_proxy(own.node.url) for _ in range(3)]
    own.settings.rpc_urls = tuple(node.url for node in nodes)
    own.settings.rpc_quorum = 2
    own.settings.transaction_wait_seconds = PATIENT
    own._chain = None
    nodes[liar].act = FAULTS[fault]
    leaves = await add_leaves(own)
    assert (await own.tick()).batches == 1
    await assert_anchored_once(own, leaves)
    assert anchored_events(own) == 1


async def test_a_node_that_takes_everything_and_keeps_nothing_is_asked_seldom_and_offered_more(
    own: Rig, faulty: FaultyNode
) -> None:
    own.settings.transaction_wait_seconds = 10
    own.settings.transaction_stuck_seconds = 0.4
    faulty.act = to(SEND, _say.answer(NOWHERE))
    leaves = await add_leaves(own)
    with suppress(ResumeError):
        await own.tick()
    replaced = await own.scalar("select count(*) from issuer.chain_transaction where state = 'replaced'")
    assert 1 <= replaced <= 3
    assert faulty.count(SEND) <= replaced + 5
    await recover(own, faulty)
    await assert_anchored_once(own, leaves)
    assert anchored_events(own) == 1


async def test_a_price_that_fell_again_is_paid_without_topping_up(own: Rig, faulty: FaultyNode) -> None:
    client = own.chain.reader.client
    client.request("anvil_setBalance", [own.chain.submitter.address, hex(10**18)])
    leaves = await add_leaves(own)
    faulty.act = to("eth_maxPriorityFeePerGas", _say.answer(hex(10**15)))
    with pytest.raises(ChainStateError) as refused:
        await own.tick()
    assert refused.value.code == "insufficient_funds"
    await recover(own, faulty)
    await assert_anchored_once(own, leaves)
    assert own.chain.submitter.balance() > 9 * 10**17
