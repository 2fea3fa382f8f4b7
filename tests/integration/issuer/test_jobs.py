"""What an operator has to mend is said in the worker's log with a code, and mended without a restart."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from digital_resume.adapters.keystore import FileKeystore, KeyCipher
from tests.fakes.faulty_node import CLOSE, FaultyNode
from tests.integration.issuer.anchoring.test_machine import add_leaves, anchored_events, assert_anchored_once
from tests.integration.issuer.conftest import KEY_ENCRYPTION_KEY
from tests.integration.issuer.rig import Rig
from tests.integration.issuer.test_worker import wait_until_anchored
from tests.integration.issuer.workers import Workers

NOBODY = "0x00000000000000000000000000000000000000AA"
Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def node(own: Rig, make_proxy: Callable[[str], FaultyNode]) -> FaultyNode:
    """Put a node that may fail between the worker and the chain."""
    node = make_proxy(own.node.url)
    own.settings.rpc_urls = (node.url,)
    return node


@pytest.fixture
def workers(own: Rig, node: FaultyNode) -> Iterator[Workers]:
    """Give workers that ask this node."""
    with Workers(own.settings) as workers:
        yield workers


async def assert_it_goes_on(own: Rig, leaves: list[bytes]) -> None:
    """Wait for the worker that was left running."""
    wait_until_anchored(own.settings.database_url.get_secret_value())
    await assert_anchored_once(own, leaves)
    assert anchored_events(own) == 1


async def test_no_funds_names_account_balance_and_need(own: Rig, workers: Workers) -> None:
    address, client = own.chain.submitter.address, own.chain.reader.client
    client.request("anvil_setBalance", [address, "0x3e8"])
    leaves = await add_leaves(own)
    workers.start()
    line = workers.wait_for("insufficient_funds", address, "has 1000 wei")
    needed = int(line.split("needs ")[1].split(" wei")[0])
    client.request("anvil_setBalance", [address, hex(needed)])
    await assert_it_goes_on(own, leaves)


@pytest.mark.parametrize(
    ("method", "result", "said"),
    [
        ("eth_chainId", "0x1", "serves chain 1"),
        ("eth_getBlockByNumber", {"hash": "0x" + "77" * 32}, "another chain with the same id"),
        ("eth_getCode", "0x", "there is no contract"),
        ("eth_getCode", "0x6001", "the code is another than the pinned one"),
    ],
)
async def test_a_node_of_another_chain(
    own: Rig, node: FaultyNode, workers: Workers, method: str, result: object, said: str
) -> None:
    node.act = lambda exchange: node.answer(result) if exchange.method == method else None
    leaves = await add_leaves(own)
    workers.start()
    line = workers.wait_for("(chain_mismatch)", said)
    assert node.url.removeprefix("http://") in line
    node.mend()
    await assert_it_goes_on(own, leaves)


def _nowhere(document: dict[str, Any]) -> None:
    document["contracts"]["AnchorRegistry"]["address"] = NOBODY


def _other_code(document: dict[str, Any]) -> None:
    document["contracts"]["AnchorRegistry"]["codeHash"] = "0x" + "00" * 32


def _other_chain(document: dict[str, Any]) -> None:
    document.update(chainId=20262, caip2="eip155:20262")


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (_nowhere, "chain_mismatch", f"AnchorRegistry at {NOBODY}: there is no contract"),
        (_other_code, "chain_mismatch", "the code is another than the pinned one"),
        (_other_chain, "chain_mismatch", "the deployments file pins chain 20262"),
        (dict.clear, "deployments_file_invalid", "deployments"),
    ],
)
async def test_a_deployments_file_of_other_contracts(
    own: Rig, workers: Workers, change: Change, code: str, said: str
) -> None:
    file = own.settings.deployments_file
    assert file is not None
    right = file.read_text("utf-8")
    document = json.loads(right)
    change(document)
    own.chain.reader.client.verify()
    file.write_text(json.dumps(document), "utf-8")
    leaves = await add_leaves(own)
    workers.start()
    workers.wait_for(f"({code})", said)
    file.write_text(right, "utf-8")
    await assert_it_goes_on(own, leaves)


async def test_no_node(own: Rig, node: FaultyNode, workers: Workers) -> None:
    node.act = lambda _: CLOSE
    leaves = await add_leaves(own)
    workers.start()
    workers.wait_for("(source_unavailable)", "RPC_URLS")
    node.mend()
    await assert_it_goes_on(own, leaves)


async def test_no_key(own: Rig, workers: Workers) -> None:
    key = own.settings.data_dir / "keys" / "anchorer.key"
    blob = key.read_bytes()
    assert own.chain.submitter.address
    other = own.settings.data_dir / "other"
    FileKeystore(other, KeyCipher(b"2" * 16 + b"1" * 16)).generate_account("anchorer")
    key.unlink()
    leaves = await add_leaves(own)
    workers.start()
    workers.wait_for("(key_missing)")
    key.write_bytes((other / "anchorer.key").read_bytes())
    workers.wait_for("(keystore_wrong_key)", "KEY_ENCRYPTION_KEY")
    key.write_bytes(blob)
    await assert_it_goes_on(own, leaves)
    assert KEY_ENCRYPTION_KEY.hex() not in workers.log.read_text("utf-8")
