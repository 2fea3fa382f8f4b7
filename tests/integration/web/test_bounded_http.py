"""Nothing that a client withholds, or sends without end, holds a service; over real sockets."""

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import uvicorn

from digital_resume.local.host import free_port
from digital_resume.web.serving import HARDENED

pytestmark = pytest.mark.integration

LARGE = b"x" * 64_000_000


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer a request's size and headers.

    ``/early`` before its body, ``/large`` with more than any buffer holds, ``/slow`` late.
    """
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    body = b""
    while scope["path"] != "/early":
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message["body"]
        if not message["more_body"]:
            break
    if scope["path"] == "/slow":
        await asyncio.sleep(2)
    answer = LARGE if scope["path"] == "/large" else f"{len(body)} {len(scope['headers'])}".encode()
    headers = [(b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


Serve = Callable[..., int]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Give a starter of servers with limits; returns the port."""
    with contextlib.ExitStack() as stack:

        def start(**limits: object) -> int:
            for name, value in limits.items():
                monkeypatch.setenv(name.upper(), str(value))
            port = free_port()
            server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", **HARDENED))
            thread = threading.Thread(target=server.run, daemon=True)
            thread.start()

            def stop() -> None:
                server.should_exit = server.force_exit = True
                thread.join(30)

            stack.callback(stop)
            while not server.started:
                time.sleep(0.01)
            assert get(port) == "0 5"  # the limits are read now
            return port

        yield start


def get(port: int, path: str = "/") -> str:
    return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=20, trust_env=False).text


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def rest(client: socket.socket) -> bytes:
    """Return all that comes until the server closes."""
    found = b""
    with contextlib.suppress(ConnectionError):
        while more := client.recv(65_536):
            found += more
    return found


def seconds_until_closed(client: socket.socket) -> float:
    begun = time.monotonic()
    rest(client)
    return time.monotonic() - begun


def test_honest_requests_are_served_one_after_the_other_on_one_connection(serve: Serve) -> None:
    port = serve(request_head_seconds=0.5, request_body_seconds=0.5)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        for _ in range(3):
            assert client.post("/", content=b"b" * 300_000).text.startswith("300000 ")
            time.sleep(0.6)  # idle, for longer than a head may take
            assert client.get("/slow").text.startswith("0 ")


def test_requests_sent_ahead_are_answered_in_order(serve: Serve) -> None:
    port = serve()
    with connect(port) as client:
        client.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc" * 3)
        client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        assert rest(client).count(b"HTTP/1.1 200") == 4


def test_a_head_that_never_ends_is_refused_in_time(serve: Serve) -> None:
    port = serve(request_head_seconds=1)
    for sent in (b"GET / HT", b"GET / HTTP/1.1\r\nhost: x\r\nx-more: "):
        with connect(port) as client:
            client.sendall(sent)
            begun = time.monotonic()
            answer = rest(client)
            assert 0.5 < time.monotonic() - begun < 6
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 408 ")
        assert json.loads(body)["code"] == "request_timeout"
        assert json.loads(body)["detail_ko"]


@pytest.mark.parametrize("drop", [b"a", b"\r\n"], ids=["of a header", "of empty lines"])
def test_a_slowloris_head_gets_no_more_time(serve: Serve, drop: bytes) -> None:
    port = serve(request_head_seconds=1)
    begun = time.monotonic()
    with connect(port) as client, contextlib.suppress(ConnectionError):
        if drop == b"a":
            client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nx-more: ")
        while time.monotonic() - begun < 10:
            client.sendall(drop)
            time.sleep(0.1)
    assert time.monotonic() - begun < 6


def test_who_connects_and_says_nothing_is_disconnected(serve: Serve) -> None:
    port = serve(request_head_seconds=1)
    with connect(port) as client:
        assert seconds_until_closed(client) < 6


def test_the_next_request_of_a_connection_has_no_more_time(serve: Serve) -> None:
    port = serve(request_head_seconds=1)
    with connect(port) as client:
        client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\nGET / HTT")
        begun = time.monotonic()
        answer = rest(client)
        assert time.monotonic() - begun < 6
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 408 " in answer


def test_a_body_that_never_ends_is_cut_off(serve: Serve) -> None:
    port = serve(request_body_seconds=1)
    with connect(port) as client:
        client.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nabc")
        assert seconds_until_closed(client) < 6
    with connect(port) as client:
        client.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n1;ext=")
        begun = time.monotonic()
        with contextlib.suppress(ConnectionError):
            while time.monotonic() - begun < 10:
                client.sendall(b"e")
                time.sleep(0.05)
        assert time.monotonic() - begun < 6


TOO_LARGE = {
    "address": b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
    "one header": b"GET / HTTP/1.1\r\nhost: x\r\nx-one: " + b"a" * 40_000 + b"\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\nhost: x\r\n" + b"x-many: b\r\n" * 200 + b"\r\n",
    "together": b"GET / HTTP/1.1\r\n"
    + b"".join(b"x-%d: %b\r\n" % (n, b"a" * 1_000) for n in range(60))
    + b"\r\n",
}


@pytest.mark.parametrize("head", TOO_LARGE.values(), ids=TOO_LARGE)
def test_a_head_that_is_too_large_is_refused_and_reaches_no_app(serve: Serve, head: bytes) -> None:
    port = serve()
    refusals = []
    for _ in range(5):
        with connect(port) as client:
            with contextlib.suppress(ConnectionError):
                client.sendall(head)
            refusals.append(rest(client))
    # What was sent and not read may reset a connection before the refusal is read, not every time.
    assert {answer.partition(b"\r\n")[0] for answer in refusals} - {b""} == {
        b"HTTP/1.1 431 Request Header Fields Too Large"
    }
    assert get(port) == "0 5"


def test_a_second_head_that_is_too_large_is_refused_after_the_first_was_answered(serve: Serve) -> None:
    port = serve()
    with connect(port) as client:
        client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert client.recv(65_536).startswith(b"HTTP/1.1 200 ")
        with contextlib.suppress(ConnectionError):
            client.sendall(b"GET / HTTP/1.1\r\nx: " + b"a" * 200_000 + b"\r\n\r\n")
        assert b"HTTP/1.1 200" not in rest(client)


def test_headers_without_end_cost_no_memory(serve: Serve) -> None:
    port = serve(request_head_seconds=30)
    sent = 0
    with connect(port) as client, contextlib.suppress(ConnectionError):
        client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n")
        while sent < 50_000_000:
            client.sendall(b"x-more: " + b"a" * 4_000 + b"\r\n")
            sent += 4_010
    assert sent < 20_000_000, "as much as buffers on the way take"


def test_trailers_count_as_headers(serve: Serve) -> None:
    port = serve(request_body_seconds=30)
    sent = 0
    with connect(port) as client, contextlib.suppress(ConnectionError):
        client.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n")
        while sent < 50_000_000:
            client.sendall(b"x-more: " + b"a" * 4_000 + b"\r\n")
            sent += 4_010
    assert sent < 20_000_000


CHUNKED = b"POST %b HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
EXTENDED = b"1;" + b"a" * 65_000 + b"\r\nb\r\n"
ENDLESS = {
    "one extension": (b"1;", b"a" * 65_536),
    "extensions": (b"", EXTENDED),
    "short extensions": (b"", (b"1;" + b"a" * 40 + b"\r\nb\r\n") * 1_000),
    "size": (b"", b"0" * 65_536),
    "one trailer": (b"0\r\nx-more: ", b"a" * 65_536),
    "name of a trailer": (b"0\r\n", b"a" * 65_536),
    "trailers": (b"0\r\n", b"x: y\r\n" * 10_000),
    "bytes": (b"", b"10000\r\n" + b"a" * 65_536 + b"\r\n"),
}


def flood(client: socket.socket, more: bytes, most: int) -> tuple[int, bytes]:
    """Send ``more`` without end; return how much was sent when the server closed, and its answer."""
    sent = 0
    with contextlib.suppress(ConnectionError):
        while sent < most:
            client.sendall(more)
            sent += len(more)
    return sent, rest(client) if sent < most else b""


@pytest.mark.parametrize(("begin", "more"), ENDLESS.values(), ids=ENDLESS)
@pytest.mark.parametrize("path", [b"/", b"/early"])
def test_a_body_has_a_bound_in_bytes_whatever_frames_it(
    serve: Serve, begin: bytes, more: bytes, path: bytes
) -> None:
    port = serve(request_body_bytes=1_000_000, request_body_seconds=60)
    with connect(port) as client:
        client.sendall(CHUNKED % path + begin)
        sent, answer = flood(client, more, 80_000_000)
    assert sent < 20_000_000, "as much as buffers on the way take"
    # What was sent and not read may reset a connection before the answer is read. An app that answers
    # early may have done so by then, or not.
    assert answer[:10] in {b"", b"HTTP/1.1 4"} | ({b"HTTP/1.1 2"} if path == b"/early" else set())
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert get(port) == "0 5"


@pytest.mark.parametrize(
    "begin", [b"", b"GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"]
)
def test_bytes_that_belong_to_no_request_have_a_bound(serve: Serve, begin: bytes) -> None:
    port = serve(request_head_seconds=60)
    with connect(port) as client:
        client.sendall(begin)
        sent, _ = flood(client, b"\r\n" * 32_768, 80_000_000)
    assert sent < 20_000_000, "as much as buffers on the way take"
    assert get(port) == "0 5"


def test_a_body_whose_framing_is_too_much_is_refused_in_words_and_reaches_no_app(serve: Serve) -> None:
    port = serve()
    with connect(port) as client:
        client.sendall(CHUNKED % b"/")
        assert get(port) == "0 5"  # the head was read by itself
        client.sendall(b"1;" + b"a" * 32_766)
        assert get(port) == "0 5"
        client.sendall(b"a")  # read whole, so that nothing resets the connection
        head, _, body = rest(client).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 413 ")
    assert json.loads(body)["code"] == "too_large"
    assert json.loads(body)["detail_ko"]


def test_honest_chunks_of_any_size_are_served(serve: Serve) -> None:
    port = serve()
    for size, count in ((1, 300_000), (3, 100_000), (70_000, 30), (1_000_000, 2)):
        chunk = b"%x\r\n" % size + b"a" * size + b"\r\n"
        extended = b"%08x;n=1\r\n" % size + b"a" * size + b"\r\n"
        with connect(port) as client:
            for one in (chunk, extended):
                client.sendall(CHUNKED % b"/" + one * count + b"0\r\nx-sum: 1\r\n\r\n")
            client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            assert rest(client).count(b"\r\n\r\n%d " % (size * count)) == 2


def test_many_requests_sent_ahead_end_the_connection(serve: Serve) -> None:
    port = serve()
    with connect(port) as client:
        with contextlib.suppress(ConnectionError):
            client.sendall(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n" * 500)
        assert rest(client).count(b"HTTP/1.1 200") <= 1


def test_one_address_has_so_many_connections(serve: Serve) -> None:
    port = serve(connections_per_address=10, request_head_seconds=30)
    held = [connect(port) for _ in range(10)]
    with connect(port) as one_more:
        answer = rest(one_more)
    assert answer.startswith(b"HTTP/1.1 429 ")
    assert b"retry-after: 5" in answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "too_many_connections"
    for client in held[:3]:
        client.close()
    time.sleep(0.3)
    assert get(port) == "0 5"
    for client in held:
        client.close()


def test_a_proxys_connections_are_not_counted(serve: Serve) -> None:
    port = serve(connections_per_address=3, trusted_proxy_hops=1, trusted_proxies="127.0.0.0/8")
    held = [connect(port) for _ in range(12)]
    assert get(port) == "0 5"
    for client in held:
        client.close()


def test_when_all_connections_are_taken_who_waited_longest_makes_room(serve: Serve) -> None:
    port = serve(max_connections=20, connections_per_address=100, request_head_seconds=60)
    held = [connect(port) for _ in range(60)]
    begun = time.monotonic()
    for _ in range(5):
        assert get(port) == "0 5"
    assert time.monotonic() - begun < 10
    closed = 0
    for client in held:
        client.settimeout(0.05)
        try:
            closed += client.recv(1) == b""
        except TimeoutError:
            pass
        except ConnectionError:
            closed += 1
        client.close()
    assert closed >= 40


def test_connections_whose_request_is_answered_make_no_room(serve: Serve) -> None:
    port = serve(max_connections=4, connections_per_address=100)
    busy = [connect(port) for _ in range(4)]
    for client in busy:
        client.sendall(b"GET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    time.sleep(0.5)
    with connect(port) as one_more:
        assert rest(one_more).startswith(b"HTTP/1.1 503 ")
    assert all(rest(client).startswith(b"HTTP/1.1 200 ") for client in busy)


def test_who_does_not_read_the_answer_is_disconnected(serve: Serve) -> None:
    port = serve(stalled_seconds=1)
    with connect(port) as client:
        client.sendall(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n")
        time.sleep(4)
        assert len(rest(client)) < len(LARGE)


def test_who_reads_slowly_is_served(serve: Serve) -> None:
    port = serve(stalled_seconds=1)
    a_second = 20_000_000
    with connect(port) as client:
        client.sendall(b"GET /large HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        read, begun = 0, time.monotonic()
        while more := client.recv(1_000_000):
            read += len(more)
            time.sleep(max(0.0, begun + read / a_second - time.monotonic()))
    assert read > len(LARGE)
    assert time.monotonic() - begun > 3, "three times as long as a client may pause"
