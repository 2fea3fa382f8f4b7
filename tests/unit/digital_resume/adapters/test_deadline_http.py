"""Whatever a node sends and however slowly (slowloris): a question ends in time and leaves no thread."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.endpoint import Endpoint
from digital_resume.core.errors import SourceUnavailableError
from tests.fakes.raw_node import node, said

LIMIT = 1.0
QUESTION = ("eth_call", [{"to": "0x" + "11" * 20}, "0x1"])


def slowloris(text: bytes, first: bytes = b"") -> Callable[[socket.socket], None]:
    """Send the first at once, then the text without end, a byte every 0.2 seconds."""

    def answer(to: socket.socket) -> None:
        to.sendall(first)
        while True:
            for place in range(len(text)):
                to.sendall(text[place : place + 1])
                time.sleep(0.2)

    return answer


def flood(text: bytes, first: bytes = b"") -> Callable[[socket.socket], None]:
    """Send the first, then the text without end, as fast as it goes."""

    def answer(to: socket.socket) -> None:
        to.sendall(first)
        while True:
            to.sendall(text)

    return answer


OK = b"HTTP/1.1 200 OK\r\n"
SLOW = {
    "the status line": slowloris(b"HTTP/1.1 200 " + b"O" * 10_000),
    "a header": slowloris(b"X-Drop: 1", OK),
    "a header of one letter": slowloris(b"a", OK + b"Content-Length: 3\r\n"),
    "continue without end": flood(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "continue, byte by byte": slowloris(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "the length of a chunk": slowloris(b"0", OK + b"Transfer-Encoding: chunked\r\n\r\n"),
    "trailers": slowloris(b"a: b\r\n", OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\n{}\n\r\n0\r\n"),
    "the body": slowloris(b" ", OK + b"Content-Length: 9999\r\n\r\n"),
    "nothing": lambda _to: time.sleep(5),
}
TLS_RECORD = b"\x16\x03\x03\x40\x00"
SHAKES = {
    "nothing": lambda _to: time.sleep(5),
    "a record, byte by byte": slowloris(b"\x02", TLS_RECORD),
    "records, byte by byte": slowloris(b"\x16\x03\x03\x00\x01\x00"),
}


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """See that whoever waited for a node has ended."""
    yield
    until = time.monotonic() + 2 * LIMIT
    while any(thread.name.startswith("rpc ") for thread in threading.enumerate()):
        assert time.monotonic() < until, "a thread still waits for a node"
        time.sleep(0.02)


@pytest.mark.parametrize("what", SLOW)
def test_a_slow_or_endless_answer_ends_at_the_deadline(what: str) -> None:
    begun = time.monotonic()
    with node(SLOW[what]) as host, pytest.raises(SourceUnavailableError):
        Endpoint(f"http://{host}", None, LIMIT / 2, LIMIT / 2).ask("eth_chainId", [])
    assert time.monotonic() - begun < LIMIT + 1


@pytest.mark.parametrize("what", SHAKES)
def test_a_handshake_ends_at_the_deadline(what: str) -> None:
    begun = time.monotonic()
    with node(SHAKES[what]) as host, pytest.raises(SourceUnavailableError):
        Endpoint(f"https://{host}", None, LIMIT / 2, LIMIT / 2).ask("eth_chainId", [])
    assert time.monotonic() - begun < LIMIT + 1


def test_headers_without_end_end() -> None:
    begun = time.monotonic()
    with node(flood(b"X-More: 1\r\n", OK)) as host, pytest.raises(SourceUnavailableError):
        Endpoint(f"http://{host}", None, LIMIT / 2, LIMIT / 2).ask("eth_chainId", [])
    assert time.monotonic() - begun < LIMIT + 1


def test_many_addresses_share_one_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        waiting = []
        for _ in range(4):  # the queue is full, and whoever comes is let wait
            waiting.append(socket.socket())
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex(address)
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{n}", 0)) for n in range(1, 7)]
        truly = socket.getaddrinfo

        def many(host: str, port: int, *args: int, **kwargs: int) -> object:
            if host == "node.test":
                return found
            return truly("127.0.0.1", port, *args, **kwargs)

        monkeypatch.setattr(socket, "getaddrinfo", many)
        begun = time.monotonic()
        endpoint = Endpoint(f"http://node.test:{address[1]}", None, LIMIT / 2, LIMIT / 2)
        with pytest.raises(SourceUnavailableError):
            endpoint.ask("eth_chainId", [])
        assert LIMIT / 4 < time.monotonic() - begun < LIMIT + 1
        for end in waiting:
            end.close()


def test_two_slowloris_nodes_hold_a_quorum_no_longer_than_its_deadline() -> None:
    begun = time.monotonic()
    with node(SLOW["a header"]) as one, node(SLOW["the status line"]) as other:
        client = ChainClient(
            [f"http://{one}", f"http://{other}"],
            quorum=2,
            connect_seconds=LIMIT / 2,
            read_seconds=LIMIT / 2,
        )
        with pytest.raises(SourceUnavailableError):
            client.request(*QUESTION)
    assert time.monotonic() - begun < LIMIT + 1


def test_a_slow_answer_before_the_deadline_is_taken() -> None:
    whole = b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"result":"0x7"}'

    def pieces(to: socket.socket) -> None:
        for place in range(0, len(whole), 8):
            to.sendall(whole[place : place + 8])
            time.sleep(0.1)

    with node(pieces) as host:
        assert Endpoint(f"http://{host}", None, 1, 3).ask("eth_chainId", []) == "0x7"


def test_whoever_waits_is_told_when_the_client_is_closed() -> None:
    with node(SLOW["a header"]) as host:
        endpoint = Endpoint(f"http://{host}", None, 30, 30)
        threading.Timer(0.5, endpoint.close).start()
        begun = time.monotonic()
        with pytest.raises(SourceUnavailableError):
            endpoint.ask("eth_chainId", [])
        assert time.monotonic() - begun < 2
        with pytest.raises(SourceUnavailableError):
            endpoint.ask("eth_chainId", [])
    assert time.monotonic() - begun < 2


def test_more_questions_than_turns_are_answered_in_turn() -> None:
    def slowly(to: socket.socket) -> None:
        time.sleep(0.01)
        said({"result": "0x7"})(to)

    with node(slowly) as host:
        endpoint = Endpoint(f"http://{host}", None, 2, 2)
        answers = [endpoint.ask_aside("eth_chainId", [], None) for _ in range(60)]
        assert [answer.result(10) for answer in answers] == ["0x7"] * 60
