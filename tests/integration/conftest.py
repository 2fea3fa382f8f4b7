"""Real servers for integration tests: PostgreSQL and an EVM node, started once a session."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from digital_resume.local.anvil import EmbeddedAnvil
from digital_resume.local.postgres import EmbeddedPostgres
from tests.fakes.faulty_node import FaultyNode, faulty_nodes
from tests.integration.chain.rig import Chain, open_chain
from tests.integration.databases import Databases
from tests.integration.preloaded import Preloaded, preload


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """Return a folder of this session that an unprivileged database user can pass.

    Not one of pytest's: every pytest that starts makes their parent 0700 again.
    """
    folder = Path(tempfile.mkdtemp(prefix="vdr-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(server_folder: Path) -> Iterator[EmbeddedPostgres]:
    """Start PostgreSQL for the session."""
    with EmbeddedPostgres(server_folder / "postgres", durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def databases(postgres: EmbeddedPostgres) -> Databases:
    """Give what makes databases of tests."""
    return Databases(postgres)


@pytest.fixture(scope="module")
def database_url(databases: Databases) -> Iterator[str]:
    """Give a test module an empty database of its own."""
    with databases.new() as url:
        yield url


@pytest.fixture(scope="session")
def preloaded(server_folder: Path) -> Preloaded:
    """Deploy the contracts once; other nodes start from that state."""
    return preload(server_folder / "preloaded")


@pytest.fixture(scope="session")
def anvil(preloaded: Preloaded, server_folder: Path) -> Iterator[EmbeddedAnvil]:
    """Start an EVM node with the contracts for the session."""
    with preloaded.node(server_folder / "chain") as node:
        yield node


@pytest.fixture
def own_anvil(preloaded: Preloaded, tmp_path: Path) -> Iterator[EmbeddedAnvil]:
    """Start an EVM node with the contracts for one test."""
    with preloaded.node(tmp_path / "chain") as node:
        yield node


@pytest.fixture
def fresh_anvil(tmp_path: Path) -> Iterator[EmbeddedAnvil]:
    """Start an EVM node for one test, on a chain that begins now."""
    with EmbeddedAnvil(tmp_path / "fresh-chain") as node:
        yield node


@pytest.fixture
def chain(anvil: EmbeddedAnvil, preloaded: Preloaded) -> Iterator[Chain]:
    """Give a test the session's node as it was, and put it back afterwards."""
    chain = open_chain(anvil, preloaded.deployments)
    before = chain.client.request("evm_snapshot")
    yield chain
    chain.client.request("anvil_dropAllTransactions")
    assert chain.client.request("evm_revert", [before])
    # anvil would let the clock go on from the block that it went back to
    chain.client.request("evm_setTime", [int(time.time())])
    chain.client.request("evm_setAutomine", [True])
    chain.client.close()


@pytest.fixture
def own_chain(own_anvil: EmbeddedAnvil, preloaded: Preloaded) -> Iterator[Chain]:
    """Give a test a node of its own, which it may reorganise and stop."""
    chain = open_chain(own_anvil, preloaded.deployments)
    yield chain
    chain.client.close()


@pytest.fixture
def make_proxy() -> Iterator[Callable[[str], FaultyNode]]:
    """Give a maker of nodes that misbehave on command, in front of a real one."""
    with faulty_nodes() as make:
        yield make
