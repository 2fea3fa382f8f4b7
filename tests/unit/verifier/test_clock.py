"""The verifier goes by a clock that it is given: only what wires it names the system's."""

import re
from pathlib import Path

import verifier

SYSTEM_CLOCK = re.compile(r"datetime\.now|datetime\.utcnow|time\.time\(|date\.today")


def test_no_module_of_the_verifier_reads_the_systems_clock() -> None:
    modules = sorted(Path(verifier.__path__[0]).rglob("*.py"))
    assert len(modules) > 15
    assert [module.name for module in modules if SYSTEM_CLOCK.search(module.read_text("utf-8"))] == []
    assert {module.name for module in modules if "SystemClock(" in module.read_text("utf-8")} == {
        "app.py",
        "index.py",
    }
