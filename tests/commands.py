"""The command ``resume`` as a test runs it in its own process.

A process of its own would import everything at each command; that it starts as one is tested with the command
itself.
"""

import contextlib
import io
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from unittest.mock import patch

from digital_resume.cli.app import main


@dataclass(frozen=True)
class Finished:
    """How a command ended and what it said."""

    returncode: int
    stdout: str
    stderr: str


def resume(*arguments: str) -> int:
    """Run ``resume`` with these arguments; return its exit code."""
    try:
        return main(arguments)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1


def run_resume(*arguments: str, said: str = "", environment: Mapping[str, str] | None = None) -> Finished:
    """Run ``resume`` with an environment of its own, not on a terminal.

    Args:
        arguments: those of the command line.
        said: what is typed.
        environment: all of it; this process's when not given.
    """
    stdout, stderr = io.StringIO(), io.StringIO()
    with (
        patch.dict(os.environ, os.environ if environment is None else environment, clear=True),
        patch.object(sys, "stdin", io.StringIO(said)),
        contextlib.redirect_stdout(stdout),
        contextlib.redirect_stderr(stderr),
    ):
        code = resume(*arguments)
    return Finished(code, stdout.getvalue(), stderr.getvalue())
