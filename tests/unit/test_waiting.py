"""Tests wait for what happens, looking again soon, and never for time to pass."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Seconds between two looks.
LOOK_AGAIN = 0.05
#: Files in which something takes a time of its own, and why.
TAKES_TIME = {
    "tests/e2e/test_steadiness.py": "a screen stands still: only time can show that it does not move",
    "tests/integration/database/test_jobs.py": "a task that takes a moment, in which another could begin",
    "tests/integration/local/test_running.py": "killed between stages, at moments that nothing announces",
    "tests/integration/plugins/host/test_jobs.py": "periods of whole seconds, which procrastinate keeps",
    "tests/integration/resilience/test_kill_everything.py": "killed at moments drawn by chance",
    "tests/integration/resilience/test_soak.py": "killed at moments drawn by chance",
    "tests/integration/verifier/test_page_recovery.py": "a late answer changes nothing, which no event tells",
    "tests/integration/wallet/test_choices.py": "words are kept soon after the last key; nothing shows it",
    "tests/integration/wallet/test_page_recovery.py": "a late answer changes nothing, which no event tells",
    "tests/integration/web/test_bounded_http.py": "clients slower than a server waits",
    "tests/unit/digital_resume/adapters/chain/test_endpoint.py": "a node slower than anybody waits",
    "tests/unit/digital_resume/adapters/test_deadline_http.py": "a server slower than anybody waits",
    "tests/unit/digital_resume/adapters/test_fetch.py": "a server slower than anybody waits",
    "tests/unit/digital_resume/adapters/test_jobs.py": "a task that ends by its cancellation alone",
    "tests/unit/verifier/test_budget.py": "a chain slower than the wait that is allowed",
}


def calls(tree: ast.AST, looks_again: bool = False) -> Iterator[tuple[ast.Call, bool]]:
    """Yield each call, and whether it is in a loop of its own function."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call):
            yield node, looks_again
        if isinstance(node, ast.For | ast.AsyncFor | ast.While):
            inside = True
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            inside = False
        else:
            inside = looks_again
        yield from calls(node, inside)


def sleeps(file: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of each call that lets time pass: any outside of a loop that looks again, in one
    more than between two looks."""
    for node, looks_again in calls(ast.parse(file.read_text("utf-8"))):
        if not node.args:
            continue
        name = ast.unparse(node.func)
        if name in {"time.sleep", "asyncio.sleep"}:
            longest = LOOK_AGAIN
        elif name.endswith(".wait_for_timeout"):
            longest = LOOK_AGAIN * 1_000
        else:
            continue
        seconds = node.args[0]
        if not looks_again:
            longest = 0  # which lets others run, and no time pass
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
        "while True:\n"
        "  time.sleep(0.02)\n  await asyncio.sleep(0)\n  time.sleep(1.1)\n  await asyncio.sleep(pause)\n"
        "  page.wait_for_timeout(20)\n  page.wait_for_timeout(700)\n  event.wait(60)\n"
        "  def later():\n    time.sleep(0.02)\n"
        "await asyncio.sleep(0)\nawait asyncio.sleep(0.02)\n"
    )
    assert sorted(line for line, _ in sleeps(file)) == [4, 5, 7, 10, 12]
