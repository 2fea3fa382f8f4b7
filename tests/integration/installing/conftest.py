"""One wheel, and one stranger who installed it, for all tests of installing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.installing.stranger import ROOT, Stranger, build, install
from tests.integration.preloaded import Preloaded
from tests.integration.verifier.rig import Rig, open_rig


@pytest.fixture(scope="package")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel of this checkout."""
    return build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="package")
def stranger(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Stranger:
    """Install the wheel elsewhere, and pytest, which the conformance test of a module needs."""
    return install(tmp_path_factory.mktemp("stranger"), wheel, "pytest")


@pytest.fixture(scope="package")
def rig(preloaded: Preloaded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """Put an institution on a chain, and its server on the loopback."""
    with open_rig(preloaded, tmp_path_factory.mktemp("rig")) as opened:
        yield opened
