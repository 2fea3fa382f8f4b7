"""Workers as processes, with a log that can be read, which may be told at which step to die."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from digital_resume.core.encoding.base64url import b64u_encode
from issuer.settings import IssuerSettings
from tests.integration.issuer.conftest import KEY_ENCRYPTION_KEY

ROOT = Path(__file__).resolve().parents[3]
LIMIT_SECONDS = 60.0


class Workers:
    """Worker processes of one issuer; leaving the block ends those that are left.

    Args:
        settings: the issuer's.
        more: further variables of the environment.
    """

    def __init__(self, settings: IssuerSettings, more: Mapping[str, str] | None = None) -> None:
        self.log = settings.data_dir / "worker.log"
        self._started: list[subprocess.Popen[bytes]] = []
        self._environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": settings.database_url.get_secret_value(),
            "RPC_URLS": ",".join(settings.rpc_urls),
            "DEPLOYMENTS_FILE": str(settings.deployments_file),
            "KEY_ENCRYPTION_KEY": b64u_encode(KEY_ENCRYPTION_KEY),
            "DATA_DIR": str(settings.data_dir),
            "ANCHOR_TICK_SECONDS": "0.2",
            "TRANSACTION_POLL_SECONDS": "0.05",
            **(more or {}),
        }
        if settings.chain_snapshot_file is not None:
            self._environment["CHAIN_SNAPSHOT_FILE"] = str(settings.chain_snapshot_file)

    def __enter__(self) -> Self:
        """Return the starter."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes."""
        for child in self._started:
            child.send_signal(signal.SIGKILL)
            child.wait()

    def start(self, dies_at: str = "", module: Sequence[str] = ("issuer.worker",)) -> subprocess.Popen[bytes]:
        """Start a worker; one that ``dies_at`` a step kills itself as soon as that step is stored."""
        module = ["tests.fakes.dying_worker", dies_at] if dies_at else module
        with self.log.open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", *module], cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )
        self._started.append(child)
        return child

    def wait_for(self, *words: str) -> str:
        """Wait for a line of the log that holds all words, and return it."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < deadline:
            lines = self.log.read_text("utf-8").splitlines()
            found = next((line for line in lines if all(word in line for word in words)), None)
            if found is not None:
                return found
            time.sleep(0.05)
        raise AssertionError(f"no line with {words} in the log:\n{self.log.read_text('utf-8')[-3000:]}")
