"""Nodes that are down, slow, damaged or of another chain never give an answer that is used."""

import dataclasses
import time
from collections.abc import Callable

import pytest

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.errors import ChainMismatchError, RpcError
from digital_resume.core.errors import SourceUnavailableError
from tests.fakes.faulty_node import FaultyNode, hang
from tests.integration.chain.rig import Chain

pytestmark = pytest.mark.integration
MakeProxy = Callable[[str], FaultyNode]
NOBODY = "http://127.0.0.1:9"


def test_next_node_answers_when_the_first_is_down(chain: Chain) -> None:
    client = ChainClient([NOBODY, chain.node.url], chain.deployments)
    assert client.head().number >= 3


@pytest.mark.parametrize("fault", [500, b"not json", b"[]", b"null", b'{"jsonrpc":"2.0","id":1}', b""])
def test_damaged_answer_is_no_answer(chain: Chain, make_proxy: MakeProxy, fault: bytes | int) -> None:
    proxy = make_proxy(chain.node.url)
    proxy.fault = lambda method: fault
    with pytest.raises(SourceUnavailableError):
        ChainClient([proxy.url], chain.deployments).head()
    assert ChainClient([proxy.url, chain.node.url], chain.deployments).head().number >= 3


@pytest.mark.parametrize(
    "block", [{}, {"number": "x"}, {"number": "0x1", "hash": None, "timestamp": "0x" + "f" * 40}, 7, None]
)
def test_senseless_block_is_no_answer(chain: Chain, make_proxy: MakeProxy, block: object) -> None:
    proxy = make_proxy(chain.node.url)
    client = ChainClient([proxy.url], chain.deployments)
    client.head()
    proxy.fault = lambda method: proxy.answer(block)
    with pytest.raises(SourceUnavailableError):
        client.head()


def test_hanging_node_is_given_up(chain: Chain, make_proxy: MakeProxy) -> None:
    proxy = make_proxy(chain.node.url)
    proxy.act = hang
    client = ChainClient([proxy.url, chain.node.url], chain.deployments, read_seconds=1.5)
    start = time.monotonic()
    assert client.head().number >= 3
    assert time.monotonic() - start < 8


def test_no_node_at_all(chain: Chain) -> None:
    with pytest.raises(SourceUnavailableError, match="RPC_URLS"):
        ChainClient([NOBODY], chain.deployments).head()


def test_error_names_the_host_and_not_the_url(chain: Chain) -> None:
    with pytest.raises(SourceUnavailableError) as caught:
        ChainClient(["http://user:secret@127.0.0.1:9/v3/secretkey"], chain.deployments).head()
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_malformed_url_is_refused() -> None:
    with pytest.raises(ValueError, match="http"):
        ChainClient(["ftp://x"])
    with pytest.raises(ValueError, match="no node"):
        ChainClient([])


def test_other_chain_id_is_refused(chain: Chain, make_proxy: MakeProxy) -> None:
    proxy = make_proxy(chain.node.url)
    proxy.fault = lambda method: proxy.answer("0x1") if method == "eth_chainId" else None
    with pytest.raises(ChainMismatchError, match="chain 1"):
        ChainClient([proxy.url], chain.deployments).verify()
    assert ChainClient([proxy.url, chain.node.url], chain.deployments).head().number >= 3


def test_other_genesis_is_refused(chain: Chain) -> None:
    pinned = dataclasses.replace(chain.deployments, genesis_hash="0x" + "00" * 32)
    with pytest.raises(ChainMismatchError, match="genesis"):
        ChainClient([chain.node.url], pinned).verify()


def test_other_code_is_refused(chain: Chain) -> None:
    contract = dataclasses.replace(chain.deployments.anchor_registry, code_hash="0x" + "00" * 32)
    pinned = dataclasses.replace(chain.deployments, anchor_registry=contract)
    with pytest.raises(ChainMismatchError, match="code is another"):
        ChainClient([chain.node.url], pinned).head()


def test_missing_contract_is_refused(chain: Chain) -> None:
    contract = dataclasses.replace(
        chain.deployments.status_registry, address="0x00000000000000000000000000000000000000Aa"
    )
    pinned = dataclasses.replace(chain.deployments, status_registry=contract)
    with pytest.raises(ChainMismatchError, match="there is no contract"):
        ChainClient([chain.node.url], pinned).head()


def test_node_that_came_back_as_another_chain_is_refused(chain: Chain, make_proxy: MakeProxy) -> None:
    proxy = make_proxy(chain.node.url)
    client = ChainClient([proxy.url], chain.deployments)
    client.head()
    proxy.fault = lambda method: 503
    with pytest.raises(SourceUnavailableError):
        client.head()
    proxy.fault = lambda method: proxy.answer("0x1") if method == "eth_chainId" else None
    with pytest.raises(ChainMismatchError):
        client.head()
    proxy.fault = None
    assert client.head().number >= 3


def test_refused_read_is_tried_elsewhere(chain: Chain, make_proxy: MakeProxy) -> None:
    proxy = make_proxy(chain.node.url)
    proxy.fault = lambda method: proxy.error("header not found") if method == "eth_getBlockByNumber" else None
    unpinned = ChainClient([proxy.url, chain.node.url])
    assert unpinned.head().number >= 3
    with pytest.raises(RpcError, match="header not found"):
        ChainClient([proxy.url]).head()


def test_endpoint_is_checked_once_while_it_answers(chain: Chain, make_proxy: MakeProxy) -> None:
    proxy = make_proxy(chain.node.url)
    client = ChainClient([proxy.url], chain.deployments)
    for _ in range(5):
        client.head()
    assert proxy.count("eth_getCode") == 3
