"""The contracts' events as a node gives them: whole, tied to hashes, in as many questions as it takes."""

from collections.abc import Callable
from typing import Any

import pytest

from digital_resume.adapters.chain.block_logs import LogsUnprovenError
from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.events import EventReader, LoggedEvent
from digital_resume.core.errors import SourceUnavailableError
from digital_resume.core.trust.events import IssuerRegistered, StandingChanged
from digital_resume.core.trust.issuers import IssuerStatus
from digital_resume.core.trust.logs import RootAnchored
from tests.fakes.faulty_node import Exchange, FaultyNode
from tests.integration.chain.rig import DID, NAMES, Chain

pytestmark = pytest.mark.integration
MakeProxy = Callable[[str], FaultyNode]


def _root(number: int) -> bytes:
    return number.to_bytes(32, "big")


@pytest.fixture
def busy(own_chain: Chain) -> Chain:
    """Give a chain on which something happened in every block."""
    own_chain.admin.register_issuer(DID, *NAMES)
    for number in range(1, 9):
        own_chain.anchor(_root(number))
    return own_chain


def _reader(chain: Chain, url: str | None = None, *, proven: bool = True) -> EventReader:
    client = ChainClient([url or chain.node.url], chain.deployments)
    return EventReader(client, chain.deployments, proven=proven)


def _all(reader: EventReader) -> list[LoggedEvent]:
    found: list[LoggedEvent] = []
    number, head = reader.first_block, reader.head().number
    while number <= head:
        end, events = reader.read_range(number, head)
        found += events
        number = end.number + 1
    return found


def test_every_event_is_read_in_order_with_its_block(busy: Chain) -> None:
    found = _all(_reader(busy))
    assert [type(e.event).__name__ for e in found[:3]] == [
        "IssuerRegistered",
        "NamesChanged",
        "StandingChanged",
    ]
    registered, standing = found[0].event, found[2].event
    assert isinstance(registered, IssuerRegistered)
    assert registered.did == DID
    assert isinstance(standing, StandingChanged)
    assert standing.status is IssuerStatus.ACTIVE
    roots = [e.event.root for e in found if isinstance(e.event, RootAnchored)]
    assert roots == [_root(number) for number in range(1, 9)]
    assert [(e.block_number, e.log_index) for e in found] == sorted(
        (e.block_number, e.log_index) for e in found
    )
    for event in found:
        block = busy.client.block(event.block_number)
        assert block is not None
        assert block.hash == event.block_hash


@pytest.mark.parametrize("proven", [True, False])
def test_a_block_is_read_by_its_hash(busy: Chain, proven: bool) -> None:
    reader = _reader(busy, proven=proven)
    head = reader.head()
    (event,) = reader.read_block(head)
    assert isinstance(event.event, RootAnchored)
    assert event.block_hash == head.hash
    before = reader.block(head.number - 1)
    assert before is not None
    assert before.hash == head.parent


def test_a_blocks_events_are_proven_to_be_all_and_read_without_asking_for_logs(
    busy: Chain, make_proxy: MakeProxy
) -> None:
    proxy = make_proxy(busy.node.url)
    busy.mine(2)
    proven, told = _reader(busy, proxy.url), _reader(busy, proven=False)
    for number in range(proven.first_block, busy.client.head().number + 1):
        block = proven.block(number)
        assert block is not None
        assert proven.read_block(block) == told.read_block(block)
    assert proxy.count("eth_getLogs") == 0
    blocks = busy.client.head().number - proven.first_block + 1
    # The deployments and the empty blocks: the filter alone says that there is nothing.
    assert 9 <= proxy.count("eth_getBlockReceipts") <= blocks - 2


def _without_logs(receipts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**receipt, "logs": []} for receipt in receipts]


@pytest.mark.parametrize(
    "kept_back",
    [
        lambda receipts: [],
        _without_logs,
        lambda receipts: None,
        lambda receipts: [{}],
        lambda receipts: [*receipts, *receipts],
        lambda receipts: [{**receipts[0], "logs": [{**receipts[0]["logs"][0], "data": "0x"}]}],
        lambda receipts: [{**receipts[0], "type": "0xff"}],
    ],
)
def test_events_that_a_node_keeps_back_or_changes_are_noticed(
    busy: Chain, make_proxy: MakeProxy, kept_back: Callable[[list[dict[str, Any]]], Any]
) -> None:
    proxy = make_proxy(busy.node.url)
    reader = _reader(busy, proxy.url)
    head = reader.head()
    receipts = busy.client.request("eth_getBlockReceipts", [head.hash])
    answer = proxy.answer(kept_back(receipts))
    proxy.fault = lambda method: answer if method == "eth_getBlockReceipts" else None
    with pytest.raises(LogsUnprovenError):
        reader.read_block(head)
    proxy.fault = lambda method: proxy.error("no such method", -32601) if "Receipts" in method else None
    with pytest.raises(LogsUnprovenError, match="INDEX_PROOF=views"):
        reader.read_block(head)


def test_a_filter_that_a_node_empties_is_not_the_blocks(busy: Chain, make_proxy: MakeProxy) -> None:
    proxy = make_proxy(busy.node.url)
    reader = _reader(busy, proxy.url)

    def alter(exchange: Exchange) -> bytes | None:
        if exchange.method not in ("eth_getBlockByNumber", "eth_getBlockByHash"):
            return None
        return proxy.answer({**exchange.result(), "logsBloom": "0x" + "00" * 256})

    reader.head()  # the node is known
    proxy.act = alter
    head = reader.head()
    for read in (lambda: reader.read_block(head), lambda: reader.block_of_hash(head.hash)):
        with pytest.raises(SourceUnavailableError) as caught:
            read()
        assert caught.value.code == "header_unknown"


def test_a_node_that_proves_nothing_is_passed_over_for_one_that_does(
    busy: Chain, make_proxy: MakeProxy
) -> None:
    first = make_proxy(busy.node.url)
    first.fault = lambda method: first.answer([]) if method == "eth_getBlockReceipts" else None
    for quorum in (1, 2):
        client = ChainClient([first.url, busy.node.url], busy.deployments, quorum=quorum)
        reader = EventReader(client, busy.deployments)
        (event,) = reader.read_block(reader.head())
        assert isinstance(event.event, RootAnchored)


def test_another_contracts_events_do_not_count(busy: Chain) -> None:
    from tests.integration.chain.rig import deployed

    before = len(_all(_reader(busy)))
    deployed(busy.node).anchor(_root(99))
    assert len(_all(_reader(busy))) == before


def test_a_refused_range_is_halved_until_it_fits(busy: Chain, make_proxy: MakeProxy) -> None:
    proxy = make_proxy(busy.node.url)
    refused: list[int] = []

    def fault(exchange: Exchange) -> bytes | None:
        if exchange.method != "eth_getLogs" or "fromBlock" not in exchange.params[0]:
            return None
        size = int(exchange.params[0]["toBlock"], 16) - int(exchange.params[0]["fromBlock"], 16) + 1
        if size <= 2:
            return None
        refused.append(size)
        return proxy.error("query exceeds max block range", -32005)

    proxy.act = fault
    assert _all(_reader(busy, proxy.url)) == _all(_reader(busy))
    assert refused


def test_too_many_logs_at_once_are_asked_for_in_parts(busy: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = _all(_reader(busy))
    monkeypatch.setattr("digital_resume.adapters.chain.events.MAX_LOGS", 2)
    assert _all(_reader(busy)) == whole


def test_a_node_that_is_away_is_not_asked_for_ever_smaller_ranges(busy: Chain, make_proxy: MakeProxy) -> None:
    proxy = make_proxy(busy.node.url)
    reader = _reader(busy, proxy.url)
    reader.head()
    proxy.methods.clear()
    proxy.fault = lambda method: 503
    with pytest.raises(SourceUnavailableError):
        reader.read_range(reader.first_block, reader.first_block + 8)
    assert len(proxy.methods) < 5


@pytest.mark.parametrize(
    "damage",
    [
        {"blockNumber": "0x1"},
        {"blockHash": "0x" + "11" * 32},
        {"data": "0x12"},
        {"topics": ["0x12", 7]},
        {"topics": None},
    ],
)
def test_damaged_logs_are_no_logs(busy: Chain, make_proxy: MakeProxy, damage: dict[str, object]) -> None:
    proxy = make_proxy(busy.node.url)
    reader, head = _reader(busy, proxy.url, proven=False), busy.client.head().number
    logs = busy.client.request(
        "eth_getLogs",
        [
            {
                "address": busy.deployments.anchor_registry.address,
                "fromBlock": hex(head),
                "toBlock": hex(head),
            }
        ],
    )
    proxy.fault = lambda method: proxy.answer([{**logs[0], **damage}]) if method == "eth_getLogs" else None
    block = reader.head()
    with pytest.raises(SourceUnavailableError):
        reader.read_block(block)
    with pytest.raises(SourceUnavailableError):
        reader.read_range(head, head)
