"""``make up``: serve everything until Ctrl-C, and print one link (``python -m scripts.demo.up --data …``)."""

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer
import uvicorn
from rich.console import Console

from digital_resume.cli.reporting import reporting
from digital_resume.local.host import EmbeddedError
from digital_resume.local.processes import wait_for_port
from digital_resume.local.running import Running
from digital_resume.web.serving import HARDENED
from scripts.demo.seed import Demonstration

console = Console()


class Served:
    """An ASGI app served by a thread of this process."""

    def __init__(self, app: Any, port: int) -> None:
        self._server = uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", **HARDENED)
        )
        self._thread = threading.Thread(target=self._server.run, name="landing", daemon=True)
        self._port = port

    def __enter__(self) -> "Served":
        wait_for_port(self._port, "landing")
        self._thread.start()
        until = time.monotonic() + 20
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > until:
                raise EmbeddedError(f"The landing page could not be served on port {self._port}.")
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=5)


def run(data_dir: Path) -> None:
    """Start, serve until a signal comes, and stop.

    Raises:
        digital_resume.core.errors.ResumeError: something does not start.
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
    demonstration = Demonstration(running)
    made: list[Any] = []
    stages: list[tuple[str, str, Callable[[], object]]] = [
        ("데이터베이스와 체인", "database and chain", running.start_servers),
        ("스키마", "schemas", running.migrate),
        ("스마트 계약", "contracts", running.deploy),
        ("시연 기관", "demonstration's institutions", demonstration.institutions),
        ("서비스와 작업자", "services and worker", running.start_services),
        ("시연 구직자", "demonstration's seekers", lambda: made.append(demonstration.people())),
    ]
    for number, (korean, english, work) in enumerate(stages, 1):
        begun = time.monotonic()
        with console.status(f"{number}/{len(stages)}  {korean} [dim]{english}[/]"):
            work()
        spent = time.monotonic() - begun
        console.print(f"[green]✔[/] {number}/{len(stages)}  {korean} [dim]{english}  {spent:.1f} s[/]")
    stack.enter_context(Served(made[0], running.ports["landing"]))
    console.print(f"\n[bold]열어 보세요 · open:  {running.url('landing')}[/]\n", soft_wrap=True)


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


def up(data: Annotated[Path, typer.Option(help="자료 폴더 · data folder")] = Path("data")) -> None:
    """모두 켜고 링크 하나를 알려 줍니다 · serve everything until Ctrl-C."""
    run(data)


if __name__ == "__main__":
    sys.exit(reporting(lambda: typer.run(up)))
