"""The guarded fetch: no way to an address that is not public, and every failure is one error."""

import http.server
import threading
import time
from collections.abc import Iterator
from typing import ClassVar

import pytest

from digital_resume.adapters.fetch import GuardedFetcher
from digital_resume.core.errors import SourceUnavailableError
from tests.unit.digital_resume.adapters.test_public_addresses import PRIVATE


@pytest.mark.parametrize("address", [address for address in PRIVATE if address])
def test_name_that_leads_to_such_an_address_is_refused(address: str) -> None:
    fetcher = GuardedFetcher(resolve=lambda host, port: [address])
    with pytest.raises(SourceUnavailableError, match="public"):
        fetcher.fetch("https://innocent.example/", accept="*/*", max_bytes=10)


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    fetcher = GuardedFetcher(resolve=lambda host, port: ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(SourceUnavailableError, match="public"):
        fetcher.fetch("https://innocent.example/", accept="*/*", max_bytes=10)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://localhost/",
        "https://localhost./",
    ],
)
def test_every_way_to_write_the_loopback_is_refused(url: str) -> None:
    with pytest.raises(SourceUnavailableError):
        GuardedFetcher(timeout=2).fetch(url, accept="*/*", max_bytes=10)


@pytest.mark.parametrize(
    "url",
    [
        "http://public.example/",
        "ftp://public.example/",
        "file:///etc/passwd",
        "gopher://public.example/",
        "https://user@public.example/",
        "https://user:pass@public.example/",
        "https://public.example\\@127.0.0.1/",
        "https://public.example:99999/",
        "https:///path",
        "https://",
        "//public.example",
        "",
        "https://[::1",
        "https://public.example/\r\nHost: x",
        "https://public.example/ x",
        "https://xn--한글.example/",
        "https://public.example/" + "x" * 2048,
    ],
)
def test_url_that_may_not_be_fetched_is_refused_before_any_look_up(url: str) -> None:
    def never(host: str, port: int) -> list[str]:
        raise AssertionError("it was looked up")

    with pytest.raises(SourceUnavailableError):
        GuardedFetcher(resolve=never).fetch(url, accept="*/*", max_bytes=10)


class Handler(http.server.BaseHTTPRequestHandler):
    hits: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.hits.append(f"{self.headers['Host']} {self.path}")
        bodies = {"/ok": b"hello", "/large": b"x" * 5000}
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "/ok")
            self.end_headers()
        elif self.path == "/slow":
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(300):
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.1)
            except OSError:
                pass
        elif self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(10_000):
                    self.wfile.write(b"x" * 1000)
            except OSError:
                pass
        elif self.path == "/gzip":
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
            self.end_headers()
        elif self.path in bodies:
            self.send_response(200)
            self.send_header("Content-Length", str(len(bodies[self.path])))
            self.end_headers()
            self.wfile.write(bodies[self.path])
        else:
            self.send_response(404)
            self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name in the base class
        pass


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_allowed_origin_is_fetched_by_its_own_name(origin: str) -> None:
    fetcher = GuardedFetcher(allowed_origins=[origin])
    assert fetcher.fetch(f"{origin}/ok", accept="text/plain", max_bytes=10) == b"hello"
    assert Handler.hits[-1] == f"{origin.removeprefix('http://')} /ok"


def test_other_port_of_an_allowed_host_is_not_allowed(origin: str) -> None:
    fetcher = GuardedFetcher(allowed_origins=[origin.rpartition(":")[0] + ":1"])
    with pytest.raises(SourceUnavailableError, match="https"):
        fetcher.fetch(f"{origin}/ok", accept="*/*", max_bytes=10)


@pytest.mark.parametrize("path", ["/redirect", "/large", "/endless", "/gzip", "/slow", "/missing"])
def test_answer_that_is_not_a_small_quick_document_is_refused(origin: str, path: str) -> None:
    fetcher = GuardedFetcher(allowed_origins=[origin], timeout=0.8)
    begun = time.monotonic()
    with pytest.raises(SourceUnavailableError):
        fetcher.fetch(origin + path, accept="*/*", max_bytes=100)
    assert time.monotonic() - begun < 15


def test_status_of_the_answer_is_told(origin: str) -> None:
    with pytest.raises(SourceUnavailableError) as caught:
        GuardedFetcher(allowed_origins=[origin]).fetch(f"{origin}/missing", accept="*/*", max_bytes=10)
    assert caught.value.context["status"] == 404


def test_connection_goes_to_the_address_that_was_checked(origin: str) -> None:
    port = int(origin.rpartition(":")[2])
    answers = iter([["127.0.0.1"], ["203.0.113.1"]])
    fetcher = GuardedFetcher(
        allowed_origins=[f"http://rebinding.example:{port}"], resolve=lambda host, p: next(answers)
    )
    assert fetcher.fetch(f"http://rebinding.example:{port}/ok", accept="*/*", max_bytes=10) == b"hello"


def test_proxy_of_the_environment_is_not_used(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    fetcher = GuardedFetcher(allowed_origins=[origin])
    assert fetcher.fetch(f"{origin}/ok", accept="*/*", max_bytes=10) == b"hello"
