"""Child processes that measure: started, pinned to one core, asked, ended."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self


class ChildError(Exception):
    """A child could not be started, ended, or answered with an error."""


class Sample(NamedTuple):
    """How often something ran, in how many seconds of processor time and of the clock."""

    runs: int
    cpu: float
    wall: float

    @property
    def rate(self) -> float:
        """Runs in a second of processor time."""
        return self.runs / self.cpu


class Child:
    """One process with a measuring loop.

    Args:
        name: for messages.
        command: program and arguments.
        core: the core it may run on; ``None`` leaves it where it is.
        environment: further variables.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        core: int | None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self._command = [str(word) for word in command]
        self._core = core
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=self._environment,
        )
        if self._core is not None and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(self._process.pid, {self._core})
        self._read()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is None:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def measure(self, work: str, seconds: float) -> Sample:
        """Run ``work`` for some seconds of processor time.

        Raises:
            ChildError: it failed.
        """
        answer = self._ask({"work": work, "seconds": seconds})
        return Sample(answer["count"], answer["cpu"], answer["wall"])

    def call(self, name: str, value: Any = None) -> Any:
        """Ask for something once; errors as ``measure``."""
        return self._ask({"call": name, "value": value})["value"]

    def refuses(self, name: str, value: Any) -> bool:
        """Tell whether the child answers with an error."""
        try:
            self.call(name, value)
        except ChildError:
            return True
        return False

    def _ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise ChildError(f"{self.name} has ended.") from error
        answer = self._read()
        if "error" in answer:
            raise ChildError(f"{self.name}: {answer['error']}")
        return answer

    def _read(self) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise ChildError(f"{self.name} has ended.")
        answer: dict[str, Any] = json.loads(line)
        return answer
