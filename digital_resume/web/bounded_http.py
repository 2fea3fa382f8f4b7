"""HTTP/1.1 of uvicorn, bounded: nothing that a client withholds or sends without end holds the service.

uvicorn's own protocol waits for ever for the rest of a head, keeps whatever a head holds, and takes as many
connections as there are file descriptors. This one adds, by ``ServerSettings``:

1. A head must have come whole within its time, in so many bytes and headers; a body within its time.
   What frames a body (sizes and extensions of chunks, trailers) has a bound of its own: it is neither head
   nor body, so that nothing else counts it.
2. One address has so many connections. A process has so many in all: beyond, of those whose request has not
   come whole, whoever has waited longest is disconnected, so that who sends at once gets in.
3. A client that stops reading its answer is disconnected.

It stands on the callbacks of ``httptools`` and on ``HttpToolsProtocol``'s of the same names, no more: ADR 37.
Every ``--http`` of uvicorn takes it: ``--http digital_resume.web.bounded_http:BoundedHttp``.
"""

import asyncio
import logging
from collections import Counter, OrderedDict
from http import HTTPStatus
from typing import Any, Final
from weakref import WeakKeyDictionary

import orjson
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from digital_resume.error_words import words_of
from digital_resume.web.client_address import Proxies, network_of
from digital_resume.web.refusal_log import note_refusal
from digital_resume.web.server_settings import ServerSettings

log = logging.getLogger(__name__)

#: Requests that a client may send ahead on one connection.
_PIPELINED: Final = 32
#: Framing that a chunk may have beside its data: its size, four ends of line, an extension of a few bytes.
_CHUNK_FRAMING: Final = 32
#: Least that a client must read of its answer, in bytes a second.
_LEAST_READ: Final = 1_024
_TELL_SECONDS: Final = 60.0


def _refusal(status: HTTPStatus, code: str, detail: str, *headers: str) -> bytes:
    words = words_of(code)
    problem = {
        "type": f"urn:vdr:problem:{code}",
        "title": words.title,
        "title_ko": words.title_ko,
        "status": status.value,
        "detail": detail,
        "detail_ko": words.ko,
        "code": code,
    }
    body = orjson.dumps(problem)
    lines = (
        f"HTTP/1.1 {status.value} {status.phrase}",
        "content-type: application/problem+json",
        f"content-length: {len(body)}",
        "cache-control: no-store",
        "connection: close",
        *headers,
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


_TOO_SLOW: Final = _refusal(
    HTTPStatus.REQUEST_TIMEOUT,
    "request_timeout",
    "The request did not arrive whole within its time. Send it again.",
)
_TOO_LARGE: Final = _refusal(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "head_too_large",
    "The request's address and headers are more than this service accepts. Send fewer or shorter ones.",
)
_BODY_TOO_LARGE: Final = _refusal(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "too_large",
    "The request's body, or the chunk extensions and trailers around it, are more than this service accepts. "
    "Send less, without extensions.",
)
_TOO_MANY: Final = _refusal(
    HTTPStatus.TOO_MANY_REQUESTS,
    "too_many_connections",
    "This address has more connections open than this service takes. Close some, and try again.",
    "retry-after: 5",
)
_FULL: Final = _refusal(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "server_full",
    "All connections of this service are in use. Nothing was done; try again in a moment.",
    "retry-after: 5",
)

#: Status and code of each, for the log.
_NAMES: Final = {
    _TOO_SLOW: (408, "request_timeout"),
    _TOO_LARGE: (431, "head_too_large"),
    _BODY_TOO_LARGE: (413, "too_large"),
    _TOO_MANY: (429, "too_many_connections"),
    _FULL: (503, "server_full"),
}


class _Shared:
    """What the connections of one server share."""

    def __init__(self) -> None:
        self.limits = ServerSettings()
        self.most = self.limits.most_connections()
        self.proxies: Proxies = self.limits.proxies()
        self.of_network: Counter[str] = Counter()
        self.open = 0
        #: Connections whose request has not come whole, the longest waiting first.
        self.waiting: OrderedDict[BoundedHttp, None] = OrderedDict()
        self._told = float("-inf")

    def tell(self, now: float, message: str) -> None:
        """Log what happens under attack, once a minute; no address in it."""
        if now - self._told > _TELL_SECONDS:
            self._told = now
            log.warning(message)


_SHARED: WeakKeyDictionary[ServerState, _Shared] = WeakKeyDictionary()


class BoundedHttp(HttpToolsProtocol):
    """One connection; arguments as uvicorn gives them."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        shared = _SHARED.get(server_state)
        if shared is None:
            shared = _SHARED[server_state] = _Shared()
        self._shared = shared
        self._limits = shared.limits
        self._network: str | None = None
        self._counted = False
        self._deadline: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._in_head = False
        self._in_body = False
        self._received = 0
        """Bytes that came since the last whole head or body; also where no head begins, as in empty lines."""
        self._body_received = self._body = self._chunks = 0
        """Bytes that came since a whole head, those of them that are the body, and the body's chunks."""
        self._bytes = self._count = 0
        """Size of the head, and number of its headers, as far as they are parsed."""
        self._too_large = False
        self._refused = False

    # --- connections -------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Take the connection, or refuse it at once."""
        self.transport = transport
        shared = self._shared
        shared.open += 1
        self._counted = True
        if (refusal := self._admit(transport)) is not None:
            self._refuse(refusal)
            return
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        shared = self._shared
        if self._counted:
            self._counted = False
            shared.open -= 1
        if self._network is not None:
            shared.of_network[self._network] -= 1
            if not shared.of_network[self._network]:
                del shared.of_network[self._network]
            self._network = None
        shared.waiting.pop(self, None)
        self._cancel_deadline()
        self._cancel_stall()
        super().connection_lost(exc)

    def _admit(self, transport: asyncio.Transport) -> bytes | None:
        shared = self._shared
        peer = transport.get_extra_info("peername")
        if isinstance(peer, tuple) and not shared.proxies.made(str(peer[0])):
            network = network_of(str(peer[0]))
            if shared.of_network[network] >= self._limits.connections_per_address:
                shared.tell(self.loop.time(), "One address opens more connections than it may: refused.")
                return _TOO_MANY
            shared.of_network[network] += 1
            self._network = network
        if shared.open > shared.most:
            shared.tell(self.loop.time(), "All connections are in use: those that only wait make room.")
            if not shared.waiting:
                return _FULL
            longest, _ = shared.waiting.popitem(last=False)
            longest.transport.abort()
        return None

    # --- what is received --------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Feed the parser, as long as the request is within its bounds."""
        if self._refused or self.transport.is_closing():
            return
        if not self._in_body:
            self._received += len(data)
            if self._deadline is None:
                self._wait_for_head()
        else:
            self._body_received += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._too_large or (not self._in_body and self._received > self._limits.request_head_bytes):
            self._refuse(_TOO_LARGE)
        elif self._in_body and self._body_is_too_large():
            self._refuse(_BODY_TOO_LARGE)
        if len(self.pipeline) > _PIPELINED:
            self.transport.abort()

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._in_head = True
        self._bytes = self._count = 0
        if self._deadline is None:
            self._wait_for_head()

    def on_url(self, url: bytes) -> None:
        """Take the address, or a part of it."""
        if self._fits(len(url)):
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header or trailer."""
        self._count += 1
        if self._fits(len(name) + len(value)) and self._count <= self._limits.request_headers:
            super().on_header(name, value)
        else:
            self._too_large = True

    def on_headers_complete(self) -> None:
        """Hand the request to the app, unless it is refused."""
        self._in_head = False
        self._received = 0
        if self._too_large:
            return
        self._in_body = True
        # What came of the body together with its head is not counted: one read of the socket, no more.
        self._body_received = self._body = self._chunks = 0
        self._set_deadline(self._limits.request_body_seconds)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._body += len(body)
        if not self._too_large:
            super().on_body(body)

    def on_chunk_header(self) -> None:
        """Count a chunk."""
        self._chunks += 1

    def on_message_complete(self) -> None:
        """End a request."""
        self._in_body = False
        self._cancel_deadline()
        self._shared.waiting.pop(self, None)
        if not self._too_large:
            super().on_message_complete()

    def _fits(self, more: int) -> bool:
        self._bytes += more
        if self._bytes > self._limits.request_head_bytes:
            self._too_large = True
        return not self._too_large

    def _body_is_too_large(self) -> bool:
        framing = self._limits.request_head_bytes + _CHUNK_FRAMING * self._chunks
        return (
            self._body_received > self._limits.request_body_bytes
            or self._body_received - self._body > framing
        )

    # --- time --------------------------------------------------------------------------------------------

    def _wait_for_head(self) -> None:
        self._shared.waiting[self] = None
        self._set_deadline(self._limits.request_head_seconds)

    def _set_deadline(self, seconds: float) -> None:
        self._cancel_deadline()
        self._deadline = self.loop.call_later(seconds, self._late)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _late(self) -> None:
        self._deadline = None
        if self.flow.read_paused:
            # It is not the client that keeps us waiting: an earlier request is still being answered.
            self._set_deadline(self._limits.request_head_seconds)
        elif self._in_head:
            self._refuse(_TOO_SLOW)
        else:
            self.transport.abort()

    # --- what is sent ------------------------------------------------------------------------------------

    def _refuse(self, answer: bytes) -> None:
        self._refused = True
        self._cancel_deadline()
        self._shared.waiting.pop(self, None)
        note_refusal({"method": "HTTP"}, *_NAMES[answer])
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            if not self._in_body or self.pipeline or cycle.response_started:
                # A request of this connection is being answered: the two would mix.
                self.transport.abort()
                return
            # The app still waits for this body: to it the client is gone, and what it sends goes nowhere.
            cycle.disconnected = True
            cycle.message_event.set()
        if not (self._in_body and cycle.response_complete):
            self.transport.write(answer)
        self._close()

    def _close(self) -> None:
        self.transport.close()
        self._watch_reading()

    def on_response_complete(self) -> None:
        """Wait for the next request, or for the client to read the end of this answer."""
        more = bool(self.pipeline)
        super().on_response_complete()
        if self.transport.is_closing():
            self._watch_reading()
        elif not more:
            self._shared.waiting[self] = None

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that brings no further request."""
        self._close()

    def pause_writing(self) -> None:
        """Begin to watch whether the client reads."""
        super().pause_writing()
        self._watch_reading()

    def resume_writing(self) -> None:
        """End it."""
        self._cancel_stall()
        super().resume_writing()

    def _watch_reading(self) -> None:
        self._cancel_stall()
        unread = self.transport.get_write_buffer_size()
        self._stall = self.loop.call_later(self._limits.stalled_seconds, self._look_at_reading, unread)

    def _look_at_reading(self, unread: int) -> None:
        self._stall = None
        left = self.transport.get_write_buffer_size()
        if unread - left < _LEAST_READ * self._limits.stalled_seconds:
            self.transport.abort()
        else:
            self._watch_reading()

    def _cancel_stall(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None
