"""A fetch ends when its time is over, however slowly the server speaks."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from digital_resume.adapters.fetch import GuardedFetcher
from digital_resume.core.errors import SourceUnavailableError

#: What comes at once, and what comes one byte at a time.
SLOWLORIS = {
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X-Padding: " + b"x" * 400),
    "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n", b"x" * 400),
}


@pytest.fixture(params=SLOWLORIS)
def slowloris(request: pytest.FixtureRequest) -> Iterator[str]:
    """Serve an answer one byte at a time, each well within a read's own timeout."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def serve() -> None:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            connection.recv(4096)
            head, tail = SLOWLORIS[request.param]
            try:
                connection.sendall(head)
                for byte in tail:
                    if ended.wait(0.05):
                        return
                    connection.sendall(bytes([byte]))
            except OSError:
                return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    ended.set()
    listener.close()
    thread.join(5)


def test_a_slowloris_server_is_given_up_in_time(slowloris: str) -> None:
    fetcher = GuardedFetcher(allowed_origins=[slowloris], timeout=0.5)
    began = time.monotonic()
    with pytest.raises(SourceUnavailableError):
        fetcher.fetch(f"{slowloris}/list", accept="*/*", max_bytes=1000)
    assert time.monotonic() - began < 10
    fetcher.close()


def test_a_resolver_that_hangs_is_given_up_in_time() -> None:
    release = threading.Event()

    def resolve(_host: str, _port: int) -> list[str]:
        release.wait(30)
        return ["192.0.2.1"]

    fetcher = GuardedFetcher(timeout=0.3, resolve=resolve)
    began = time.monotonic()
    with pytest.raises(SourceUnavailableError):
        fetcher.fetch("https://slow.example/", accept="*/*", max_bytes=1000)
    assert time.monotonic() - began < 10
    release.set()
    fetcher.close()
