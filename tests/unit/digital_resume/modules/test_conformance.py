"""The conformance base: the built-in module passes, and it finds what it is there to find."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from digital_resume.modules.conformance import PluginConformance
from plugins.training import PLUGIN


class TestTraining(PluginConformance):
    """The training module keeps to the seam."""

    plugin = PLUGIN


@pytest.mark.parametrize(
    "line",
    [
        "from digital_resume.adapters.clock import SystemClock",
        "import digital_resume.web.problems",
        "from digital_resume import settings",
        "from digital_resume.core_of_others import x",
        "from issuer.settings import IssuerSettings",
        "from plugins.host.clients import http_client",
        "from plugins.benefit.models import Base",
    ],
)
def test_a_module_that_reaches_past_the_seam_is_found(line: str, tmp_path: Path) -> None:
    source = tmp_path / "reaching.py"
    source.write_text(f"{line}\n")

    class Reaching(TestTraining):
        def sources(self) -> Iterator[Path]:
            return iter([source])

    with pytest.raises(AssertionError, match=r"reaching\.py imports"):
        Reaching().test_it_imports_the_core_and_the_seam_only()


def test_an_author_needs_nothing_of_the_modules_host() -> None:
    program = (
        "import sys, digital_resume.modules.conformance; "
        "print([name for name in sys.modules if name.partition('.')[0] in "
        "('plugins', 'issuer', 'wallet', 'verifier', 'scripts', 'tests')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
