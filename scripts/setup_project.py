"""Set up everything on a machine that has only Python 3.11 or 3.12: ``python3 -m scripts.setup_project``.

Standard library only, since this runs before anything is installed. Every step is skipped when its
inputs are those of its stamp, may be killed anywhere, and is done again from its start then.

Options: ``--dev`` also what tests and linters need, ``--browser`` also a Chromium and
``--second-client`` also another EVM node for the tests, ``--quiet`` says nothing when there is nothing to do.
"""

from __future__ import annotations

import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 12):
    sys.exit(
        "파이썬 3.11 또는 3.12가 필요합니다. 지금 실행한 것은 "
        + sys.version.split()[0]
        + "입니다.\nPython 3.11 or 3.12 is needed (some locked packages have no build for others); this is "
        + sys.version.split()[0]
        + ".\nInstall one, or name it: make setup PYTHON=/path/to/python3.12"
    )

import argparse
import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

from scripts.setup_steps import ROOT, STATE, SetupError, Step, project_steps

_BAR = 24


class Progress:
    """One line a step: a bar on a terminal, plain lines elsewhere."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._live = sys.stdout.isatty()
        self._begun = time.monotonic()

    def begin(self, step: Step) -> None:
        """Show that a step begins."""
        filled = _BAR * self._done // self._total
        bar = "█" * filled + "░" * (_BAR - filled)
        text = f"{bar} {self._done + 1}/{self._total}  {step.title_ko} · {step.title_en}"
        if self._live:
            print(f"\r\x1b[2K{text} …", end="", flush=True)
        else:
            print(f"[{self._done + 1}/{self._total}] {step.title_ko} · {step.title_en} …", flush=True)

    def end(self, step: Step, seconds: float) -> None:
        """Show that a step is done."""
        self._done += 1
        text = f"✔ {step.title_ko} · {step.title_en}  {seconds:.1f} s"
        print(f"\r\x1b[2K{text}" if self._live else f"    {text}", flush=True)

    def finish(self) -> None:
        """Show that everything is done."""
        print(f"준비 완료 · ready  {time.monotonic() - self._begun:.1f} s", flush=True)


def run(steps: list[Step], *, quiet: bool) -> None:
    """Run the steps whose inputs changed.

    Raises:
        SetupError: a step failed; those before it stay done.
    """
    missing = [step for step in steps if not step.is_done()]
    if not missing:
        if not quiet:
            print("모두 준비되어 있습니다 · everything is set up")
        return
    progress = Progress(len(missing))
    for step in missing:
        progress.begin(step)
        begun = time.monotonic()
        step.run()
        progress.end(step, time.monotonic() - begun)
    progress.finish()


def alone(work: Callable[[], None]) -> None:
    """Run ``work`` while no other set-up of this checkout runs; wait for one that does."""
    STATE.mkdir(parents=True, exist_ok=True)
    with (STATE / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print("다른 설치가 끝나기를 기다립니다 · waiting for another set-up to finish", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        work()


def main() -> int:
    """Set the project up; return the exit code."""
    parser = argparse.ArgumentParser(prog="make setup", description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also what tests and linters need")
    parser.add_argument("--browser", action="store_true", help="also a Chromium for the tests")
    parser.add_argument("--second-client", action="store_true", help="also another EVM node for the tests")
    parser.add_argument("--quiet", action="store_true", help="say nothing when nothing is to be done")
    options = parser.parse_args()
    os.chdir(ROOT)
    steps = project_steps(
        Path(sys.executable), dev=options.dev, browser=options.browser, second_client=options.second_client
    )
    try:
        alone(lambda: run(steps, quiet=options.quiet))
    except SetupError as error:
        print(f"\n✘ {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\n중단했습니다. 다시 실행하면 이어서 합니다 · stopped; run it again to go on", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
