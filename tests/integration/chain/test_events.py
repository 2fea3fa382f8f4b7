"""The contracts' events as a node gives them: whole, tied to hashes, in as many questions as it takes."""

from collections.abc import Callable

import pytest

from adapters.chain.client import ChainClient
from adapters.chain.events import EventReader, LoggedEvent, RootAnchored
from core.errors import SourceUnavailableError
from core.trust import IssuerStatus
from core.trust_events import IssuerRegistered, StandingChanged
from tests.fakes.faulty_node import Exchange, FaultyNode
from tests.integration.chain.conftest import DID, NAMES, Chain

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


def _reader(chain: Chain, url: str | None = None) -> EventReader:
    return EventReader(ChainClient([url or chain.node.url], chain.deployments), chain.deployments)


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


def test_a_block_is_read_by_its_hash(busy: Chain) -> None:
    reader = _reader(busy)
    head = reader.head()
    (event,) = reader.read_block(head)
    assert isinstance(event.event, RootAnchored)
    assert event.block_hash == head.hash
    before = reader.block(head.number - 1)
    assert before is not None
    assert before.hash == head.parent


def test_another_contracts_events_do_not_count(busy: Chain) -> None:
    from tests.integration.chain.conftest import deployed

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
    monkeypatch.setattr("adapters.chain.events.MAX_LOGS", 2)
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
    reader, head = _reader(busy, proxy.url), busy.client.head().number
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
