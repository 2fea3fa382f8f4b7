"""Run every test: ``python -m scripts.all_tests [OPTIONS OF PYTEST…]``.

The contracts' tests, slither and the tests of the pages' JavaScript run in the background, at a low priority,
while pytest runs: its tests wait for servers often enough. What the background says comes at the end, in full
when it fails, and then the time of each part and of all. Exits with 1 when any part failed.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
LOGS: Final = ROOT / "build" / "test-logs"
BACKGROUND: Final = {
    "contracts": "scripts.contract_tests",
    "slither": "scripts.slither",
    "javascript": "scripts.node_tests",
}
"""Name to module."""
_NICENESS: Final = 10
_LINES_OF_SUCCESS: Final = 8


class Part:
    """One part of the tests that runs in the background.

    Args:
        name: of the part.
        log: where it says what it says.
        process: in a group of its own.
    """

    def __init__(self, name: str, log: Path, process: "subprocess.Popen[bytes]") -> None:
        self.name = name
        self.log = log
        self.process = process
        self._begun = self._ended = time.monotonic()
        self._watching = threading.Thread(target=self._watch, daemon=True)
        self._watching.start()

    def wait(self) -> tuple[int, float]:
        """Return the exit code and how many seconds it took."""
        self._watching.join()
        return self.process.returncode, self._ended - self._begun

    def _watch(self) -> None:
        self.process.wait()
        self._ended = time.monotonic()

    def kill(self) -> None:
        """End it, with what it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


def start(name: str, module: str, logs: Path = LOGS) -> Part:
    """Start a part in a process group of its own.

    Args:
        name: of its log.
        module: what runs.
        logs: folder of the logs.
    """
    logs.mkdir(parents=True, exist_ok=True)
    log = logs / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["nice", "-n", str(_NICENESS), sys.executable, "-m", module],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Part(name, log, process)


def report(part: Part) -> tuple[bool, str]:
    """Wait for a part; return whether it passed and a line for the table. Say what it said."""
    code, seconds = part.wait()
    said = part.log.read_text("utf-8", "replace").rstrip().splitlines()
    print(f"\n--- {part.name}")
    print("\n".join(said if code else said[-_LINES_OF_SUCCESS:]), flush=True)
    return not code, _line(part.name, not code, seconds)


def _line(name: str, passed: bool, seconds: float) -> str:
    return f"{'✔' if passed else '✘'} {name:<12}{seconds:>8.0f} s"


def main() -> int:
    """Run everything; return 1 when anything failed."""
    begun = time.monotonic()
    parts = [start(name, module) for name, module in BACKGROUND.items()]
    try:
        pytest = subprocess.run([sys.executable, "-m", "pytest", *sys.argv[1:]], cwd=ROOT, check=False)
        python = _line("python", not pytest.returncode, time.monotonic() - begun)
        reports = [report(part) for part in parts]
    finally:
        for part in parts:
            part.kill()
    print("\n" + "\n".join([python, *(line for _, line in reports)]))
    passed = not pytest.returncode and all(good for good, _ in reports)
    print(_line("모두 · all", passed, time.monotonic() - begun))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
