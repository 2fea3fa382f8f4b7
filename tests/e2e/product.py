"""The running product, as ``make up`` serves it: started once for all tests, on ports of its own.

Children die with the thread that started them, so one thread starts the product, looks after it and stops it.
"""

import contextlib
import json
import threading
from pathlib import Path
from typing import Any

from digital_resume.local.host import free_port
from digital_resume.local.running import PREFERRED_PORTS, Running
from scripts.demo.seed import Demonstration, stack_of
from scripts.demo.stack import Stack
from scripts.demo.up import Served

TICK_SECONDS = 2.0
START_SECONDS = 240


class Product:
    """The product with its landing page, on one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.stack: Stack
        self.running: Running
        self._ready = threading.Event()
        self._stopping = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._live, name="product")

    def start(self) -> None:
        """Start everything and return when all serve, people of the demonstration included."""
        self._thread.start()
        if not self._ready.wait(START_SECONDS):
            self.stop()
            raise TimeoutError("the product did not start within the time")
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def stop(self) -> None:
        """Stop everything."""
        self._stopping.set()
        self._thread.join(timeout=90)

    def url(self, door: str) -> str:
        """Return the origin of landing, issuer, wallet, verifier or modules."""
        return self.running.url(door)

    @contextlib.contextmanager
    def without(self, part: Any) -> Any:
        """Stop a service and start it again afterwards."""
        self.running.switch(part, on=False)
        try:
            yield
        finally:
            self.running.switch(part, on=True)

    def logs(self) -> str:
        """Return what the services and the worker have logged."""
        files = self.running.log_dir.glob("*.log")
        return "\n".join(file.read_text("utf-8", errors="replace") for file in files)

    def _live(self) -> None:
        try:
            with contextlib.ExitStack() as closing:
                ports = {door: free_port() for door in PREFERRED_PORTS}
                self.running = Running(self.data_dir, preferred_ports=ports, tick_seconds=TICK_SECONDS)
                closing.enter_context(self.running)
                self._start(closing)
                self._ready.set()
                self.running.supervise(self._stopping)
        except BaseException as error:
            error.add_note(f"The logs end:\n{self.logs()[-4000:]}")
            self._failure = error
            self._ready.set()

    def _start(self, closing: contextlib.ExitStack) -> None:
        running = self.running
        demonstration = Demonstration(running)
        running.start_servers()
        running.migrate()
        running.deploy()
        demonstration.institutions()
        running.start_services()
        landing = demonstration.people()
        closing.enter_context(Served(landing, running.ports["landing"]))
        keys = json.loads((running.data_dir / "demo" / "api-keys.json").read_text())
        self.stack = stack_of(running, keys)
