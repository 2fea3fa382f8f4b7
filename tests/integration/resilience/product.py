"""``make up`` as a process of its own, to be killed: start, follow its stages, kill -9 all of it at once."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from digital_resume.local.host import free_port, process_facts

ROOT = Path(__file__).resolve().parents[3]
DOORS = ("landing", "issuer", "wallet", "verifier", "modules")
LIMIT_SECONDS = 120.0
"""Seconds until a start, on a loaded machine, must have served."""


class Product:
    """``make up`` on one data folder.

    Args:
        folder: its data folder.
        tick_seconds: pause between two anchors.
    """

    def __init__(self, folder: Path, *, tick_seconds: float = 1.0) -> None:
        self.data = folder
        self.starts = 0
        self._tick = str(tick_seconds)
        self._child: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        # Ports of its own, which the product remembers: several of these may run at once.
        (folder / "ports.json").write_text(json.dumps({door: free_port() for door in DOORS}))

    def start(self) -> None:
        """Start it, without waiting."""
        self.starts += 1
        keep = ("PATH", "HOME", "LANG")
        environment = {name: os.environ[name] for name in keep if name in os.environ}
        with self.output_file.open("wb") as output:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "scripts.demo.up", "--data", str(self.data)],
                cwd=ROOT,
                env={**environment, "ANCHOR_TICK_SECONDS": self._tick, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output_file(self) -> Path:
        """What this start prints."""
        return self.data / f"output-{self.starts}.txt"

    @property
    def output(self) -> str:
        """What this start has printed so far."""
        return self.output_file.read_text("utf-8", "replace")

    @property
    def stages_done(self) -> int:
        """How many of its stages this start has finished."""
        return len(re.findall(r"^✔ \d/\d", self.output, re.MULTILINE))

    def wait_for_stage(self, number: int) -> None:
        """Return as soon as this many stages are finished."""
        self.wait_until(lambda: self.stages_done >= number, f"stage {number}")

    def wait_until_open(self) -> None:
        """Return when it serves everything."""
        self.wait_until(lambda: "open:" in self.output, "the link")
        print(self.output)

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for something that happens while it runs; fail with its output when it ends before."""
        assert self._child is not None
        until = time.monotonic() + LIMIT_SECONDS
        begun = time.monotonic()
        while not condition():
            if self._child.poll() is not None:
                raise AssertionError(f"it ended before {what}:\n{self.output}\n{self.logs()}")
            if time.monotonic() > until:
                raise AssertionError(
                    f"{what} did not come within {LIMIT_SECONDS:.0f} s:\n{self.output}\n{self.logs()}"
                )
            time.sleep(0.01)
        print(f"start {self.starts}: {what} after {time.monotonic() - begun:.1f} s")

    def logs(self) -> str:
        """Return the ends of the services' logs."""
        files = sorted((self.data / "logs").glob("*.log"))
        return "\n".join(f"--- {file.name}\n{file.read_text('utf-8', 'replace')[-1500:]}" for file in files)

    def kill_everything(self) -> None:
        """``kill -9`` supervisor, database, chain, services, worker and whatever they have started."""
        assert self._child is not None
        # It can start nothing more once it is stopped.
        kill(self._child.pid, signal.SIGSTOP)
        for pid in (*descendants(self._child.pid), self._child.pid):
            kill(pid)
        self._child.wait()
        self._child = None

    def child(self, name: str) -> int:
        """Return the process id of a part: database, chain, worker or a service."""
        found = self.pids(name)
        assert len(found) == 1, f"{name}: {found}"
        return found[0]

    def has_child(self, name: str, *, besides: int) -> bool:
        """Tell whether a part runs, and in another process than that one."""
        return any(pid != besides for pid in self.pids(name))

    def pids(self, name: str) -> list[int]:
        """Return the process ids of a part; none while it is down."""
        assert self._child is not None
        marks = {
            "database": "bin/postgres",
            "chain": "bin/anvil",
            "worker": "digital_resume.cli.app\0worker\0issuer",
            "modules": "plugins.host.app",
        }
        mark = marks.get(name, f"{name}.app")
        return [pid for pid in descendants(self._child.pid, depth=1) if mark in command_line(pid)]

    def stop(self) -> None:
        """End it in order."""
        if self._child is not None:
            self._child.terminate()
            try:
                self._child.wait(30)
            except subprocess.TimeoutExpired:
                self.kill_everything()
                raise
            self._child = None

    def destroy(self) -> None:
        """End it anyhow."""
        if self._child is not None:
            self.kill_everything()

    def url(self, door: str) -> str:
        """Return the address of a door."""
        return f"http://localhost:{json.loads((self.data / 'ports.json').read_text())[door]}"

    @property
    def database_url(self) -> str:
        """Address of its database."""
        folder = self.data / "postgres"
        return f"postgresql://vdr:{_read(folder / 'password')}@127.0.0.1:{_read(folder / 'port')}/vdr"

    @property
    def rpc_url(self) -> str:
        """Address of its chain."""
        return f"http://127.0.0.1:{_read(self.data / 'chain' / 'port')}"


def _read(path: Path) -> str:
    return path.read_text("ascii").strip()


def descendants(pid: int, depth: int = 10) -> list[int]:
    """Return live children of a process, and theirs, down to a depth; parents first."""
    parents: dict[int, list[int]] = {}
    for other, parent in _parents():
        parents.setdefault(parent, []).append(other)
    found: list[int] = []
    level = [pid]
    for _ in range(depth):
        level = [child for one in level for child in parents.get(one, [])]
        found += level
    return found


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text("ascii", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] not in {"Z", "X"}:
            yield int(entry.name), int(fields[1])


def command_line(pid: int) -> str:
    """Return a process's arguments, separated by NUL."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace")
    except OSError:
        return ""


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Signal a process that may be gone already."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def wait_until_gone(pid: int, seconds: float = 10.0) -> None:
    """Return when a process is gone or a zombie."""
    until = time.monotonic() + seconds
    while process_facts(pid) is not None:
        assert time.monotonic() < until, f"process {pid} is still there"
        time.sleep(0.01)
