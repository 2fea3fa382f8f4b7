"""The contracts' artifacts, compiled when they are not."""

import pytest

from scripts.compile_contracts import compile_contracts


@pytest.fixture(scope="session", autouse=True)
def compiled_contracts() -> None:
    """Compile the contracts unless nothing changed."""
    compile_contracts()
