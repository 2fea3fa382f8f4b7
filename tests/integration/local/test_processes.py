"""The supervisor: order, restart with a pause, suspension, and no child outlives it."""

import multiprocessing
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from digital_resume.local.host import EmbeddedError, free_port, process_facts
from digital_resume.local.processes import Process, Supervisor

pytestmark = pytest.mark.integration

SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(204); self.end_headers()
    def log_message(self, *a): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def server(tmp_path: Path, name: str = "server", code: str = SERVER, wait_seconds: float = 60) -> Process:
    port = free_port()
    return Process(
        name,
        [sys.executable, "-c", code, str(port)],
        environment=dict(os.environ),
        log_file=tmp_path / f"{name}.log",
        cwd=tmp_path,
        port=port,
        wait_seconds=wait_seconds,
    )


def wait_until(supervisor: Supervisor, condition: object, seconds: float = 60) -> None:
    assert callable(condition)
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        supervisor.check()
        time.sleep(0.02)


def test_crashed_service_comes_back_after_a_pause(tmp_path: Path) -> None:
    said: list[str] = []
    with Supervisor(on_event=said.append) as supervisor:
        service = server(tmp_path)
        supervisor.start(service)
        first = service.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        wait_until(supervisor, lambda: service.pid not in {first, None})
        assert len(said) == 1
        assert said[0].endswith("ended; it starts again in 0.5 s")


def test_pause_doubles_while_it_keeps_crashing(tmp_path: Path) -> None:
    said: list[str] = []
    crashing = Process(
        "crashing",
        [sys.executable, "-c", "raise SystemExit(3)"],
        environment=dict(os.environ),
        log_file=tmp_path / "crashing.log",
        cwd=tmp_path,
    )
    with Supervisor(on_event=said.append) as supervisor:
        supervisor.start(crashing)
        wait_until(supervisor, lambda: len(said) >= 3)
    assert [line.split()[-2] for line in said[:3]] == ["0.5", "1", "2"]


def test_service_that_never_answers_fails_with_the_end_of_its_log(tmp_path: Path) -> None:
    broken = server(tmp_path, code="import sys; sys.exit('the reason it fails')")
    with Supervisor() as supervisor, pytest.raises(EmbeddedError, match="the reason it fails"):
        supervisor.start(broken)


def test_children_stop_in_reverse_order(tmp_path: Path) -> None:
    order: list[str] = []

    class Child:
        def __init__(self, name: str) -> None:
            self.name = name

        def launch(self) -> None:
            order.append(f"+{self.name}")

        def wait_ready(self) -> None:
            pass

        def alive(self) -> bool:
            return True

        def tell_to_stop(self) -> None:
            order.append(f"?{self.name}")

        def stop(self) -> None:
            order.append(f"-{self.name}")
            if self.name == "b":
                raise RuntimeError("a child that stops badly must not keep the others running")

    with Supervisor() as supervisor:
        supervisor.start(Child("a"))
        supervisor.start(Child("b"), Child("c"))
    assert order == ["+a", "+b", "+c", "?b", "?c", "-c", "-b", "?a", "-a"]


def test_suspended_child_stays_off_until_resumed(tmp_path: Path) -> None:
    with Supervisor() as supervisor:
        service = server(tmp_path)
        supervisor.start(service)
        supervisor.suspend("server")
        for _ in range(40):
            supervisor.check()
            time.sleep(0.02)
        assert not service.alive()
        supervisor.resume("server")
        assert service.alive()


def test_taken_port_is_said_clearly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from digital_resume.local import processes

    monkeypatch.setattr(processes.wait_for_port, "__defaults__", (0.2,))
    with Supervisor() as supervisor:
        first = server(tmp_path)
        supervisor.start(first)
        second = Process(
            "second",
            [sys.executable, "-c", SERVER, str(first._port)],
            environment={},
            log_file=tmp_path / "second.log",
            cwd=tmp_path,
            port=first._port,
        )
        with pytest.raises(EmbeddedError) as caught:
            supervisor.start(second)
        assert caught.value.code == "port_taken"


def _supervise(tmp_path: Path, pids: "multiprocessing.Queue[int]") -> None:
    supervisor = Supervisor()
    service = server(tmp_path)
    supervisor.start(service)
    pids.put(service.pid or 0)
    signal.pause()


def test_no_child_outlives_a_supervisor_that_was_killed(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    pids = context.Queue()
    supervisor = context.Process(target=_supervise, args=(tmp_path, pids))
    supervisor.start()
    child = pids.get(timeout=60)
    assert process_facts(child) is not None
    supervisor.kill()
    supervisor.join()
    until = time.monotonic() + 60
    while process_facts(child) is not None and time.monotonic() < until:
        time.sleep(0.02)
    assert process_facts(child) is None
