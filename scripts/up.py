"""``make up``: serve everything until Ctrl-C, and print one link."""

import contextlib
import importlib
import importlib.util
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from rich.console import Console

from scripts.running import ROOT, Running

console = Console()


class Served:
    """An ASGI app served by a thread of this process."""

    def __init__(self, app: Any, port: int) -> None:
        self._server = uvicorn.Server(
            uvicorn.Config(
                app, host="127.0.0.1", port=port, log_level="warning", access_log=False, server_header=False
            )
        )
        self._thread = threading.Thread(target=self._server.run, name="landing", daemon=True)

    def __enter__(self) -> "Served":
        self._thread.start()
        until = time.monotonic() + 20
        while not self._server.started and self._thread.is_alive() and time.monotonic() < until:
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=5)


def run(data_dir: Path) -> None:
    """Start, serve until a signal comes, and stop.

    Raises:
        core.errors.ResumeError: something does not start.
    """
    stopping = threading.Event()
    with _signals(stopping), contextlib.ExitStack() as stack:
        try:
            running = stack.enter_context(Running(data_dir, tell=_tell))
            stack.callback(_tell, "멈추는 중 …", "stopping …")
            _start(running, stack)
            console.print(f"[dim]Ctrl-C로 끝냅니다 · Ctrl-C stops everything; data stays in {data_dir}[/]")
            running.supervise(stopping)
        except KeyboardInterrupt:
            stopping.set()


def _start(running: Running, stack: contextlib.ExitStack) -> None:
    stages: list[tuple[str, str, Callable[[], object]]] = [
        ("데이터베이스와 체인", "database and chain", running.start_servers),
        ("스키마", "schemas", running.migrate),
        ("스마트 계약", "contracts", running.deploy),
        ("서비스와 작업자", "services and worker", running.start_services),
    ]
    seed = _seed()
    made: list[Any] = []
    if seed is not None:
        stages.append(("시연 기관과 사람들", "demonstration's cast", lambda: made.append(seed(running))))
    for number, (korean, english, work) in enumerate(stages, 1):
        begun = time.monotonic()
        with console.status(f"{number}/{len(stages)}  {korean} [dim]{english}[/]"):
            work()
        spent = time.monotonic() - begun
        console.print(f"[green]✔[/] {number}/{len(stages)}  {korean} [dim]{english}  {spent:.1f} s[/]")
    landing = next((app for app in made if app is not None), None)
    if landing is not None:
        stack.enter_context(Served(landing, running.ports["landing"]))
        console.print(f"\n[bold]열어 보세요 · open:  {running.url('landing')}[/]\n", soft_wrap=True)
    else:
        for door in ("issuer", "wallet", "verifier"):
            console.print(f"  {door:<9}{running.url(door)}", soft_wrap=True)


def _seed() -> Callable[[Running], Any] | None:
    """Return the demonstration's seeding when it is there: it may return the landing page's app."""
    if not (ROOT / "scripts" / "demo" / "seed.py").is_file():
        return None
    seed: Callable[[Running], Any] = importlib.import_module("scripts.demo.seed").seed
    return seed


def _tell(korean: str, english: str) -> None:
    console.print(korean if korean == english else f"{korean} [dim]{english}[/]")


@contextlib.contextmanager
def _signals(stopping: threading.Event) -> Iterator[None]:
    """Turn the first Ctrl-C, TERM or HUP into an orderly stop, wherever we are; ignore more of them."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        if not stopping.is_set():
            stopping.set()
            raise KeyboardInterrupt

    names = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    former = {name: signal.signal(name, stop) for name in names}
    try:
        yield
    finally:
        for name, handler in former.items():
            signal.signal(name, handler)
