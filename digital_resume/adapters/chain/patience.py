"""HTTP whose patience is for the whole of a thing: a time limit of ``requests`` begins anew with every byte.

Two phases, each with one limit, whatever the other end sends and however slowly:

1. the connection: all addresses of the name together, a proxy's answer and the TLS handshake;
2. the answer: status line, headers (also "100 Continue" without end) and body.

What waits looks up now and then whether it is still wanted, so that a process can end although a node hangs.
The resolver's own time, which is the operator's and not the node's, is not counted.
"""

import functools
import http.client
import io
import socket
import threading
import time
from typing import Any, Final

import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.connection import create_connection

_GLANCE: Final = 0.25
"""Seconds between two looks whether the answer is still wanted."""

_LONGEST: Final = 60.0
"""Patience where a caller names none."""


class PatientAdapter(HTTPAdapter):
    """A transport of ``requests`` that ends in time.

    Args:
        closing: when set, what waits gives up.
        connections: how many connections are kept.
    """

    def __init__(self, closing: threading.Event, connections: int) -> None:
        self._pools = _pools(closing)
        super().__init__(pool_maxsize=connections)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Return the pools of connections through a proxy."""
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager


class _Bytes(io.RawIOBase):
    """The bytes of an answer, as long as there is time and somebody wants them."""

    def __init__(self, sock: socket.socket, file: Any, until: float, closing: threading.Event) -> None:
        self._sock = sock
        self._file = file  # the socket stays open as long as this is
        self._until = until
        self._closing = closing

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            left = self._until - time.monotonic()
            if left <= 0:
                raise TimeoutError("The answer takes too long.")
            if self._closing.is_set():
                raise ConnectionAbortedError("Nobody waits for the answer any more.")
            self._sock.settimeout(min(left, _GLANCE))
            try:
                return self._sock.recv_into(buffer)
            except TimeoutError:
                continue

    def close(self) -> None:
        self._file.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(
        self, sock: socket.socket, *args: Any, until: float, closing: threading.Event, **kwargs: Any
    ) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Bytes(sock, self.fp, until, closing))


class _Patient(HTTPConnection):
    """A connection of which each phase has one time limit, its ``timeout`` at the phase's begin."""

    closing: threading.Event
    _until = 0.0

    def connect(self) -> None:
        self._begin()
        super().connect()

    def getresponse(self) -> Any:
        self._begin()
        return super().getresponse()

    def _begin(self) -> None:
        self._until = time.monotonic() + (_LONGEST if self.timeout is None else self.timeout)
        made = functools.partial(_Response, until=self._until, closing=self.closing)
        self.response_class = made  # type: ignore[assignment]  # is called, and never asked for its type

    def _left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0 or self.closing.is_set():
            raise TimeoutError("The connection takes too long.")
        return left

    def _new_conn(self) -> socket.socket:
        found = socket.getaddrinfo(self._dns_host.strip("[]"), self.port, type=socket.SOCK_STREAM)
        failure: OSError = OSError("The name has no address.")
        for address in dict.fromkeys(str(entry[4][0]) for entry in found):
            try:
                made = create_connection(
                    (address, self.port), self._left(), self.source_address, self.socket_options
                )
                made.settimeout(self._left())  # of a handshake, which keeps to it as a whole
            except OSError as error:
                failure = error
            else:
                return made
        raise failure

    def _tunnel(self) -> None:
        super()._tunnel()
        assert self.sock is not None
        self.sock.settimeout(self._left())


def _pools(event: threading.Event) -> dict[str, type[urllib3.HTTPConnectionPool]]:
    class Plain(_Patient):
        closing = event

    class Tls(_Patient, HTTPSConnection):
        closing = event

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = Plain

    class TlsPool(urllib3.HTTPSConnectionPool):
        ConnectionCls = Tls

    return {"http": PlainPool, "https": TlsPool}
