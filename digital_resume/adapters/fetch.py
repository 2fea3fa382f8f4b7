"""A guarded HTTP GET as the domain's ``Fetcher`` port.

What a verifier or issuer fetches is named by other people, so a URL is hostile input (server-side
request forgery). Therefore: https only, except origins on the allow-list; the name is resolved once,
every address must be public, and the connection goes to an address that was checked (no second
look-up that could answer differently); no redirects, no proxies of the environment, no compressed
bodies; size and total time are bounded. A read timeout restarts with every byte (slowloris), so each
fetch runs in a thread of its own and is cut off at its deadline. Whatever goes wrong is one
``SourceUnavailableError``.
"""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import httpx

from digital_resume.adapters.public_addresses import is_public_address
from digital_resume.core.errors import SourceUnavailableError

_THREADS = 32


def resolve_host(host: str, port: int) -> list[str]:
    """Return every address of ``host``; the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(item[4][0]) for item in found))


class _Line:
    """The connections of one fetch, which another thread can cut."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: list[socket.socket] = []
        self._over = False

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Keep hold of every connection as soon as it stands, before TLS takes its socket away."""
        if event != "connection.connect_tcp.complete":
            return
        connected = info["return_value"].get_extra_info("socket")
        end = socket.socket(fileno=os.dup(connected.fileno()))
        with self._lock:
            self._ends.append(end)
            over = self._over
        if over:
            self.cut()

    def cut(self) -> None:
        """Break the connections: whoever reads from them reads no further."""
        with self._lock:
            self._over = True
            ends = list(self._ends)
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the connections."""
        with self._lock:
            ends, self._ends = self._ends, []
        for end in ends:
            end.close()


class GuardedFetcher:
    """Fetches public documents.

    Args:
        allowed_origins: origins (``http://localhost:8001``) that may be plain HTTP and any address:
            the deployment's own, in development.
        timeout: seconds for the whole fetch.
        resolve: resolver; the system's by default.
    """

    def __init__(
        self,
        *,
        allowed_origins: Iterable[str] = (),
        timeout: float = 5.0,
        resolve: Callable[[str, int], list[str]] = resolve_host,
    ) -> None:
        self._allowed = frozenset(_origin(url) for url in allowed_origins)
        self._timeout = timeout
        self._resolve = resolve
        self._client = httpx.Client(
            timeout=httpx.Timeout(timeout, connect=min(timeout, 3.0)),
            follow_redirects=False,
            trust_env=False,
            # A connection is one fetch's own, so that cutting it off harms no other.
            limits=httpx.Limits(max_connections=_THREADS, max_keepalive_connections=0),
        )
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="fetch")

    def close(self) -> None:
        """Take no more fetches."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> bytes:
        """Return the body behind ``url``.

        Args:
            url: absolute URL.
            accept: value of the ``Accept`` header.
            max_bytes: largest body that is taken.

        Raises:
            SourceUnavailableError: not reachable, not allowed, too large or too slow.
        """
        line = _Line()
        deadline = time.monotonic() + self._timeout
        work = self._threads.submit(
            self._fetch, url, accept=accept, max_bytes=max_bytes, deadline=deadline, line=line
        )
        try:
            return work.result(self._timeout)
        except TimeoutError:
            work.cancel()
            line.cut()
            raise _unavailable("The server is too slow.") from None

    def _fetch(self, url: str, *, accept: str, max_bytes: int, deadline: float, line: _Line) -> bytes:
        try:
            return self._fetch_from_any(url, accept=accept, max_bytes=max_bytes, deadline=deadline, line=line)
        finally:
            line.close()

    def _fetch_from_any(
        self, url: str, *, accept: str, max_bytes: int, deadline: float, line: _Line
    ) -> bytes:
        host, port, addresses = self._checked(url)
        failure: Exception | None = None
        for address in addresses[:4]:
            try:
                return self._get(
                    url,
                    (host, port, address),
                    accept=accept,
                    max_bytes=max_bytes,
                    deadline=deadline,
                    line=line,
                )
            except httpx.ConnectError as error:
                failure = error
            except httpx.HTTPError:
                raise _unavailable("The server did not answer properly in time.", host) from None
        raise _unavailable("The server cannot be reached.", host) from failure

    def _checked(self, url: str) -> tuple[str, int, list[str]]:
        if len(url) > 2048 or any(ord(character) <= 0x20 or ord(character) > 0x7E for character in url):
            raise _unavailable("The URL is not one that may be fetched.")
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").rstrip(".")
            port = parts.port or (443 if parts.scheme == "https" else 80)
            userinfo = parts.username is not None or parts.password is not None
        except ValueError:
            raise _unavailable("The URL cannot be parsed.") from None
        if parts.scheme not in {"http", "https"} or not host or userinfo or "\\" in url:
            raise _unavailable("The URL is not one that may be fetched.")
        allowed = _origin(url) in self._allowed
        if parts.scheme != "https" and not allowed:
            raise _unavailable("Only https is fetched.", host)
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError):
            raise _unavailable("The name does not resolve.", host) from None
        if not addresses:
            raise _unavailable("The name does not resolve.", host)
        if not allowed and not all(is_public_address(address) for address in addresses):
            raise _unavailable("The address is not on the public internet.", host)
        return host, port, addresses

    def _get(
        self,
        url: str,
        target: tuple[str, int, str],
        *,
        accept: str,
        max_bytes: int,
        deadline: float,
        line: _Line,
    ) -> bytes:
        if time.monotonic() > deadline:
            raise _unavailable("The server is too slow.", target[0])
        host, port, address = target
        parts = urlsplit(url)
        literal = f"[{address}]" if ":" in address else address
        pinned = parts._replace(netloc=f"{literal}:{port}", fragment="").geturl()
        request = self._client.build_request(
            "GET",
            pinned,
            headers={
                "Host": parts.netloc,
                "Accept": accept,
                "Accept-Encoding": "identity",
                "User-Agent": "verifiable-digital-resume/0.1",
            },
            # TLS asks for, and checks the certificate of, the name and not the address.
            extensions={"sni_hostname": host, "trace": line.trace},
        )
        response = self._client.send(request, stream=True)
        try:
            if response.status_code != 200:
                raise _unavailable(
                    f"The server answered {response.status_code}.", host, status=response.status_code
                )
            if response.headers.get("content-encoding", "identity").lower() != "identity":
                raise _unavailable("The server answered compressed without being asked.", host)
            declared = response.headers.get("content-length", "0")
            if not declared.isdigit() or int(declared) > max_bytes:
                raise _unavailable(f"The document is larger than {max_bytes} bytes.", host)
            return _read_bounded(response, host, max_bytes, deadline)
        finally:
            response.close()


def _read_bounded(response: httpx.Response, host: str, max_bytes: int, deadline: float) -> bytes:
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > max_bytes:
            raise _unavailable(f"The document is larger than {max_bytes} bytes.", host)
        if time.monotonic() > deadline:
            raise _unavailable("The server is too slow.", host)
    return bytes(body)


def _origin(url: str) -> tuple[str, str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return ("", "", 0)
    return (parts.scheme, (parts.hostname or "").rstrip("."), port)


def _unavailable(reason: str, host: str | None = None, **context: Any) -> SourceUnavailableError:
    if host:
        context["host"] = host[:255]
    return SourceUnavailableError(f"A document could not be fetched. {reason}", **context)
