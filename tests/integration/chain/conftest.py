"""A chain with the three contracts, and a node that misbehaves on demand."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from eth_account.signers.local import LocalAccount

from adapters.chain.client import ChainClient
from adapters.chain.deployments import Deployments, parse_deployments
from adapters.chain.registry_admin import RegistryAdmin
from adapters.chain.submitter import Submitter, TransactionReceipt
from adapters.embedded.anvil import EmbeddedAnvil
from scripts.compile_contracts import compile_contracts
from scripts.deploy import deploy

DID = "did:web:localhost%3A8001:i:univ"
NAMES = ("새벽대학교(시연용)", "Saebyeok University (demo)", "http://localhost:8001/i/univ")


@dataclass
class Chain:
    """A running chain and everything to work with it."""

    node: EmbeddedAnvil
    deployments: Deployments
    client: ChainClient

    @property
    def admin(self) -> RegistryAdmin:
        return self.admin_of(self.account(0))

    def admin_of(self, account: LocalAccount) -> RegistryAdmin:
        return RegistryAdmin(self.client, self.deployments, account, wait_seconds=10)

    def account(self, index: int) -> LocalAccount:
        return self.node.account(index)

    @property
    def anchorer(self) -> Submitter:
        return Submitter(self.client, self.deployments, self.account(1))

    def with_confirmations(self, count: int) -> Deployments:
        return parse_deployments({**self.deployments.to_json(), "confirmations": count})

    def mine(self, blocks: int = 1) -> None:
        self.client.request("anvil_mine", [hex(blocks)])

    def wait(self, tx_hash: str, seconds: float = 5.0) -> TransactionReceipt:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            receipt = self.anchorer.receipt(tx_hash)
            if receipt is not None:
                return receipt
            time.sleep(0.01)
        raise AssertionError("no receipt")

    def anchor(self, root: bytes) -> TransactionReceipt:
        submitter = self.anchorer
        transaction = submitter.build_anchor(
            root, nonce=submitter.pending_nonce(), fees=submitter.suggest_fees()
        )
        submitter.send(transaction)
        return self.wait(transaction.hash)


@pytest.fixture(scope="session", autouse=True)
def compiled_contracts() -> None:
    """Compile the contracts unless nothing changed."""
    compile_contracts()


def deployed(node: EmbeddedAnvil) -> Chain:
    """Deploy on a node; account 0 is admin and accreditor, account 2 guardian."""
    raw = deploy(node.url, node.account(0), guardian=node.account(2).address)
    deployments = parse_deployments(raw)
    return Chain(node, deployments, ChainClient([node.url], deployments))


@pytest.fixture
def chain(anvil: EmbeddedAnvil) -> Chain:
    """Give a test contracts of its own on the session's node."""
    return deployed(anvil)


@pytest.fixture
def own_chain(fresh_anvil: EmbeddedAnvil) -> Chain:
    """Give a test a node of its own, which it may reorganise and stop."""
    return deployed(fresh_anvil)


@dataclass
class Proxy:
    """A node that passes requests on, unless a fault is set: then it answers what the fault says."""

    target: str
    url: str = ""
    methods: list[str] = field(default_factory=list)
    fault: Callable[[str], bytes | int | None] | None = None

    def count(self, method: str) -> int:
        return self.methods.count(method)

    def answer(self, result: Any) -> bytes:
        return json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()

    def error(self, message: str, code: int = -32000) -> bytes:
        return json.dumps({"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": message}}).encode()


@pytest.fixture
def make_proxy() -> Iterator[Callable[[str], Proxy]]:
    """Give a maker of proxies in front of a node."""
    servers: list[ThreadingHTTPServer] = []

    def make(target: str) -> Proxy:
        proxy = Proxy(target)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                method = json.loads(body)["method"]
                proxy.methods.append(method)
                answer = proxy.fault(method) if proxy.fault is not None else None
                if isinstance(answer, int):
                    self.send_error(answer)
                    return
                if answer is None:
                    answer = httpx.post(
                        proxy.target,
                        content=body,
                        headers={"Content-Type": "application/json"},
                        trust_env=False,
                    ).content
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
        return proxy

    yield make
    for server in servers:
        server.shutdown()
        server.server_close()
