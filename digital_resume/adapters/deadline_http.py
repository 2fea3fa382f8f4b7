"""One HTTP exchange with a node under one deadline, on httpcore, the layer of httpx that connects.

A library's timeout begins again with every byte (slowloris). Here every connection, handshake, read and
write gets what is left of the exchange's own time: all addresses of a name together, slowloris headers, "100
Continue" without end. What waits looks up now and then whether the answer is still wanted, so that a process
can end although a node hangs. The resolver's own time, which is the operator's, is not counted.

Nothing is sent twice, no redirect is followed, and a compressed answer is refused: its length says little.
"""

import base64
import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from typing import Any, Final
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

_GLANCE: Final = 0.25
"""Seconds between two looks whether the answer is still wanted."""

_IDLE_SECONDS: Final = 15.0
_CHUNK: Final = 16_384
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class NoAnswerError(Exception):
    """Why there is no answer; its text is safe to show."""


class Transport:
    """Posts JSON to one URL, from any number of threads.

    Args:
        url: http or https; a user name and password in it become basic authentication.
        connect_seconds: time limit for a connection.
        connections: how many there are at most.

    Raises:
        ValueError, httpx.InvalidURL: ``url`` is no http or https URL.
    """

    def __init__(self, url: str, connect_seconds: float, connections: int) -> None:
        parsed = httpx.URL(url)
        if parsed.scheme not in ("http", "https") or not parsed.host:
            raise ValueError("no http or https URL")
        self._url = httpcore.URL(
            scheme=parsed.raw_scheme, host=parsed.raw_host, port=parsed.port, target=parsed.raw_path
        )
        self._headers = [
            (b"Host", parsed.netloc),
            (b"User-Agent", b"verifiable-digital-resume"),
            (b"Accept-Encoding", b"identity"),
            (b"Content-Type", b"application/json"),
        ]
        if parsed.userinfo:
            user = base64.b64encode(f"{parsed.username}:{parsed.password}".encode())
            self._headers.append((b"Authorization", b"Basic " + user))
        self._connect_seconds = connect_seconds
        self._network = _Network()
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context() if parsed.scheme == "https" else None,
            proxy=_proxy_of(parsed),
            max_connections=connections,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=self._network,
        )

    def post(self, question: bytes, until: float, longest: int) -> bytes:
        """Return the body that the node answers.

        Args:
            question: what is posted.
            until: moment of the monotonic clock at which the whole answer has to be there.
            longest: most bytes that are read.

        Raises:
            NoAnswerError: late, too long, compressed, or not HTTP 200.
            httpcore.NetworkError, httpcore.ProtocolError, OSError: there is no connection, or no HTTP on it.
        """
        self._network.deadline.until = until
        limits = {"connect": self._connect_seconds, "pool": self._network.left()}
        request = httpcore.Request(
            "POST",
            self._url,
            headers=[*self._headers, (b"Content-Length", b"%d" % len(question))],
            content=question,
            extensions={"timeout": limits},
        )
        response = self._pool.handle_request(request)
        try:
            if response.status != 200:
                raise NoAnswerError(f"HTTP {response.status}")
            if any(name.lower() == b"content-encoding" for name, _ in response.headers):
                raise NoAnswerError("an answer compressed without being asked")
            answer = bytearray()
            for chunk in response.iter_stream():
                answer += chunk
                if len(answer) > longest:
                    raise NoAnswerError("an answer that is too long")
            return bytes(answer)
        finally:
            response.close()

    def close(self) -> None:
        """Ask nothing more; who waits is told within a moment."""
        self._network.closing.set()


class _Network(httpcore.NetworkBackend):
    """Connects within the deadline of the thread that asks."""

    def __init__(self) -> None:
        self.closing = threading.Event()
        self.deadline = threading.local()
        self._plain = httpcore.SyncBackend()

    def left(self, most: float | None = None) -> float:
        """Return the seconds that are left, at most so many."""
        left: float = self.deadline.until - time.monotonic()
        if left <= 0:
            raise NoAnswerError("an answer that takes too long")
        if self.closing.is_set():
            raise NoAnswerError("nobody waits for it any more")
        return left if most is None else min(left, most)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        until = time.monotonic() + self.left(timeout)
        failure: Exception = httpcore.ConnectTimeout()
        for address in dict.fromkeys(str(entry[4][0]) for entry in found):
            left = until - time.monotonic()
            if left <= 0:
                break
            try:
                return _Stream(
                    self._plain.connect_tcp(address, port, left, local_address, socket_options), self
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


class _Stream(httpcore.NetworkStream):
    """A connection whose every step is within the deadline of the thread that asks."""

    def __init__(self, stream: httpcore.NetworkStream, network: _Network) -> None:
        self._stream = stream
        self._network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout  # the deadline says how long
        while True:
            with contextlib.suppress(httpcore.ReadTimeout):
                return self._stream.read(max_bytes, self._network.left(_GLANCE))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        for start in range(0, len(buffer), _CHUNK):
            self._stream.write(buffer[start : start + _CHUNK], self._network.left())

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._network.left(timeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left), self._network)

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _proxy_of(url: httpx.URL) -> httpcore.Proxy | None:
    """Return the environment's proxy; none comes between us and our own child process."""
    named = getproxies()
    address = named.get(url.scheme) or named.get("all")
    if address is None or url.host in _LOOPBACK or proxy_bypass(url.host):
        return None
    proxy = httpx.Proxy(address)
    return httpcore.Proxy(str(proxy.url), auth=proxy.raw_auth, ssl_context=proxy.ssl_context)
