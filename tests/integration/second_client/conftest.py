"""Another EVM node than the product's own, started once a session."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.compile_contracts import compile_contracts
from tests.integration.second_client.node import SecondClient


@pytest.fixture(scope="session")
def second_client(server_folder: Path) -> Iterator[SecondClient]:
    """Start EthereumJS with a consensus that proposes blocks when it is told to."""
    compile_contracts()
    node = SecondClient(server_folder / "second-client")
    try:
        node.start()
        yield node
    finally:
        node.stop()
