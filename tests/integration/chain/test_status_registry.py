"""Status roots and heartbeats, read once a head."""

import hashlib
from collections.abc import Callable

import pytest

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.status_registry import ChainStatusRegistry
from digital_resume.core.errors import SourceUnavailableError, StatusError
from tests.fakes.faulty_node import FaultyNode
from tests.integration.chain.rig import Chain

pytestmark = pytest.mark.integration
MakeProxy = Callable[[str], FaultyNode]
ROOT = hashlib.sha256(b"root").digest()


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
