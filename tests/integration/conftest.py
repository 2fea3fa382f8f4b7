"""Real servers for integration tests: PostgreSQL and an EVM node, started once a session."""

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from digital_resume.local.anvil import EmbeddedAnvil
from digital_resume.local.postgres import EmbeddedPostgres
from tests.fakes.faulty_node import FaultyNode, faulty_nodes


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


@pytest.fixture(scope="module")
def database_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    """Give a test module an empty database of its own."""
    name = f"test_{secrets.token_hex(6)}"
    yield postgres.create_database(name)
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def anvil(server_folder: Path) -> Iterator[EmbeddedAnvil]:
    """Start an EVM node for the session."""
    with EmbeddedAnvil(server_folder / "chain") as node:
        yield node


@pytest.fixture
def fresh_anvil(tmp_path: Path) -> Iterator[EmbeddedAnvil]:
    """Start an EVM node for one test."""
    with EmbeddedAnvil(tmp_path / "chain") as node:
        yield node


@pytest.fixture
def make_proxy() -> Iterator[Callable[[str], FaultyNode]]:
    """Give a maker of nodes that misbehave on command, in front of a real one."""
    with faulty_nodes() as make:
        yield make
