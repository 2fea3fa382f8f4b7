"""The embedded PostgreSQL survives whatever kills it, and never harms a process that is not its own."""

import multiprocessing
import os
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from digital_resume.local.host import EmbeddedError, process_facts, processes_in
from digital_resume.local.postgres import EmbeddedPostgres

pytestmark = pytest.mark.integration


@pytest.fixture
def folder(server_folder: Path, request: pytest.FixtureRequest) -> Path:
    return server_folder / f"pg-{request.node.name}"


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(["sleep", "120"])
    yield child
    child.kill()
    child.wait()


def cluster_of(server: EmbeddedPostgres) -> Path:
    with psycopg.connect(server.url) as connection:
        row = connection.execute("show data_directory").fetchone()
    assert row is not None
    return Path(row[0])


def abandon(server: EmbeddedPostgres) -> None:
    """Let the server's supervisor vanish without stopping anything."""
    if server._child is not None:
        server._child.wait()
        server._child = None
    assert server._lock is not None
    server._lock.release()
    server._lock = None


def test_restart_keeps_rows_port_and_password(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server, psycopg.connect(server.url) as connection:
        connection.execute("create table kept (n int)")
        connection.execute("insert into kept values (42)")
        url = server.url
    with EmbeddedPostgres(folder) as server, psycopg.connect(server.url) as connection:
        assert server.url == url
        assert connection.execute("select n from kept").fetchone() == (42,)


def test_password_is_needed_and_kept_private(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False) as server:
        assert stat.S_IMODE((folder / "password").stat().st_mode) == 0o600
        assert stat.S_IMODE((folder / "postgres.log").stat().st_mode) == 0o600
        wrong = server.url.replace((folder / "password").read_text().strip(), "wrong")
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(wrong)


def test_acknowledged_rows_survive_kill_9(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    server.start()
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("create table kept (n int)")
        connection.execute("insert into kept select generate_series(1, 5000)")
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
    abandon(server)
    with EmbeddedPostgres(folder) as again, psycopg.connect(again.url) as connection:
        assert connection.execute("select count(*) from kept").fetchone() == (5000,)


def test_stale_pid_file_of_a_reused_pid_does_not_hinder_or_harm(
    folder: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    server = EmbeddedPostgres(folder, durable=False)
    server.start()
    cluster = cluster_of(server)
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    abandon(server)
    lines = (cluster / "postmaster.pid").read_text().splitlines()
    (cluster / "postmaster.pid").write_text("\n".join([str(sleeper.pid), *lines[1:]]) + "\n")
    with EmbeddedPostgres(folder, durable=False) as again, psycopg.connect(again.url) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    assert sleeper.poll() is None


def test_damaged_pid_file_does_not_hinder(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False) as server:
        cluster = cluster_of(server)
    (cluster / "postmaster.pid").write_bytes(b"\xff\x00 1\n-1")
    with EmbeddedPostgres(folder, durable=False) as again:
        assert again.pid is not None


def test_zombie_is_not_taken_for_a_server() -> None:
    child = subprocess.Popen(["true"])
    until = time.monotonic() + 60
    while process_facts(child.pid) is not None and time.monotonic() < until:
        time.sleep(0.01)
    assert Path(f"/proc/{child.pid}").exists()
    assert process_facts(child.pid) is None
    child.wait()


def test_second_starter_is_refused_while_the_first_serves(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False) as server:
        second = EmbeddedPostgres(folder, durable=False)
        with pytest.raises(EmbeddedError) as caught:
            second.start()
        assert caught.value.code == "already_running"
        with psycopg.connect(server.url) as connection:
            assert connection.execute("select 1").fetchone() == (1,)


def _start_and_report(
    folder: Path, results: "multiprocessing.Queue[str]", ready: Any, go: Any, over: Any
) -> None:
    ready.release()
    go.wait(60)
    try:
        with EmbeddedPostgres(folder, durable=False) as server:
            with psycopg.connect(server.url) as connection:
                connection.execute("select 1")
            results.put("served")
            over.wait(60)
    except EmbeddedError as error:
        results.put(error.code)


def test_of_two_starters_at_once_one_serves_and_one_is_refused(folder: Path) -> None:
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    ready, go, over = context.Semaphore(0), context.Event(), context.Event()
    arguments = (folder, results, ready, go, over)
    starters = [context.Process(target=_start_and_report, args=arguments) for _ in range(2)]
    for starter in starters:
        starter.start()
    for _ in starters:
        assert ready.acquire(timeout=60)
    go.set()
    found = sorted(results.get(timeout=60) for _ in starters)
    over.set()
    for starter in starters:
        starter.join(30)
    assert found == ["already_running", "served"]


def _start_and_wait(folder: Path, ready: "multiprocessing.Queue[int]") -> None:
    server = EmbeddedPostgres(folder, durable=False)
    server.start()
    ready.put(server.pid or 0)
    signal.pause()


def test_server_goes_when_its_supervisor_is_killed_and_the_next_start_waits_for_that(folder: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Queue()
    supervisor = context.Process(target=_start_and_wait, args=(folder, ready))
    supervisor.start()
    first = ready.get(timeout=60)
    supervisor.kill()
    supervisor.join()
    with EmbeddedPostgres(folder, durable=False) as again:
        assert again.pid != first
        assert process_facts(first) is None
        assert len([f for f in processes_in(cluster_of(again), "postgres") if f.pid == again.pid]) == 1


def test_kill_during_the_making_of_the_cluster_leaves_nothing_in_the_way(folder: Path) -> None:
    (folder / ".cluster-left" / "cluster").mkdir(parents=True)
    (folder / ".cluster-left" / "cluster" / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(folder, durable=False) as server:
        assert server.pid is not None
    assert not (folder / ".cluster-left").exists()


def test_taken_port_is_replaced(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False):
        port = int((folder / "port").read_text())
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", port))
        holder.listen()
        with EmbeddedPostgres(folder, durable=False) as server:
            assert f":{port}/" not in server.url


def test_log_holds_no_values_of_failed_statements(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False) as server:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("create table people (name text primary key)")
            connection.execute("insert into people values ('김하늘-비밀')")
            with pytest.raises(psycopg.errors.UniqueViolation):
                connection.execute("insert into people values ('김하늘-비밀')")
        log = (folder / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "김하늘" not in log


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has an unprivileged user to change to")
def test_as_root_it_runs_unprivileged_and_leaves_parents_alone(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o751)
    with EmbeddedPostgres(folder, durable=False) as server:
        status = Path(f"/proc/{server.pid}/status").read_text()
        assert "Uid:\t0\t" not in status
        assert stat.S_IMODE(folder.stat().st_mode) == 0o751
        assert stat.S_IMODE(cluster_of(server).stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders that the other user cannot reach")
def test_unreachable_folder_keeps_its_cluster_elsewhere(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    place: Path | None = None
    try:
        with EmbeddedPostgres(tmp_path / "pg", durable=False) as server:
            place = cluster_of(server)
            assert tmp_path not in place.parents
            with psycopg.connect(server.url) as connection:
                connection.execute("create table kept (n int)")
        with EmbeddedPostgres(tmp_path / "pg", durable=False) as server:
            assert cluster_of(server) == place
            with psycopg.connect(server.url) as connection:
                assert connection.execute("select count(*) from kept").fetchone() == (0,)
        assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    finally:
        if place is not None:
            shutil.rmtree(place.parent, ignore_errors=True)
