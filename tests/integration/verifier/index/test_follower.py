"""The index of the chain follows it: in chunks, through kills, reorganisations and difficult nodes."""

import hashlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, func, select

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.deployments import write_deployments
from digital_resume.adapters.chain.events import EventReader
from digital_resume.adapters.clock import SystemClock
from digital_resume.adapters.database.engine import sqlalchemy_url
from digital_resume.adapters.database.migrate import differences
from digital_resume.core.errors import SourceUnavailableError
from digital_resume.core.trust.issuers import IssuerStatus
from tests.fakes.faulty_node import Exchange, FaultyNode
from tests.integration.chain.rig import DID, NAMES, Chain
from tests.integration.verifier.index.conftest import Index
from verifier.index.checking import IndexChecker
from verifier.index.follower import Follower, IndexWorker, Step, try_lock
from verifier.index.store import IndexMovedError, IndexStore
from verifier.models import AnchoredRoot, Base, RegistryEventRow
from verifier.status_store import open_engine

pytestmark = pytest.mark.integration
IndexOf = Callable[..., Index]
KEY = hashlib.sha256(b"key").digest()


def root(number: int) -> bytes:
    return number.to_bytes(32, "big")


def altering(alter: Callable[[str, list[Any], Any], Any]) -> Callable[[Exchange], bytes]:
    """Let a node change its results: method, parameters and result in, result out."""

    def act(exchange: Exchange) -> bytes:
        said = json.loads(exchange.forward())
        if "result" in said:
            said["result"] = alter(exchange.method, exchange.params, said["result"])
        return json.dumps(said).encode()

    return act


def publish(chain: Chain, value: bytes) -> None:
    submitter = chain.anchorer
    signed = submitter.build_publish(value, nonce=submitter.pending_nonce(), fees=submitter.suggest_fees())
    submitter.send(signed)
    assert chain.wait(signed.hash).succeeded


@pytest.fixture
def busy(own_chain: Chain) -> Chain:
    """Give a chain on which an institution works."""
    admin = own_chain.admin
    admin.register_issuer(DID, *NAMES)
    admin.accredit(DID, "UniversityDegree")
    admin.authorize_anchorer(DID, own_chain.account(1).address)
    admin.add_key(DID, KEY)
    for number in range(1, 7):
        own_chain.anchor(root(number))
        publish(own_chain, root(100 + number // 3))
    return own_chain


def test_the_migration_makes_what_the_models_say(empty_url: str) -> None:
    assert differences(empty_url, "verifier", Base.metadata) == []


@pytest.mark.parametrize(("chunk", "keep"), [(1, 1), (3, 2), (7, 5), (5_000, 64)])
def test_the_past_is_filled_in_by_chunks(busy: Chain, index_of: IndexOf, chunk: int, keep: int) -> None:
    index = index_of(busy, chunk=chunk, keep=keep)
    steps: list[Step] = []
    left: list[int] = []
    while not steps or steps[-1] is not Step.CONFIRMED:
        progress = index.step()
        steps.append(progress.step)
        assert progress.position is not None
        left.append(progress.position.blocks_left)
    assert left == sorted(left, reverse=True)
    assert left[-1] == 0
    assert (Step.FILLED in steps) == (keep < 64)
    comparison = index.check()
    assert comparison.differences == ()
    assert (comparison.institutions, comparison.roots, comparison.publishers) == (1, 6, 1)
    assert comparison.events == 18


def test_what_happens_next_is_followed(busy: Chain, index_of: IndexOf) -> None:
    index = index_of(busy)
    before = index.catch_up()
    busy.admin.retire_key(DID, KEY)
    busy.anchor(root(77))
    publish(busy, root(300))
    publish(busy, root(300))
    after = index.catch_up()
    assert after.block == before.block + 4 == busy.client.head().number
    assert after.confirmed_at > before.confirmed_at
    assert index.check().differences == ()
    found = index.store.anchored(busy.account(1).address, root(77))
    assert found is not None
    assert found[1] == before.block + 2


_CHILD = """
import os, signal, sys
import verifier.index.store as store
from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.deployments import read_deployments
from digital_resume.adapters.chain.events import EventReader
from digital_resume.adapters.clock import SystemClock
from pathlib import Path
from verifier.index.follower import Follower
from verifier.status_store import open_engine

url, node, file, survive = sys.argv[1:]
written, write = [0], store.write_facts

def write_and_die(connection, events):
    write(connection, events)
    written[0] += 1
    if written[0] > int(survive):
        os.kill(os.getpid(), signal.SIGKILL)

store.write_facts = write_and_die
deployments = read_deployments(Path(file))
index = store.IndexStore(open_engine(url), deployments, keep_blocks=2)
client = ChainClient([node], deployments)
reader = EventReader(client, deployments)
follower = Follower(index, reader, SystemClock(), chunk=3, compare=lambda position: None)
with index.engine.connect() as connection:
    follower.catch_up(connection)
"""


@pytest.mark.parametrize("survive", [0, 1, 3])
def test_killed_in_the_middle_of_a_chunk_it_goes_on_where_it_was(
    busy: Chain, index_of: IndexOf, empty_url: str, tmp_path: Path, survive: int
) -> None:
    file = tmp_path / "deployments.json"
    write_deployments(file, busy.deployments)
    child = subprocess.run(
        [sys.executable, "-c", _CHILD, empty_url, busy.node.url, str(file), str(survive)],
        timeout=60,
        check=False,
    )
    assert child.returncode == -signal.SIGKILL
    index = index_of(busy, chunk=3, keep=2)
    position = index.store.position()
    assert (position is None) == (survive == 0)
    newest = position.block if position is not None else -1
    if position is not None:
        assert newest == position.first_block + 3 * survive - 1
    engine = create_engine(sqlalchemy_url(empty_url))
    with engine.connect() as connection:
        for table in (RegistryEventRow, AnchoredRoot):
            most = connection.execute(select(func.max(table.block_number))).scalar()
            assert most is None or most <= newest
    engine.dispose()
    index.catch_up()
    assert index.check().differences == ()


@pytest.mark.parametrize("depth", range(1, 11))
def test_replaced_blocks_are_rolled_back(busy: Chain, index_of: IndexOf, depth: int) -> None:
    index = index_of(busy, chunk=3, keep=4 if depth > 5 else 64)
    busy.admin.set_status(DID, IssuerStatus.SUSPENDED)
    before = index.catch_up()
    head = busy.client.head().number
    busy.client.request("anvil_reorg", [depth, []])
    busy.mine(1)
    after = index.catch_up()
    assert busy.client.head().number == after.block == head + 1
    assert after.generation > before.generation
    assert index.check().differences == ()
    (log,) = {len(index.store.registry_events(i)) for i in index.store.issuer_ids(after.block)}
    assert log == 6  # of seven: the suspension was in the newest block, which is gone
    busy.anchor(root(500))
    index.catch_up()
    assert index.check().differences == ()


def test_a_chain_that_was_replaced_from_the_start_is_read_again(busy: Chain, index_of: IndexOf) -> None:
    index = index_of(busy, keep=4, chunk=4)
    before = index.catch_up()
    depth = busy.client.head().number - index.follower._reader.first_block - 1
    busy.client.request("anvil_reorg", [depth, []])
    busy.mine(2)
    after = index.catch_up()
    assert after.generation != before.generation
    assert index.check().differences == ()


@pytest.mark.parametrize(("keep", "lag"), [(64, 3), (4, 3), (4, 8), (1, 14)])
def test_a_lagging_node_rolls_nothing_back(
    busy: Chain, index_of: IndexOf, make_proxy: Callable[[str], FaultyNode], keep: int, lag: int
) -> None:
    proxy = make_proxy(busy.node.url)
    index = index_of(busy, url=proxy.url, keep=keep)
    index.catch_up()
    busy.mine(12)
    busy.admin.set_status(DID, IssuerStatus.SUSPENDED)
    busy.mine(1)
    before = index.catch_up()
    newest = before.block - lag

    def alter(method: str, params: list[Any], result: Any) -> Any:
        if method != "eth_getBlockByNumber":
            return result
        if params[0] == "latest":
            return busy.client.request(method, [hex(newest), False])
        return None if int(params[0], 16) > newest else result

    proxy.act = altering(alter)
    assert index.step().step is Step.WAITED
    assert index.store.position() == before
    proxy.act = None
    assert index.step().step is Step.CONFIRMED


def test_a_node_that_refuses_large_ranges_is_asked_for_smaller_ones(
    busy: Chain, index_of: IndexOf, make_proxy: Callable[[str], FaultyNode]
) -> None:
    proxy = make_proxy(busy.node.url)

    def refuse(exchange: Exchange) -> bytes | None:
        if exchange.method != "eth_getLogs" or "fromBlock" not in exchange.params[0]:
            return None
        size = int(exchange.params[0]["toBlock"], 16) - int(exchange.params[0]["fromBlock"], 16) + 1
        return proxy.error("block range too large", -32602) if size > 3 else None

    proxy.act = refuse
    index = index_of(busy, url=proxy.url, keep=2)
    index.catch_up()
    assert index.check().differences == ()


def test_a_node_that_is_behind_is_not_asked_for_another_ones_range(
    busy: Chain, index_of: IndexOf, make_proxy: Callable[[str], FaultyNode]
) -> None:
    old = busy.client.head().number
    busy.admin.set_status(DID, IssuerStatus.SUSPENDED)
    busy.mine(10)
    first, second = make_proxy(busy.node.url), make_proxy(busy.node.url)
    first.fault = lambda method: first.error("rate limit", -32005) if method == "eth_getLogs" else None

    def behind(method: str, params: list[Any], result: Any) -> Any:
        if method == "eth_getLogs":
            return [entry for entry in result if int(entry["blockNumber"], 16) <= old]
        if method == "eth_getBlockByNumber" and params[0] != "latest" and int(params[0], 16) > old:
            return None
        return result

    second.act = altering(behind)
    index = index_of(busy, keep=2)
    client = ChainClient([first.url, second.url], busy.deployments)
    compare = IndexChecker(index.store, client, busy.deployments).check_views
    reader = EventReader(client, busy.deployments)
    index.follower = Follower(index.store, reader, SystemClock(), compare=compare)
    reached = index.step().position
    assert reached is None or reached.block <= old
    first.fault = None
    index.catch_up()
    assert index.check().differences == ()


def test_a_node_that_has_another_block_writes_nothing(
    busy: Chain, index_of: IndexOf, make_proxy: Callable[[str], FaultyNode]
) -> None:
    proxy = make_proxy(busy.node.url)
    index = index_of(busy, url=proxy.url)
    before = index.catch_up()
    busy.anchor(root(9))
    proxy.fault = lambda method: proxy.error("unknown block") if "Receipts" in method else None
    with pytest.raises(SourceUnavailableError):
        index.step()
    proxy.fault = None
    proxy.act = altering(
        lambda method, params, result: (
            {**result, "parentHash": "0x" + "22" * 32}
            if method == "eth_getBlockByNumber" and int(result["number"], 16) > before.block
            else result
        )
    )
    assert index.step().step is Step.WAITED
    assert index.store.position() == before


def test_near_the_head_a_node_cannot_keep_events_back(
    busy: Chain, index_of: IndexOf, make_proxy: Callable[[str], FaultyNode]
) -> None:
    proxy = make_proxy(busy.node.url)
    proxy.act = altering(lambda method, params, result: [] if method == "eth_getLogs" else result)
    index = index_of(busy, url=proxy.url)
    before = index.catch_up()
    assert index.store.counts() == {"institutions": 1, "anchoredRoots": 6, "statusRoots": 3}
    busy.admin.set_status(DID, IssuerStatus.SUSPENDED)
    proxy.act = altering(lambda method, params, result: [] if "Receipts" in method else result)
    with pytest.raises(SourceUnavailableError) as caught:
        index.step()
    assert caught.value.code == "logs_unproven"
    assert index.store.position() == before
    proxy.act = None
    assert index.catch_up().block == before.block + 1


def test_a_status_root_that_is_missing_among_others_is_noticed_at_once(
    busy: Chain, index_of: IndexOf, make_proxy: Callable[[str], FaultyNode]
) -> None:
    proxy = make_proxy(busy.node.url)
    hidden = root(101).hex()
    proxy.act = altering(
        lambda method, params, result: (
            [log for log in result if "0x" + hidden not in log["topics"]]
            if method == "eth_getLogs"
            else result
        )
    )
    index = index_of(busy, url=proxy.url, keep=1)
    with pytest.raises(SourceUnavailableError) as caught:
        index.catch_up()
    assert caught.value.code == "logs_incomplete"
    position = index.store.position()
    assert position is not None
    assert not position.ready
    proxy.act = None
    with pytest.raises(SourceUnavailableError):  # what is there already lacks it still
        index.catch_up()
    index.store.forget(index.connection)
    index.catch_up()
    assert index.check().differences == ()


@pytest.mark.parametrize("event", ["AccreditationChanged", "IssuerRegistered", "Anchored", "StatusHeartbeat"])
def test_what_a_lying_node_kept_back_is_found(
    busy: Chain, index_of: IndexOf, make_proxy: Callable[[str], FaultyNode], event: str
) -> None:
    proxy = make_proxy(busy.node.url)
    contracts = index_of(busy).follower._reader._events.values()
    (topic,) = {
        "0x" + t.hex() for known in contracts for t, decoder in known.items() if decoder.name == event
    }
    hidden: list[Any] = []

    def alter(method: str, params: list[Any], result: Any) -> Any:
        if method != "eth_getLogs":
            return result
        hidden.extend(log for log in result if log["topics"][0] == topic)
        return [log for log in result if log["topics"][0] != topic]

    proxy.act = altering(alter)
    index = index_of(busy, url=proxy.url, proven=False, views=False)
    index.catch_up()
    assert hidden
    found = index.check()
    assert found.differences
    assert any(event in str(difference) for difference in found.differences)
    if event in ("AccreditationChanged", "StatusHeartbeat"):
        # Even where the same node is asked again: its views give it away.
        assert event == "StatusHeartbeat" or index.check(logs=False).differences


@pytest.mark.parametrize(("proven", "keep"), [(True, 1), (False, 64)])
@pytest.mark.parametrize("event", ["AccreditationChanged", "KeyRetired"])
def test_no_verdict_rests_on_an_index_from_which_events_were_kept_back(
    busy: Chain,
    index_of: IndexOf,
    make_proxy: Callable[[str], FaultyNode],
    event: str,
    proven: bool,
    keep: int,
) -> None:
    busy.admin.retire_key(DID, KEY)
    busy.mine(2)
    registry = busy.client.contract("IssuerRegistry", busy.deployments.issuer_registry.address)
    topic = registry.events[event].topic
    proxy = make_proxy(busy.node.url)
    proxy.act = altering(
        lambda method, params, result: (
            [log for log in result if log["topics"][0] != topic] if method == "eth_getLogs" else result
        )
    )
    index = index_of(busy, url=proxy.url, keep=keep, proven=proven)
    with pytest.raises(SourceUnavailableError) as caught:
        index.catch_up()
    assert caught.value.code == "logs_incomplete"
    position = index.store.position()
    assert position is not None
    assert not position.ready
    proxy.act = None
    index.store.forget(index.connection)
    assert index.catch_up().ready


def test_of_very_many_institutions_some_are_compared_by_chance(busy: Chain, index_of: IndexOf) -> None:
    busy.admin.register_issuer("did:web:another.example", "다른 기관", "Another", "https://another.example")
    index = index_of(busy)
    position = index.catch_up()
    checker = IndexChecker(index.store, busy.client, busy.deployments)
    every = checker.check(position, logs=False).institutions
    assert every > 1
    assert checker.check(position, logs=False, most_issuers=1).institutions == 1
    assert checker.check(position, logs=False, most_issuers=every + 1).institutions == every


def test_what_strangers_anchor_and_publish_costs_no_question(
    busy: Chain, index_of: IndexOf, make_proxy: Callable[[str], FaultyNode]
) -> None:
    proxy = make_proxy(busy.node.url)

    def questions() -> int:
        index = index_of(busy, url=proxy.url, keep=1)
        index.store.forget(index.connection)
        before = proxy.count("eth_call")
        assert index.catch_up().ready
        return proxy.count("eth_call") - before

    quiet = questions()
    for number in range(30):
        stranger = busy.stranger(10 + number)
        busy.client.request("anvil_setBalance", [stranger.address, hex(10**18)])
        busy.publish(root(1_000 + number), by=stranger)
        busy.anchor(root(2_000 + number), by=stranger)
    assert questions() == quiet


def test_a_root_that_an_anchorer_published_and_the_index_never_heard_of_is_found(
    busy: Chain, index_of: IndexOf, make_proxy: Callable[[str], FaultyNode]
) -> None:
    busy.admin.authorize_anchorer(DID, busy.account(4).address)
    busy.publish(root(500), by=busy.stranger(4))
    busy.mine(2)
    proxy = make_proxy(busy.node.url)
    hidden = root(500).hex()
    proxy.act = altering(
        lambda method, params, result: (
            [log for log in result if "0x" + hidden not in log["topics"]]
            if method == "eth_getLogs"
            else result
        )
    )
    with pytest.raises(SourceUnavailableError) as caught:
        index_of(busy, url=proxy.url, keep=1).catch_up()
    assert caught.value.code == "logs_incomplete"


def test_where_blocks_prove_nothing_the_index_is_compared_again_and_again(
    busy: Chain, index_of: IndexOf, make_proxy: Callable[[str], FaultyNode]
) -> None:
    proxy = make_proxy(busy.node.url)
    index = index_of(busy, url=proxy.url, proven=False)
    assert index.catch_up().ready
    busy.admin.set_status(DID, IssuerStatus.SUSPENDED)
    proxy.act = altering(lambda method, params, result: [] if method == "eth_getLogs" else result)
    for _ in range(2):
        with pytest.raises(SourceUnavailableError) as caught:
            index.catch_up()
        assert caught.value.code == "logs_incomplete"
        after = index.store.position()
        assert after is not None
        assert not after.ready
        busy.mine()


def test_an_invented_fact_is_found(busy: Chain, index_of: IndexOf) -> None:
    index = index_of(busy)
    index.catch_up()
    with index.store.engine.begin() as connection:
        connection.execute(
            AnchoredRoot.__table__.insert().values(
                submitter=busy.account(1).address,
                root=root(4711),
                anchored_at=busy.client.head().time,
                block_number=busy.client.head().number,
            )
        )
    differences_ = index.check().differences
    assert {root(4711).hex() in str(d) for d in differences_} == {True}
    assert len(differences_) == 2  # by the view, and by the logs


def test_forgotten_it_starts_again(busy: Chain, index_of: IndexOf) -> None:
    index = index_of(busy)
    before = index.catch_up()
    index.store.forget(index.connection)
    assert index.store.position() is None
    after = index.catch_up()
    assert (after.block, after.block_hash) == (before.block, before.block_hash)
    assert after.generation != before.generation
    assert index.check().differences == ()


def test_an_index_of_other_contracts_is_none(busy: Chain, index_of: IndexOf) -> None:
    from tests.integration.chain.rig import deployed

    index_of(busy).catch_up()
    other = deployed(busy.node)
    index = index_of(other)
    assert index.store.position() is None
    index.catch_up()
    assert index.check().differences == ()
    assert index.store.issuer_ids(10**9) == []


def test_who_was_overtaken_writes_nothing(busy: Chain, index_of: IndexOf) -> None:
    slow, fast = index_of(busy), index_of(busy)
    stale = slow.catch_up()
    busy.anchor(root(9))
    fast.catch_up()
    end, events = slow.follower._reader.read_range(stale.block + 1, stale.block + 1)
    with pytest.raises(IndexMovedError):
        slow.store.append(
            slow.connection, stale, [end], events, first_block=0, head=end.number, now=SystemClock().now()
        )
    assert fast.check().differences == ()


def _worker(chain: Chain, url: str) -> IndexWorker:
    store = IndexStore(open_engine(url), chain.deployments, keep_blocks=3)

    def make() -> Follower:
        client = ChainClient([chain.node.url], chain.deployments)
        compare = IndexChecker(store, client, chain.deployments).check_views
        reader = EventReader(client, chain.deployments)
        return Follower(store, reader, SystemClock(), chunk=4, compare=compare)

    return IndexWorker(store, make, pause=0.05)


def _until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_of_two_processes_one_writes_and_the_other_takes_over(
    busy: Chain, index_of: IndexOf, empty_url: str
) -> None:
    index = index_of(busy)
    workers = [_worker(busy, empty_url) for _ in range(2)]
    for worker in workers:
        worker.start()

    def has(number: int) -> Callable[[], bool]:
        return lambda: (p := index.store.position()) is not None and p.ready and p.block >= number

    _until(has(busy.client.head().number))
    (first,) = [worker for worker in workers if worker.leads]
    (second,) = [worker for worker in workers if worker is not first]
    assert not try_lock(index.connection)
    first.stop()
    busy.anchor(root(31))
    _until(lambda: second.leads)
    _until(has(busy.client.head().number))
    second.stop()
    assert index.check().differences == ()
    for worker in workers:
        worker._store.engine.dispose()
