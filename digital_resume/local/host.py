"""What supervising children needs of the operating system: spawning, identity, locks, files, ports.

A process id alone identifies nobody: ids are reused, zombies keep theirs. Identity here is the id
together with the start time that the kernel keeps. Written for Linux; on systems without ``/proc``
the checks fall back to whether the id answers.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from digital_resume.adapters.children import tie_to_parent
from digital_resume.adapters.private_files import open_private, write_private
from digital_resume.core.errors import ResumeError

_LOG_LIMIT = 10 * 1024 * 1024
#: Below the ports that the system lends to outgoing connections, which would be taken at the next start.
_OUR_PORTS = range(20_000, 32_000)


class EmbeddedError(ResumeError):
    """An embedded server or service that cannot be started or does not answer."""

    code = "embedded_failed"


@dataclass(frozen=True, slots=True)
class SystemUser:
    """The unprivileged user that a child runs as."""

    uid: int
    gid: int


def spawn(
    arguments: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str],
    user: SystemUser | None = None,
    cwd: Path | None = None,
    on_parent_death: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, so that Ctrl-C reaches only the supervisor.

    The child is signalled when the thread that started it ends for whatever reason: call this from
    a thread that lives as long as the child should.

    Args:
        arguments: program and arguments.
        log: file that takes standard output and error; beyond 10 MiB the old one is kept as ``.1``.
        environment: the whole environment of the child.
        user: user to run as; needs root.
        cwd: working directory; ``/`` when another user's.
        on_parent_death: signal that the kernel sends when the supervisor is gone.
    """
    with contextlib.suppress(OSError):
        if log.stat().st_size > _LOG_LIMIT:
            log.replace(log.with_suffix(log.suffix + ".1"))
    identity: dict[str, Any] = {}
    if user is not None:
        identity = {"user": user.uid, "group": user.gid, "extra_groups": []}
    with open_private(log) as output:
        return subprocess.Popen(  # our own programs, no shell
            [str(argument) for argument in arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=cwd or ("/" if user else None),
            start_new_session=True,
            preexec_fn=tie_to_parent(on_parent_death),  # noqa: PLW1509  # nothing else ties a child to its parent's life
            **identity,
        )


class FolderLock:
    """A lock on a folder that the kernel releases when its holder dies.

    Raises:
        EmbeddedError: somebody else holds it (code ``already_running``).
    """

    def __init__(self, path: Path, what: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._handle)
            raise EmbeddedError(
                f"{what} is already running on this folder. Stop the other one first (Ctrl-C where it runs).",
                code="already_running",
            ) from None

    def release(self) -> None:
        """Give the lock back; more than once does nothing."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def free_port() -> int:
    """Return a loopback port that nobody uses, reserved for about a minute."""
    for _ in range(200):
        port = secrets.choice(_OUR_PORTS)
        if reserve_port(port):
            return port
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        last: int = probe.getsockname()[1]
        return last


def reserve_port(port: int) -> bool:
    """Reserve a loopback port for about a minute and tell whether it could be had.

    A connection to itself leaves the port in TIME_WAIT: servers with ``SO_REUSEADDR``, which ours and their
    like set, may serve there; whoever reserves one as well, or asks the system for any, is given another.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        try:
            listener.bind(("127.0.0.1", port))
            # Only now: to bind succeeds for nobody else, and what stays behind lets a server in.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.listen(1)
            with socket.create_connection(("127.0.0.1", port), timeout=5):
                listener.accept()[0].close()  # who closes first keeps the port
        except OSError:
            return False
    return True


def remembered_port(path: Path, *, other: bool = False) -> int:
    """Return the port kept in ``path`` while it is free, else a free one, which is then kept."""
    with contextlib.suppress(OSError, ValueError):
        kept = int(path.read_text("ascii"))
        if not other and 1024 <= kept <= 65535 and port_is_free(kept):
            return kept
    port = free_port()
    write_private(path, f"{port}\n")
    return port


def port_is_free(port: int) -> bool:
    """Tell whether nobody listens on the loopback port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@dataclass(frozen=True, slots=True)
class ProcessFacts:
    """What the kernel says about a live process (not a zombie)."""

    pid: int
    started: float
    folder: Path | None
    program: str


def process_facts(pid: int) -> ProcessFacts | None:
    """Return facts of a live process, ``None`` when there is none of that id or only a zombie.

    ``folder`` is ``None`` and ``program`` empty where the kernel does not tell us: the process then
    belongs to another user.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except FileNotFoundError:
        return None if Path("/proc/self/stat").exists() else _facts_by_signal(pid)
    except (ProcessLookupError, PermissionError):
        return None
    fields = text.rpartition(")")[2].split()
    if fields[0] in {"Z", "X"}:
        return None
    started = _boot_time() + int(fields[19]) / os.sysconf("SC_CLK_TCK")
    folder, program = None, ""
    with contextlib.suppress(OSError):
        folder = Path(f"/proc/{pid}/cwd").readlink()
        program = Path(f"/proc/{pid}/exe").readlink().name.removesuffix(" (deleted)")
    return ProcessFacts(pid, started, folder, program)


def processes_in(folder: Path, program: str) -> list[ProcessFacts]:
    """Return live processes of that program whose working directory is ``folder``."""
    wanted = folder.resolve()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        facts = process_facts(int(entry.name))
        if facts is not None and facts.program == program and facts.folder == wanted:
            found.append(facts)
    return found


def signal_process(facts: ProcessFacts, number: signal.Signals) -> bool:
    """Signal exactly the process that ``facts`` describes, never one that took its id since."""
    try:
        handle = os.pidfd_open(facts.pid)
    except (OSError, AttributeError):
        return False
    try:
        now = process_facts(facts.pid)
        if now is None or abs(now.started - facts.started) > 0.011:
            return False
        signal.pidfd_send_signal(handle, number)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


def stop_child(child: subprocess.Popen[bytes], *steps: tuple[signal.Signals, float]) -> int | None:
    """Stop a child by the given signals, waiting the given seconds after each; kill it in the end."""
    for number, seconds in steps:
        if child.poll() is not None:
            return child.returncode
        child.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return child.wait(seconds)
    child.kill()
    return child.wait()


def wait_steps(seconds: float) -> Iterator[float]:
    """Yield elapsed time until ``seconds`` have passed, sleeping a little longer each time."""
    begun = time.monotonic()
    pause = 0.01
    while (elapsed := time.monotonic() - begun) < seconds:
        yield elapsed
        time.sleep(pause)
        pause = min(pause * 1.5, 0.2)


def tail(path: Path, lines: int = 12) -> str:
    """Return the last lines of a log."""
    try:
        text = path.read_bytes()[-8192:].decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.strip().splitlines()[-lines:])


def copy_tree(source: Path, target: Path) -> None:
    """Copy a folder atomically, readable by everybody."""
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=target.parent, prefix=".copy-"))
    try:
        shutil.copytree(source, scratch / "tree", symlinks=True)
        for path in (scratch / "tree", *(scratch / "tree").rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        with contextlib.suppress(FileExistsError, OSError):
            (scratch / "tree").rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _boot_time() -> float:
    with Path("/proc/stat").open("rb") as file:
        for line in file:
            if line.startswith(b"btime"):
                return float(line.split()[1])
    return 0.0


def _facts_by_signal(pid: int) -> ProcessFacts | None:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass
    return ProcessFacts(pid, 0.0, None, "")
