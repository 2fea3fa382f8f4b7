"""The running product on one data folder: database, chain, services and worker.

``make up`` and the demonstration use it. Set ``DATABASE_URL`` or ``RPC_URLS`` and the embedded
counterpart is not started; nothing else changes. What must survive lies in the data folder: ports,
key-encryption key, keys, mnemonic, cluster, snapshot, URLs of the services' database roles,
deployments, logs. Everything may be killed at any moment and started again.

Children live as long as the thread that starts them, so they are started, stopped and looked after
by the thread that made ``Running``; other threads' ``switch`` is handed over to it.
"""

import base64
import contextlib
import json
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self
from urllib.parse import urlsplit

from digital_resume.adapters.chain.evm import LocalAccount
from digital_resume.adapters.database.roles import DatabaseRoleError
from digital_resume.adapters.keystore import FileKeystore, KeyCipher, generate_key_encryption_key
from digital_resume.adapters.private_files import secret_file, write_private
from digital_resume.extensions import SERVICES, declared
from digital_resume.local.anvil import EmbeddedAnvil
from digital_resume.local.host import EmbeddedError, FolderLock, free_port, port_is_free
from digital_resume.local.postgres import EmbeddedPostgres
from digital_resume.local.processes import Process, Server, Supervisor, wait_for_port
from digital_resume.settings import CommonSettings, decode_key_encryption_key

#: Doors of ``make up`` and the ports they get when those are free.
PREFERRED_PORTS = {"landing": 8000, "issuer": 8001, "wallet": 8002, "verifier": 8003, "modules": 8004}
#: The settings that name them.
PORT_SETTINGS = {
    "landing": "LANDING_PORT",
    "issuer": "ISSUER_PORT",
    "wallet": "WALLET_PORT",
    "verifier": "VERIFIER_PORT",
    "modules": "MODULES_PORT",
}
#: The worker of modules' jobs: a process without the key-encryption key, as their host is.
MODULES_WORKER = "modules-worker"
#: Who holds the key-encryption key; wallet server, verifier and modules have nothing to decrypt.
KEY_HOLDERS = frozenset({"issuer", "worker"})
#: How long the verifier's index of the chain answers when the chain is cut off.
COPY_AGE_SECONDS = "3"
#: Blocks on top of one before it is final, on a chain that is not a development node's.
CONFIRMATIONS = 3
#: Where no node is: what the verifier is told when its connection to an external chain is cut.
_NOWHERE = "http://127.0.0.1:9"
ROLES = ("admin", "anchorer", "guardian", "relayer")
_SECRET_VARIABLES = ("KEY_ENCRYPTION_KEY", "KEY_ENCRYPTION_KEY_FILE")
#: The anchoring token's PIN: for the worker alone.
_PIN_VARIABLES = ("ANCHORER_PKCS11_PIN", "ANCHORER_PKCS11_PIN_FILE")


class Tell(Protocol):
    """Where it says what is going on, in both languages."""

    def __call__(self, korean: str, english: str) -> None:
        """Say one thing."""
        ...


@dataclass(frozen=True, slots=True)
class Order:
    """A switch that another thread asked for."""

    part: str
    on: bool
    done: "Future[None]"


class Running:
    """The product on one data folder.

    Args:
        data_dir: what must survive.
        preferred_ports: ports of the doors; others where these are taken, and remembered.
        tick_seconds: pause between two anchors, unless ``ANCHOR_TICK_SECONDS`` says another.
        without: services that are not started.
        tell: where progress is said.

    Raises:
        EmbeddedError: it runs already on that folder (code ``already_running``).
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        preferred_ports: Mapping[str, int] = PREFERRED_PORTS,
        tick_seconds: float = 3.0,
        without: Collection[str] = (),
        tell: Tell | None = None,
    ) -> None:
        if os.environ.get("ENVIRONMENT") == "production":
            raise EmbeddedError(
                "This starts a demonstration and refuses ENVIRONMENT=production. "
                "In production run each service by itself: docs/operating.md."
            )
        self.data_dir = data_dir.absolute()
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._lock = FolderLock(self.data_dir / "lock", "The product")
        self._owner = threading.get_ident()
        self._orders: queue.SimpleQueue[Order] = queue.SimpleQueue()
        say = self._say = tell or _say_nothing
        self._tick = os.environ.get("ANCHOR_TICK_SECONDS") or str(tick_seconds)
        self.supervisor = Supervisor(on_event=lambda text: say(text, text))
        self.database_url = os.environ.get("DATABASE_URL", "")
        self.postgres = None if self.database_url else EmbeddedPostgres(self.data_dir / "postgres")
        self.rpc_urls = os.environ.get("RPC_URLS", "")
        self.anvil = None if self.rpc_urls else EmbeddedAnvil(self.data_dir / "chain")
        self.deployments_file = Path(
            os.environ.get("DEPLOYMENTS_FILE") or self.data_dir / "deployments.json"
        ).absolute()
        self.ports = self._remembered_ports(preferred_ports)
        self._keys = FileKeystore(self.data_dir / "keys", KeyCipher(self._key_encryption_key()))
        self._role_urls: dict[str, str] = {}
        installed = {entry.name: entry.value for entry in declared(SERVICES)}
        self._services = {name: factory for name, factory in installed.items() if name not in without}
        self._launched: set[str] = set()
        self._environments: dict[str, dict[str, str]] = {}
        self.options: dict[str, dict[str, str]] = {}
        """Variables that one service gets beside the common ones; read when the services start."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def url(self, door: str) -> str:
        """Return the origin of a door: landing, issuer, wallet, verifier or modules."""
        return os.environ.get(f"{door.upper()}_URL") or f"http://localhost:{self.ports[door]}"

    @property
    def log_dir(self) -> Path:
        """Where children's logs are."""
        return self.data_dir / "logs"

    @property
    def keystore(self) -> FileKeystore:
        """The deployment's keys."""
        return self._keys

    def account(self, role: str) -> LocalAccount:
        """Return the EVM account of a role: admin, anchorer, guardian or relayer."""
        return self._keys.account(role)

    def environment(self, part: str = "worker") -> dict[str, str]:
        """Return the whole environment of a service or the worker."""
        service = "modules" if part == MODULES_WORKER else part
        kept_back = _SECRET_VARIABLES if part == "worker" else (*_SECRET_VARIABLES, *_PIN_VARIABLES)
        found = {name: value for name, value in os.environ.items() if name not in kept_back}
        found |= {
            "ENVIRONMENT": "development",
            "DATABASE_URL": self._role_urls.get(service, self.database_url),
            "RPC_URLS": self.rpc_urls,
            "DEPLOYMENTS_FILE": str(self.deployments_file),
            "ISSUER_URL": self.url("issuer"),
            "WALLET_URL": self.url("wallet"),
            "VERIFIER_URL": self.url("verifier"),
            "MODULES_URL": self.url("modules"),
            "ANCHOR_TICK_SECONDS": self._tick,
            "DATA_DIR": str(self.data_dir),
            "PYTHONUNBUFFERED": "1",
        }
        if self.anvil is not None:
            found["CHAIN_SNAPSHOT_FILE"] = str(self.anvil.snapshot)
        if service == "modules":
            modules = ((name, url) for name, url in self._role_urls.items() if name.startswith("plugin_"))
            found |= {f"{name.upper()}_DATABASE_URL": url for name, url in modules}
        if part == "verifier":
            # Everything is on this machine: the index of the chain follows at once. Its age is short, so that
            # a chain that is cut off shows within seconds what it shows elsewhere after minutes.
            found |= {"INDEX_POLL_SECONDS": "0.25", "INDEX_MAX_AGE_SECONDS": COPY_AGE_SECONDS} | {
                name: os.environ[name] for name in os.environ if name.startswith("INDEX_")
            }
        if part in KEY_HOLDERS:
            given = {name: os.environ[name] for name in _SECRET_VARIABLES if os.environ.get(name)}
            found |= given or {"KEY_ENCRYPTION_KEY_FILE": str(self.data_dir / "kek")}
        return found | self.options.get(service, {})

    def settings(self) -> CommonSettings:
        """Return the shared settings, as the worker gets them."""
        environment = self.environment()
        return CommonSettings.model_validate(
            {
                name: environment[name.upper()]
                for name in CommonSettings.model_fields
                if name.upper() in environment
            }
        )

    def start_servers(self) -> None:
        """Start database and chain, unless others were named.

        Raises:
            EmbeddedError: one of them does not start.
        """
        if self.postgres is not None:
            server = self.postgres
            self._start_server("database", server.start, server.restart, server)
            self.database_url = server.url
        if self.anvil is not None:
            node = self.anvil
            expected = self.deployments_file.exists()
            for left_over in node.folder.glob(".*.part"):  # of a worker that was killed while it wrote
                left_over.unlink(missing_ok=True)
            self._start_server("chain", lambda: node.start(snapshot_expected=expected), node.restart, node)
            self.rpc_urls = node.url

    def _start_server(
        self,
        name: str,
        start: Callable[[], object],
        restart: Callable[[], object],
        server: EmbeddedPostgres | EmbeddedAnvil,
    ) -> None:
        def again() -> None:
            # Everybody was told this address: it must stay the same.
            wait_for_port(urlsplit(server.url).port or 0, name)
            restart()

        self.supervisor.start(
            Server(name, start=start, restart=again, alive=lambda: server.pid is not None, stop=server.stop)
        )

    def migrate(self) -> None:
        """Bring every schema up to date, and give every service a role of its own in the database."""
        from digital_resume.adapters.database.setting_up import ensure_roles, migrate_all

        migrate_all(self.database_url)
        try:
            self._role_urls = ensure_roles(self.database_url, self.data_dir / "database", renew=True)
        except DatabaseRoleError as error:
            if error.code != "database_roles_not_permitted":
                raise
            self._say("서비스별 데이터베이스 역할을 만들 수 없어 하나를 함께 씁니다.", error.message)

    def deploy(self) -> None:
        """Make the accounts and deploy the contracts once.

        The deployments file is written last: what it names is on the chain and in the snapshot.

        Raises:
            EmbeddedError: the accounts of another chain than the embedded one lack funds.
            DeploymentsFileError: the file names contracts that the chain does not have.
            SourceUnavailableError: the chain does not answer.
        """
        if self.anvil is None:
            self._deploy_elsewhere()
            return
        from digital_resume.adapters.chain.client import ChainClient
        from digital_resume.adapters.chain.deploying import deploy
        from digital_resume.adapters.chain.deployments import parse_deployments, write_deployments
        from digital_resume.local.snapshot import write_snapshot

        for index, role in enumerate(ROLES):
            if not self._keys.has(role):
                self._keys.import_account(role, bytes(self.anvil.account(index).key))
        if self.deployments_file.exists():
            deploy(self.rpc_urls, self.account("admin"), deployments_file=self.deployments_file)
            return
        document = deploy(self.rpc_urls, self.account("admin"), guardian=self.account("guardian").address)
        write_snapshot(ChainClient([self.rpc_urls]), self.anvil.snapshot)
        write_deployments(self.deployments_file, parse_deployments(document))

    def _deploy_elsewhere(self) -> None:
        from digital_resume.adapters.chain.client import ChainClient
        from digital_resume.adapters.chain.deploying import deploy
        from digital_resume.adapters.chain.roles import is_development_node
        from digital_resume.local.external_chain import check_funds, make_accounts

        make_accounts(self._keys, ROLES)
        client = ChainClient(self.nodes)
        if not self.deployments_file.exists():
            check_funds(client, self._keys, self._say)
        deploy(
            self.nodes[0],
            self.account("admin"),
            deployments_file=self.deployments_file,
            guardian=self.account("guardian").address,
            confirmations=0 if is_development_node(client) else CONFIRMATIONS,
        )

    @property
    def nodes(self) -> list[str]:
        """Addresses of the chain's nodes."""
        return [url.strip() for url in self.rpc_urls.split(",") if url.strip()]

    def snapshot(self) -> None:
        """Keep the embedded chain's state now, while no worker anchors; nothing on another chain."""
        if self.anvil is not None:
            from digital_resume.adapters.chain.client import ChainClient
            from digital_resume.local.snapshot import write_snapshot

            write_snapshot(ChainClient([self.rpc_urls]), self.anvil.snapshot)

    def launch_services(self, *names: str) -> None:
        """Start services without waiting for them; what was launched already is left as it is.

        They need the deployments file, and take some seconds to import: launched early, they are ready
        when the institutions are. ``start_services`` launches the others and waits for all.

        Raises:
            EmbeddedError: the port of one is taken by another program.
        """
        chosen = [name for name in names if name in self._services and name not in self._launched]
        children = [self._service(name, self._services[name]) for name in chosen]
        self.supervisor.launch(*children, join=bool(self._launched))
        self._launched.update(chosen)

    def start_services(self) -> None:
        """Start every service that was not launched, and the worker, and return when all serve.

        Raises:
            EmbeddedError: one does not start; the message has the end of its log.
        """
        # First, as nothing is published before it works.
        worker = [sys.executable, "-m", "digital_resume.cli.app", "worker"]
        self.supervisor.launch(self._process("worker", [*worker, "issuer"]), join=bool(self._launched))
        self._launched.add("worker")
        self.launch_services(*self._services)
        self.supervisor.wait_ready()
        if "modules" in self._services:
            # Nobody waits for it.
            self.supervisor.launch(self._process(MODULES_WORKER, [*worker, "modules"]), join=True)
            self._launched.add(MODULES_WORKER)

    def _service(self, name: str, factory: str) -> Process:
        port = self.ports[name]
        arguments = [sys.executable, "-m", "digital_resume.web.serving", factory]
        arguments += ["--port", str(port), "--log-level", "warning"]
        return self._process(name, arguments, port)

    def _process(self, name: str, arguments: list[str], port: int | None = None) -> Process:
        self._environments[name] = self.environment(name)
        return Process(
            name,
            list(arguments),
            environment=self._environments[name],
            log_file=self.log_dir / f"{name}.log",
            port=port,
        )

    def switch(self, part: Literal["issuer", "chain"], on: bool) -> None:
        """Stop or start a part and return when it is so; callable from any thread.

        A chain that is not ours is not stopped: the verifier's line to it is cut. Without a chain it returns
        when the verifier's copy of it is too old to answer.

        Raises:
            EmbeddedError: it does not start.
        """
        if threading.get_ident() == self._owner:
            self._switch(part, on)
        else:
            order = Order(part, on, Future())
            self._orders.put(order)
            order.done.result(timeout=90)
        if part == "chain" and not on and "verifier" in self._launched:
            time.sleep(float(self._environments["verifier"]["INDEX_MAX_AGE_SECONDS"]) + 0.5)

    def _switch(self, part: str, on: bool) -> None:
        if part == "chain" and self.anvil is None:
            self._environments["verifier"]["RPC_URLS"] = self.rpc_urls if on else _NOWHERE
            self.supervisor.suspend("verifier")
            self.supervisor.resume("verifier")
            return
        (self.supervisor.resume if on else self.supervisor.suspend)(part)

    def supervise(self, until: threading.Event) -> None:
        """Look after the children and carry out other threads' orders until the event is set."""
        while not until.is_set():
            self.supervisor.check()
            with contextlib.suppress(queue.Empty):
                order = self._orders.get(timeout=0.25)
                try:
                    self._switch(order.part, order.on)
                except Exception as error:
                    order.done.set_exception(error)
                else:
                    order.done.set_result(None)

    def stop(self) -> None:
        """Stop everything in reverse order; more than once does nothing."""
        self.supervisor.stop()
        self._lock.release()

    def _key_encryption_key(self) -> bytes:
        named = os.environ.get("KEY_ENCRYPTION_KEY")
        file = Path(os.environ.get("KEY_ENCRYPTION_KEY_FILE") or self.data_dir / "kek")
        made = base64.urlsafe_b64encode(generate_key_encryption_key()).decode().rstrip("=")
        return decode_key_encryption_key(named or secret_file(file, lambda: made))

    def _remembered_ports(self, preferred: Mapping[str, int]) -> dict[str, int]:
        """Return the doors' ports: those of the settings, else the remembered, else free ones.

        Raises:
            ValueError: a setting such as ``ISSUER_PORT`` is no port.
        """
        return {**self._kept_ports(preferred), **_named_ports(preferred)}

    def _kept_ports(self, preferred: Mapping[str, int]) -> dict[str, int]:
        path = self.data_dir / "ports.json"
        with contextlib.suppress(OSError, ValueError):
            kept = json.loads(path.read_text("utf-8"))
            if set(kept) >= set(preferred) and all(type(port) is int for port in kept.values()):
                return dict(kept)
        chosen: dict[str, int] = {}
        for name, port in preferred.items():
            near = range(port, port + 1000, 10) if port else ()
            found = (other for other in near if other not in chosen.values() and port_is_free(other))
            chosen[name] = next(found, 0) or free_port()
        write_private(path, json.dumps(chosen) + "\n")
        return chosen


def _named_ports(doors: Iterable[str]) -> dict[str, int]:
    """Return the ports that the environment names.

    Raises:
        ValueError: a setting is no port.
    """
    named: dict[str, int] = {}
    for door in doors:
        setting = PORT_SETTINGS.get(door, "")
        text = os.environ.get(setting)
        if text:
            if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65_535):
                raise ValueError(f"{setting} must be a port from 1 to 65535.")
            named[door] = int(text)
    return named


def _say_nothing(korean: str, english: str) -> None:
    del korean, english
