"""Tests wait for what happens, looking again soon, and never for time to pass."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Seconds between two looks.
LOOK_AGAIN = 0.05
#: Files in which something takes a time of its own, and why.
TAKES_TIME = {
    "tests/integration/local/test_running.py": "killed between stages, at moments that nothing announces",
    "tests/integration/plugins/host/test_jobs.py": "periods of whole seconds, which procrastinate keeps",
    "tests/integration/resilience/test_kill_everything.py": "killed at moments drawn by chance",
    "tests/integration/resilience/test_soak.py": "killed at moments drawn by chance",
    "tests/integration/web/test_bounded_http.py": "clients slower than a server waits",
    "tests/unit/digital_resume/adapters/chain/test_endpoint.py": "a node slower than anybody waits",
    "tests/unit/digital_resume/adapters/test_deadline_http.py": "a server slower than anybody waits",
    "tests/unit/digital_resume/adapters/test_fetch.py": "a server slower than anybody waits",
    "tests/unit/digital_resume/adapters/test_jobs.py": "a task that ends by its cancellation alone",
}


def sleeps(file: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of each call that lets more time pass than between two looks."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = ast.unparse(node.func)
        if name in {"time.sleep", "asyncio.sleep"}:
            longest = LOOK_AGAIN
        elif name.endswith(".wait_for_timeout"):
            longest = LOOK_AGAIN * 1_000
        else:
            continue
        seconds = node.args[0]
        if not (isinstance(seconds, ast.Constant) and seconds.value <= longest):
            yield node.lineno, ast.unparse(node)


def test_no_test_waits_for_time_to_pass() -> None:
    found = {}
    for file in sorted((ROOT / "tests").rglob("*.py")):
        if lines := [f"{number}: {text}" for number, text in sleeps(file)]:
            found[file.relative_to(ROOT).as_posix()] = lines
    unexplained = {file: lines for file, lines in found.items() if file not in TAKES_TIME}
    assert not unexplained, "move a clock, wait for an event, or look again soon until it happened"
    assert not TAKES_TIME.keys() - found.keys(), "nothing there takes time any more"


def test_sleeps_are_seen(tmp_path: Path) -> None:
    file = tmp_path / "test_sample.py"
    file.write_text(
        "time.sleep(0.02)\nawait asyncio.sleep(0)\ntime.sleep(1.1)\nawait asyncio.sleep(pause)\n"
        "page.wait_for_timeout(20)\npage.wait_for_timeout(700)\nevent.wait(60)\n"
    )
    assert sorted(line for line, _ in sleeps(file)) == [3, 4, 6]
