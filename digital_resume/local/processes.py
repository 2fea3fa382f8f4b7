"""A supervisor of children: database, chain, services and worker, started in order, stopped in reverse.

A child that crashes is started again after a pause that doubles from half a second to half a
minute and is forgotten after a quiet minute. Children die with the supervisor, by the kernel.
"""

import logging
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx

from digital_resume.local.host import EmbeddedError, port_is_free, spawn, stop_child, tail, wait_steps

log = logging.getLogger(__name__)

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_QUIET = 60.0


class Managed(Protocol):
    """Something the supervisor keeps running."""

    name: str

    def launch(self) -> None:
        """Start it, without waiting until it serves."""
        ...

    def wait_ready(self) -> None:
        """Return when it serves; raise ``EmbeddedError`` when it does not."""
        ...

    def alive(self) -> bool:
        """Tell whether its process runs."""
        ...

    def tell_to_stop(self) -> None:
        """Ask it to stop, without waiting."""
        ...

    def stop(self) -> None:
        """Stop it; more than once does nothing."""
        ...


class Process:
    """A child of ours: a service, which is ready when it answers over HTTP, or a worker.

    Args:
        name: what logs and messages call it.
        arguments: program and arguments.
        environment: its whole environment.
        log_file: takes what it prints.
        cwd: its working directory; the supervisor's when not given.
        port: loopback port that it serves; ``None`` for a worker.
        health_path: path that answers when it is ready.
        wait_seconds: seconds until it must be ready.
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[str | Path],
        *,
        environment: Mapping[str, str],
        log_file: Path,
        cwd: Path | None = None,
        port: int | None = None,
        health_path: str = "/healthz",
        wait_seconds: float = 60.0,
    ) -> None:
        self.name = name
        self.log_file = log_file
        self._arguments = arguments
        self._environment = environment
        self._cwd = cwd
        self._port = port
        self._health = health_path
        self._wait_seconds = wait_seconds
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    def launch(self) -> None:
        """Start the child; a port that a dying predecessor still holds is waited for.

        Raises:
            EmbeddedError: the port stays taken.
        """
        if self._port is not None:
            wait_for_port(self._port, self.name)
        self._child = spawn(
            self._arguments,
            log=self.log_file,
            environment=self._environment,
            cwd=self._cwd,
            # Stateless: it may go at any moment, and must be gone before its successor comes.
            on_parent_death=signal.SIGKILL,
        )

    def wait_ready(self) -> None:
        """Return when the service answers, or at once for a worker.

        Raises:
            EmbeddedError: it ended or does not answer in time; the message has the end of its log.
        """
        if self._port is None:
            return
        with httpx.Client(timeout=5.0, trust_env=False) as client:
            for _ in wait_steps(self._wait_seconds):
                if not self.alive():
                    break
                try:
                    answer = client.get(f"http://127.0.0.1:{self._port}{self._health}")
                except httpx.HTTPError:
                    continue
                if answer.status_code < 500 and self.alive():
                    return
        raise EmbeddedError(
            f"{self.name} does not start. Its log, {self.log_file}, ends:\n{tail(self.log_file)}"
        )

    def alive(self) -> bool:
        """Tell whether the process runs."""
        return self.pid is not None

    def tell_to_stop(self) -> None:
        """Ask it to finish its requests or job."""
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()

    def stop(self) -> None:
        """Let it finish its requests or job, for at most twelve seconds."""
        if self._child is not None:
            stop_child(self._child, (signal.SIGTERM, 12.0))
            self._child = None


class Server:
    """An embedded database or chain as something managed.

    Args:
        name: what logs and messages call it.
        start: starts it and returns when it answers.
        restart: starts it again on the same address after a crash.
        alive: tells whether its process runs.
        stop: stops it.
    """

    def __init__(
        self,
        name: str,
        *,
        start: Callable[[], object],
        restart: Callable[[], object],
        alive: Callable[[], bool],
        stop: Callable[[], None],
    ) -> None:
        self.name = name
        self._start = start
        self._restart = restart
        self._alive = alive
        self._stop = stop
        self._started = False

    def launch(self) -> None:
        """Start it, or start it again."""
        (self._restart if self._started else self._start)()
        self._started = True

    def wait_ready(self) -> None:
        """Do nothing: ``launch`` returned when it answered."""

    def alive(self) -> bool:
        """Tell whether its process runs."""
        return self._alive()

    def tell_to_stop(self) -> None:
        """Do nothing: those who use it must be gone first."""

    def stop(self) -> None:
        """Stop it."""
        self._stop()
        self._started = False


@dataclass(slots=True)
class _Watched:
    managed: Managed
    group: int
    started: float = 0.0
    pause: float = _FIRST_PAUSE
    due: float | None = None
    suspended: bool = False


class Supervisor:
    """Keeps children running in the order in which they were added."""

    def __init__(self, on_event: Callable[[str], None] = log.warning) -> None:
        self._watched: list[_Watched] = []
        self._say = on_event

    def __enter__(self) -> "Supervisor":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, *group: Managed) -> None:
        """Launch a group together and return when each is ready.

        Raises:
            EmbeddedError: one of them is not; what was started is stopped by ``stop``.
        """
        self.launch(*group)
        for managed in group:
            managed.wait_ready()

    def launch(self, *group: Managed, join: bool = False) -> None:
        """Launch a group together without waiting; ``wait_ready`` waits.

        Args:
            group: what is launched.
            join: it belongs to the group that was launched last, and is stopped together with it.

        Raises:
            EmbeddedError: one of them cannot be launched.
        """
        number = self._watched[-1].group + (0 if join else 1) if self._watched else 0
        for managed in group:
            self._watched.append(_Watched(managed, number, started=time.monotonic()))
            managed.launch()

    def wait_ready(self) -> None:
        """Return when everything that was launched is ready.

        Raises:
            EmbeddedError: something is not.
        """
        for watched in self._watched:
            watched.managed.wait_ready()

    def check(self) -> None:
        """Look after every child once: call it a few times a second from the thread that started them."""
        now = time.monotonic()
        for watched in self._watched:
            if watched.suspended:
                continue
            if watched.managed.alive():
                if watched.due is None and now - watched.started > _QUIET:
                    watched.pause = _FIRST_PAUSE
                continue
            if watched.due is None:
                watched.due = now + watched.pause
                self._say(
                    f"{watched.managed.name}: 멈춰서 {watched.pause:g}초 뒤 다시 시작합니다 · "
                    f"ended; it starts again in {watched.pause:g} s"
                )
                watched.pause = min(watched.pause * 2, _LONGEST_PAUSE)
            elif now >= watched.due:
                self._relaunch(watched)

    def _relaunch(self, watched: _Watched) -> None:
        watched.due = None
        watched.started = time.monotonic()
        try:
            watched.managed.launch()
        except EmbeddedError as error:
            self._say(
                f"{watched.managed.name}: 다시 시작하지 못함 · could not be started again: {error.message}"
            )

    def suspend(self, name: str) -> None:
        """Stop one child and leave it stopped; everything else goes on."""
        watched = self._find(name)
        watched.suspended = True
        watched.managed.stop()

    def resume(self, name: str) -> None:
        """Start a suspended child and return when it serves.

        Raises:
            EmbeddedError: it does not.
        """
        watched = self._find(name)
        if watched.suspended:
            watched.managed.launch()
            watched.managed.wait_ready()
            watched.suspended, watched.due, watched.started = False, None, time.monotonic()

    def _find(self, name: str) -> _Watched:
        return next(watched for watched in self._watched if watched.managed.name == name)

    def stop(self) -> None:
        """Stop everything, last started first, a group at once; more than once does nothing."""
        told = None
        while self._watched:
            if self._watched[-1].group != told:
                told = self._watched[-1].group
                for watched in self._watched:
                    if watched.group == told:
                        _quietly(watched.managed, watched.managed.tell_to_stop)
            managed = self._watched.pop().managed
            _quietly(managed, managed.stop)


def _quietly(managed: Managed, work: Callable[[], None]) -> None:
    try:
        work()
    except Exception:
        log.exception("%s did not stop properly", managed.name)


def wait_for_port(port: int, what: str, wait_seconds: float = 15.0) -> None:
    """Return when nobody listens on the port: a predecessor that was killed is still going.

    Raises:
        EmbeddedError: somebody keeps listening.
    """
    for _ in wait_steps(wait_seconds):
        if port_is_free(port):
            return
    raise EmbeddedError(
        f"Port {port}, where {what} serves, is taken by another program. Stop that program and start again.",
        code="port_taken",
    )
