"""A node that misbehaves on command: an HTTP proxy on the loopback in front of a real one.

A fault is a function of one exchange. It returns what is answered: bytes, an HTTP error's number, ``None``
to pass the request on, or ``CLOSE`` to end the connection without an answer. It may ask the real node first.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

# One for all: making a client reads the machine's certificates.
_client = httpx.Client(trust_env=False, timeout=30, limits=httpx.Limits(max_connections=None))


class Close:
    """The connection is closed without an answer."""


CLOSE = Close()


@dataclass
class Exchange:
    """One request on its way to the real node."""

    target: str
    body: bytes
    method: str
    params: list[Any]
    ended: threading.Event

    def forward(self, params: list[Any] | None = None) -> bytes:
        """Ask the real node, with other parameters where given, and return its answer."""
        body = self.body
        if params is not None:
            body = json.dumps({**json.loads(body), "params": params}).encode()
        return _client.post(self.target, content=body, headers={"Content-Type": "application/json"}).content

    def result(self) -> Any:
        """Return the real node's result."""
        return json.loads(self.forward())["result"]


Said = bytes | int | Close | None


@dataclass
class FaultyNode:
    """A node that passes requests on, unless a fault is set: then it answers what the fault says.

    Attributes:
        target: the real node.
        url: where this one listens.
        methods: what was asked, in order.
        fault: decides by the method alone.
        act: decides by the exchange, before ``fault``.
        ended: set when the node ends; what hangs, hangs until then.
    """

    target: str
    url: str = ""
    methods: list[str] = field(default_factory=list)
    fault: Callable[[str], bytes | int | None] | None = None
    act: Callable[[Exchange], Said] | None = None
    ended: threading.Event = field(default_factory=threading.Event)

    def count(self, method: str) -> int:
        """Return how often something was asked."""
        return self.methods.count(method)

    def answer(self, result: Any) -> bytes:
        """Return a JSON-RPC result."""
        return json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()

    def error(self, message: str, code: int = -32000) -> bytes:
        """Return a JSON-RPC error."""
        return json.dumps({"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": message}}).encode()

    def mend(self) -> None:
        """Pass everything on from now on."""
        self.fault = self.act = None

    def decide(self, body: bytes) -> Said:
        """Return what is said to a request."""
        request = json.loads(body)
        exchange = Exchange(self.target, body, request["method"], request.get("params") or [], self.ended)
        self.methods.append(exchange.method)
        said = self.act(exchange) if self.act is not None else None
        if said is None and self.fault is not None:
            said = self.fault(exchange.method)
        return exchange.forward() if said is None else said


@contextmanager
def faulty_nodes() -> Iterator[Callable[[str], FaultyNode]]:
    """Give a maker of faulty nodes in front of a real one; they end with the block."""
    servers: list[tuple[FaultyNode, ThreadingHTTPServer]] = []

    def make(target: str) -> FaultyNode:
        node = FaultyNode(target)
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(node))
        servers.append((node, server))
        # to end it takes as long as the interval
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        node.url = f"http://127.0.0.1:{server.server_address[1]}"
        return node

    yield make
    for node, server in servers:
        node.ended.set()
        server.shutdown()
        server.server_close()


def _handler_of(node: FaultyNode) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = node.decide(self.rfile.read(int(self.headers["Content-Length"])))
            if isinstance(said, Close):
                self.close_connection = True
                return
            if isinstance(said, int):
                self.send_error(said)
                return
            assert said is not None
            try:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)
            except OSError:
                self.close_connection = True  # whoever asked did not wait

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            pass

    return Handler


def hang(exchange: Exchange) -> Said:
    """Answer nothing until the node ends, then close the connection."""
    exchange.ended.wait()
    return CLOSE
