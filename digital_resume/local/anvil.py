"""Embedded EVM chain: anvil as our child, checked to be the process that answers.

anvil comes from the npm package of this platform and is started by its path: on a random loopback
port, without CORS, and *without development accounts*. The chain's genesis pays accounts derived
from a mnemonic of this folder's own (file of mode 0600), which never appears on a command line.

The chain survives by snapshots that ``digital_resume/local/snapshot.py`` writes after each confirmed
anchor; anvil's own ``--state`` is not used, because it is not atomic. Started with a snapshot, the
chain must have the genesis hash that was recorded when it was made. ``--timestamp`` is never passed,
as it would shift the clock.
"""

import json
import platform
import secrets
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from digital_resume.adapters.chain.evm import LocalAccount, account_of, new_mnemonic
from digital_resume.adapters.children import minimal_environment
from digital_resume.adapters.private_files import secret_file, write_private
from digital_resume.local.host import (
    EmbeddedError,
    FolderLock,
    remembered_port,
    spawn,
    stop_child,
    tail,
    wait_steps,
)
from digital_resume.settings import EMBEDDED_CHAIN_ID

#: Accounts of the mnemonic that the genesis pays.
FUNDED_ACCOUNTS = 20
_BALANCE = 10**24


@dataclass(frozen=True, slots=True)
class ChainFacts:
    """What identifies a running chain."""

    chain_id: int
    genesis_hash: str
    block_number: int
    client_version: str


class EmbeddedAnvil:
    """One anvil on one folder.

    Args:
        folder: keeps mnemonic, snapshot, genesis and log.
        node_modules: where npm put the package; a checkout's own by default.
        chain_id: EIP-155 id.
        snapshot: the snapshot's file; ``folder/state.json`` by default.
    """

    def __init__(
        self,
        folder: Path,
        *,
        node_modules: Path | None = None,
        chain_id: int = EMBEDDED_CHAIN_ID,
        snapshot: Path | None = None,
    ) -> None:
        self.folder = folder.absolute()
        self.snapshot = snapshot or self.folder / "state.json"
        self.log = self.folder / "anvil.log"
        self.chain_id = chain_id
        self._node_modules = node_modules or Path(__file__).resolve().parents[2] / "node_modules"
        self._lock: FolderLock | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._port = 0
        self.facts: ChainFacts | None = None

    @property
    def url(self) -> str:
        """Address for ``RPC_URLS``."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int | None:
        """Process id of the running node."""
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    @property
    def mnemonic(self) -> str:
        """The chain's own mnemonic; made at first."""
        return secret_file(self.folder / "mnemonic", new_mnemonic)

    def account(self, index: int) -> LocalAccount:
        """Return account ``index`` of the mnemonic: 0 admin, 1 anchorer, 2 guardian, 3 relayer."""
        return account_of(self.mnemonic, index)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, *, snapshot_expected: bool = False, wait_seconds: float = 30.0) -> ChainFacts:
        """Start the node and return when it, and no other process, answers.

        Args:
            snapshot_expected: refuse to begin a new chain, because contracts were deployed on the old.
            wait_seconds: seconds.

        Raises:
            EmbeddedError: it does not start, another process answers, or the chain is another one.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = FolderLock(self.folder / "lock", "The embedded chain")
        try:
            self.facts = self._start(snapshot_expected, wait_seconds)
        except BaseException:
            self.stop()
            raise
        return self.facts

    def restart(self, *, wait_seconds: float = 30.0) -> ChainFacts:
        """Start the node again after a crash, on the same port, from the last snapshot.

        Raises:
            EmbeddedError: it does not start.
        """
        self.facts = self._start(snapshot_expected=False, wait_seconds=wait_seconds)
        return self.facts

    def stop(self) -> None:
        """Stop the node; more than once does nothing. What is not in the snapshot is gone."""
        if self._child is not None:
            stop_child(self._child, (signal.SIGTERM, 5.0))
            self._child = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _start(self, snapshot_expected: bool, wait_seconds: float) -> ChainFacts:
        binary = find_anvil(self._node_modules)
        restored = self.snapshot.is_file()
        if not restored and snapshot_expected:
            raise EmbeddedError(
                f"The chain's snapshot {self.snapshot} is missing, although contracts were deployed. "
                "Restore it from a backup, or remove the whole data folder to start over."
            )
        if restored:
            self._keep_own_genesis()
        origin: list[str | Path] = (
            ["--load-state", self.snapshot] if restored else ["--init", self._write_genesis()]
        )
        for attempt in range(3):
            self._port = remembered_port(self.folder / "port", other=attempt > 0)
            self._child = spawn(
                [
                    binary,
                    *("--host", "127.0.0.1", "--port", str(self._port), "--no-cors"),
                    *("--chain-id", str(self.chain_id), "--accounts", "0", "--quiet"),
                    *origin,
                ],
                log=self.log,
                environment=minimal_environment(HOME=str(self.folder)),
                cwd=self.folder,
            )
            facts = self._wait(wait_seconds)
            if facts is not None:
                break
            text = tail(self.log)
            if attempt == 2 or "in use" not in text.lower():
                raise EmbeddedError(_explain(self.log, self.snapshot if restored else None, text))
        assert facts is not None
        self._check(facts, restored)
        return facts

    def _wait(self, wait_seconds: float) -> ChainFacts | None:
        assert self._child is not None
        with httpx.Client(timeout=2.0, trust_env=False) as client:
            for _ in wait_steps(wait_seconds):
                if self._child.poll() is not None:
                    return None
                try:
                    facts = read_facts(client, self.url)
                except (httpx.HTTPError, ValueError, KeyError, TypeError):
                    continue
                # Whoever answered, our child must be alive and the one that holds the port.
                if self._child.poll() is None:
                    return facts
        return None

    def _check(self, facts: ChainFacts, restored: bool) -> None:
        assert self._child is not None
        if facts.chain_id != self.chain_id or "anvil" not in facts.client_version.lower():
            raise EmbeddedError(f"Another node answers on port {self._port}; start again.")
        holder = listening_process(self._port)
        if holder is not None and self._child.pid not in holder:
            raise EmbeddedError(f"Another process listens on port {self._port}; start again.")
        record = self.folder / "chain.json"
        if restored and record.is_file():
            recorded = json.loads(record.read_text("utf-8"))["genesisHash"]
            if recorded != facts.genesis_hash:
                raise EmbeddedError(
                    f"The snapshot {self.snapshot} is of another chain: its genesis is {facts.genesis_hash}, "
                    f"recorded is {recorded}. Put the right snapshot back."
                )
        else:
            write_private(
                record,
                json.dumps({"chainId": facts.chain_id, "genesisHash": facts.genesis_hash}) + "\n",
            )

    def _keep_own_genesis(self) -> None:
        """Take anvil's invented block 0 out of the snapshot.

        A node started with ``--load-state`` first makes a genesis block of its own and dumps both
        (measured: anvil 1.7.1); which of them the next start takes would be chance. Ours is the one
        with our coinbase. A snapshot that cannot be read is left for anvil to refuse.
        """
        try:
            coinbase = json.loads((self.folder / "genesis.json").read_text("utf-8"))["coinbase"].lower()
            state = json.loads(self.snapshot.read_text("utf-8"))
            kept = [block for block in state["blocks"] if not _is_foreign_genesis(block["header"], coinbase)]
            whole = any(_number(block["header"]) == 0 for block in kept)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return
        if whole and len(kept) < len(state["blocks"]):
            write_private(self.snapshot, json.dumps({**state, "blocks": kept}))

    def _write_genesis(self) -> Path:
        path = self.folder / "genesis.json"
        genesis = {
            "config": {"chainId": self.chain_id},
            "timestamp": hex(int(time.time())),
            "nonce": "0x0",
            "gasLimit": "0x1c9c380",
            "difficulty": "0x0",
            # A random coinbase gives every chain a genesis hash of its own.
            "coinbase": "0x" + secrets.token_hex(20),
            "alloc": {
                self.account(index).address: {"balance": hex(_BALANCE)} for index in range(FUNDED_ACCOUNTS)
            },
        }
        write_private(path, json.dumps(genesis, indent=1))
        return path


def _number(header: dict[str, Any]) -> int:
    return int(str(header["number"]), 0)


def _is_foreign_genesis(header: dict[str, Any], coinbase: str) -> bool:
    miner = header.get("miner", header.get("beneficiary", header.get("coinbase")))
    return _number(header) == 0 and str(miner).lower() != coinbase


def find_anvil(node_modules: Path) -> Path:
    """Return this platform's anvil: the locked one of a checkout, else one on ``PATH``.

    Raises:
        EmbeddedError: it is not installed or there is none for this platform.
    """
    locked = node_modules / "@foundry-rs" / anvil_package() / "bin" / "anvil"
    if locked.is_file():
        return locked
    installed = shutil.which("anvil")
    if installed is None:
        raise EmbeddedError(
            "The embedded chain is not installed. Run 'make setup' in a checkout, put anvil on PATH, or set "
            "RPC_URLS to another network."
        )
    return Path(installed)


def anvil_package() -> str:
    """Return the name of this platform's package within its npm scope.

    Raises:
        EmbeddedError: there is none.
    """
    system = {"linux": "linux", "darwin": "darwin"}.get(sys.platform)
    machine = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}.get(
        platform.machine().lower()
    )
    if system is None or machine is None:
        raise EmbeddedError("There is no embedded chain for this platform. Set RPC_URLS to another network.")
    return f"anvil-{system}-{machine}"


def read_facts(client: httpx.Client, url: str) -> ChainFacts:
    """Ask a node who it is.

    Raises:
        httpx.HTTPError: it does not answer.
        ValueError, KeyError, TypeError: it answers something else.
    """
    genesis = _call(client, url, "eth_getBlockByNumber", ["0x0", False])
    return ChainFacts(
        chain_id=int(_call(client, url, "eth_chainId", []), 16),
        genesis_hash=str(genesis["hash"]).lower(),
        block_number=int(_call(client, url, "eth_blockNumber", []), 16),
        client_version=str(_call(client, url, "web3_clientVersion", [])),
    )


def listening_process(port: int) -> set[int] | None:
    """Return ids of the processes that hold the loopback port open, ``None`` when it cannot be told."""
    try:
        rows = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    except OSError:
        return None
    wanted = f"0100007F:{port:04X}"
    inodes = {f"socket:[{row[9]}]" for row in rows if row[1] == wanted and row[3] == "0A"}
    holders = set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if str(link.readlink()) in inodes:
                holders.add(int(link.parts[2]))
        except OSError:
            continue
    return holders or None


def _call(client: httpx.Client, url: str, method: str, parameters: list[Any]) -> Any:
    answer = client.post(url, json={"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters})
    return answer.json()["result"]


def _explain(log: Path, snapshot: Path | None, text: str) -> str:
    if snapshot is not None and "load-state" in text:
        return (
            f"The chain's snapshot {snapshot} is damaged and is left as it is. "
            f"Restore it from a backup, or remove the data folder to start over. anvil says:\n{text}"
        )
    return f"The embedded chain did not start. Its log, {log}, ends:\n{text}"
