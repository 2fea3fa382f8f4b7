"""The worker as a process: ticks by itself, comes back after kill -9, and two of them do not collide."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from digital_resume.local.anvil import EmbeddedAnvil
from issuer.settings import IssuerSettings
from tests.fakes.faulty_node import FaultyNode, hang
from tests.integration.issuer.conftest import settings_for
from tests.integration.issuer.workers import Workers

LIMIT_SECONDS = 60.0


@pytest.fixture
def settings(anvil: EmbeddedAnvil, issuer_database: str, deployments: Path, tmp_path: Path) -> IssuerSettings:
    """Make the settings of a worker."""
    return settings_for(anvil, issuer_database, deployments, tmp_path)


@pytest.fixture
def start_worker(settings: IssuerSettings) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Give a starter of worker processes; those that are left are ended."""
    with Workers(settings) as workers:
        yield workers.start


def add_leaves(database: str, count: int) -> None:
    """Put leaves into the database as issuances do."""
    with psycopg.connect(database) as connection:
        connection.execute(
            "insert into issuer.leaf (digest) select sha256(gen_random_uuid()::text::bytea) "
            "from generate_series(1, %s)",
            (count,),
        )


WAITING = (
    "(select count(*) from issuer.leaf where number > "
    "(select coalesce(max(last_number), 0) from issuer.batch))"
)


def wait_until_anchored(database: str) -> None:
    """Wait until no leaf waits and every batch is confirmed."""
    query = f"select {WAITING} + (select count(*) from issuer.batch where state <> 'confirmed')"
    with psycopg.connect(database, autocommit=True) as connection:
        wait_until(lambda: connection.execute(query).fetchone() == (0,))


def wait_until_sealed(database: str) -> None:
    """Wait until no leaf waits: the batch that holds the last ones may be pending in any state."""
    with psycopg.connect(database, autocommit=True) as connection:
        wait_until(lambda: connection.execute(f"select {WAITING}").fetchone() == (0,))


def wait_until_signed(database: str, batches: int) -> None:
    """Wait until the transactions of so many batches were signed."""
    query = "select count(*) from issuer.chain_transaction where purpose = 'anchor'"
    with psycopg.connect(database, autocommit=True) as connection:
        wait_until(lambda: connection.execute(query).fetchone() >= (batches,))


def assert_each_once(database: str, leaves: int) -> None:
    """Check that every leaf has one place, and every batch as many leaves as it says."""
    with psycopg.connect(database) as connection:
        row = connection.execute(
            "select count(*), count(distinct digest), (select sum(size) from issuer.batch) from issuer.leaf"
        ).fetchone()
    assert row == (leaves, leaves, leaves)


def test_a_worker_anchors_by_itself_and_comes_back_after_a_kill(
    settings: IssuerSettings, start_worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    database = settings.database_url.get_secret_value()
    add_leaves(database, 10)
    first = start_worker()
    wait_until_anchored(database)
    moments = (lambda: None, lambda: wait_until_sealed(database), lambda: wait_until_signed(database, 4))
    for wait_for_the_moment in moments:
        add_leaves(database, 10)
        wait_for_the_moment()
        first.send_signal(signal.SIGKILL)
        first.wait()
        first = start_worker()
        wait_until_anchored(database)
    assert_each_once(database, 40)


def test_two_workers_share_the_work_and_double_nothing(
    settings: IssuerSettings, start_worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    database = settings.database_url.get_secret_value()
    workers = [start_worker(), start_worker()]
    for _ in range(10):
        add_leaves(database, 7)
        wait_until_sealed(database)
    wait_until_anchored(database)
    assert_each_once(database, 70)
    assert all(worker.poll() is None for worker in workers)


def test_a_worker_ends_when_it_is_told_to(
    settings: IssuerSettings, start_worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    database = settings.database_url.get_secret_value()
    add_leaves(database, 1)
    worker = start_worker()
    wait_until_anchored(database)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=60) == 0


@pytest.mark.parametrize("module", [["issuer.worker"], ["digital_resume.cli.app", "worker"]])
def test_a_worker_ends_soon_though_its_node_hangs(
    module: list[str], settings: IssuerSettings, make_proxy: Callable[[str], FaultyNode]
) -> None:
    database = settings.database_url.get_secret_value()
    node = make_proxy(settings.rpc_urls[0])
    hanging = settings.model_copy(update={"rpc_urls": (node.url, node.url + "/b", node.url + "/c")})
    with Workers(hanging) as workers:
        worker = workers.start(module=module)
        add_leaves(database, 1)
        wait_until_anchored(database)
        node.act = hang
        asked = len(node.methods)
        add_leaves(database, 1)
        wait_until(lambda: len(node.methods) > asked)
        begun = time.monotonic()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=60) == 0
        assert time.monotonic() - begun < 12, "as long as its limit for a tick and for the node was"
        node.mend()
        workers.start(module=module)
        wait_until_anchored(database)
    assert_each_once(database, 2)


def wait_until(happened: Callable[[], bool]) -> None:
    """Wait for something to happen."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)
