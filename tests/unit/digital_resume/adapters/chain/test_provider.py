"""What web3 would do by itself with a node's words, and does not do here: follow, look up, repeat."""

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from eth_abi.abi import encode

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.errors import RpcDisagreementError, RpcError
from digital_resume.adapters.chain.evm import Web3Exception
from digital_resume.adapters.chain.submitter import find_receipt, suggest_fees
from digital_resume.adapters.chain.views import logs, read
from digital_resume.core.errors import SourceUnavailableError
from tests.fakes.raw_node import node, said

REGISTRY = "0x" + "11" * 20
ISSUER = bytes(32)


@contextmanager
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """Listen for whoever comes by, answer nothing useful, and keep what was said."""
    heard: list[bytes] = []

    def note(to: socket.socket) -> None:
        heard.append(b"somebody came")
        to.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")

    with node(note) as host:
        yield f"http://{host}", heard


@contextmanager
def scripted(answer: Callable[[str], object]) -> Iterator[tuple[ChainClient, list[str]]]:
    """Serve a node that answers each method as told, and give a client of it with what it was asked."""
    asked: list[str] = []
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as lines:
                length = 0
                while (line := lines.readline().strip().lower()) != b"":
                    if line.startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                method = json.loads(lines.read(length))["method"]
                asked.append(method)
                body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": answer(method)}).encode()
                head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
                connection.sendall(head + body)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield ChainClient([f"http://127.0.0.1:{server.getsockname()[1]}"]), asked
    finally:
        server.close()


def test_a_url_that_a_revert_names_is_not_fetched() -> None:
    """EIP-3668: ``OffchainLookup`` asks its reader to fetch a URL, and web3 does unless it is told not to."""
    with listener() as (url, heard):
        lookup = encode(
            ["address", "string[]", "bytes", "bytes4", "bytes"],
            [REGISTRY, [f"{url}/{{sender}}/{{data}}"], b"", b"1234", b""],
        )
        error = {"code": 3, "message": "execution reverted", "data": "0x556f1830" + lookup.hex()}
        with node(said({"error": error})) as host:
            registry = ChainClient([f"http://{host}"]).contract("IssuerRegistry", REGISTRY)
            with pytest.raises(RpcError):
                read(registry.functions.getIssuer(ISSUER))
            with pytest.raises(RpcError):
                registry.functions.getIssuer(ISSUER).estimate_gas()
    assert heard == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with listener() as (url, heard):

        def elsewhere(to: socket.socket) -> None:
            to.sendall(f"HTTP/1.1 {status} Go\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n".encode())

        with node(elsewhere) as host, pytest.raises(SourceUnavailableError, match=f"HTTP {status}"):
            ChainClient([f"http://{host}"]).request("eth_chainId")
    assert heard == []


def test_a_name_in_the_place_of_an_address_is_looked_up_nowhere() -> None:
    with scripted(lambda _method: "0x") as (client, asked):
        registry = client.contract("IssuerRegistry", REGISTRY)
        with pytest.raises((Web3Exception, AttributeError)):
            registry.functions.authorizeAnchorer(ISSUER, "somebody.eth").call()
        with pytest.raises(ValueError, match="somebody"):
            client.contract("IssuerRegistry", "somebody.eth")
    assert asked == []


def test_a_transaction_is_offered_once() -> None:
    with scripted(lambda _method: None) as (client, asked), pytest.raises(SourceUnavailableError):
        client.web3.eth.send_raw_transaction(b"\x02\x01")
    assert asked == ["eth_sendRawTransaction"]


@pytest.mark.parametrize("answer", ["-0x1", "0x_1", "1", "0x", None, 1, "many", {"a": 1}, ["0x1"]])
def test_what_is_no_number_is_none_for_web3_either(answer: object) -> None:
    with scripted(lambda _method: answer) as (client, _):
        eth = client.web3.eth
        for ask in (
            lambda: eth.chain_id,
            lambda: eth.get_transaction_count(client.web3.to_checksum_address(REGISTRY)),
            lambda: eth.get_balance(client.web3.to_checksum_address(REGISTRY)),
            lambda: eth.estimate_gas({"to": client.web3.to_checksum_address(REGISTRY)}),
            lambda: eth.max_priority_fee,
        ):
            with pytest.raises(SourceUnavailableError):
                ask()


@pytest.mark.parametrize(
    "answer", ["0x12", "12", "0xzz", 7, None, {}, [], "0x" + "ff" * 800, "0x" + "00" * 31 + "20"]
)
def test_what_no_view_answers_is_no_answer(answer: object) -> None:
    with scripted(lambda _method: answer) as (client, asked):
        registry = client.contract("IssuerRegistry", REGISTRY)
        with pytest.raises(SourceUnavailableError):
            read(registry.functions.getIssuer(ISSUER), block=1)
    assert set(asked) <= {"eth_call", "eth_getCode"}


@pytest.mark.parametrize(
    "answer",
    [
        7,
        "0x1",
        [],
        {},
        {"blockHash": "0x12", "status": "0x1", "gasUsed": "0x1"},
        {"blockHash": "0x" + "12" * 32, "status": "yes", "gasUsed": "0x1"},
        {"blockHash": "0x" + "12" * 32, "status": "0x1", "gasUsed": "0x1", "contractAddress": "nobody"},
        {"blockHash": "0x" + "12" * 32, "status": "0x1", "gasUsed": "0x1", "logs": [{"topics": 7}]},
    ],
)
def test_what_is_no_receipt_is_no_answer(answer: object) -> None:
    with scripted(lambda _method: answer) as (client, _), pytest.raises(SourceUnavailableError):
        find_receipt(client, "0x" + "ab" * 32, 0)


@pytest.mark.parametrize("answer", [7, None, "0x", [7], [None], [{}], {"a": 1}, [[["0x"]]]])
def test_what_are_no_logs_are_no_answer(answer: object) -> None:
    with scripted(lambda _method: answer) as (client, _), pytest.raises(SourceUnavailableError):
        list(logs(client, client.contract("IssuerRegistry", REGISTRY).events.NamesChanged, 0, 1))


def test_a_senseless_price_is_refused() -> None:
    block = {
        "number": "0x1",
        "hash": "0x12",
        "parentHash": "0x11",
        "timestamp": "0x1",
        "baseFeePerGas": "0x7",
    }
    answers = {"eth_getBlockByNumber": block, "eth_maxPriorityFeePerGas": hex(10**18)}
    with scripted(answers.get) as (client, _), pytest.raises(SourceUnavailableError) as caught:
        suggest_fees(client)
    assert caught.value.code == "senseless_price"


def test_each_question_of_a_batch_is_decided_by_itself() -> None:
    with node(said({"result": "0x7"})) as one, node(said({"result": "0x7"})) as other:
        client = ChainClient([f"http://{one}", f"http://{other}"], quorum=2)
        with client.web3.batch_requests() as batch:
            batch.add(client.web3.eth.get_balance(client.web3.to_checksum_address(REGISTRY), 1))
            batch.add(client.web3.eth.get_transaction_count(client.web3.to_checksum_address(REGISTRY), 1))
            assert batch.execute() == [7, 7]
    with node(said({"result": "0x7"})) as one, node(said({"result": "0x8"})) as other:
        client = ChainClient([f"http://{one}", f"http://{other}"], quorum=2)
        with client.web3.batch_requests() as batch:
            batch.add(client.web3.eth.get_balance(client.web3.to_checksum_address(REGISTRY), 1))
            with pytest.raises(RpcDisagreementError):
                batch.execute()


def test_a_compressed_answer_is_refused() -> None:
    body = gzip.compress(b'{"jsonrpc":"2.0","id":1,"result":"0x' + b"0" * 1_000_000 + b'1"}')

    def squeezed(to: socket.socket) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
        to.sendall(head.encode() + body)

    with node(squeezed) as host, pytest.raises(SourceUnavailableError, match="compressed"):
        ChainClient([f"http://{host}"]).request("eth_chainId")


def test_name_and_password_of_a_url_are_authentication() -> None:
    heard: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            heard.append(connection.recv(65_536))
            said({"result": "0x7"})(connection)

    threading.Thread(target=serve, daemon=True).start()
    with server:
        url = f"http://user:pass%40word@127.0.0.1:{server.getsockname()[1]}/v3/key?net=1"
        assert ChainClient([url]).request("eth_chainId") == "0x7"
    request = heard[0].decode()
    assert request.startswith("POST /v3/key?net=1 HTTP/1.1\r\n")
    assert "Authorization: Basic dXNlcjpwYXNzQHdvcmQ=" in request
    assert "user" not in request.replace("User-Agent", "")


def test_a_proxy_of_the_environment_is_used_and_never_to_our_own_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with node(said({"result": "0x7"})) as proxy, node(said({"result": "0x8"})) as own:
        monkeypatch.setenv("http_proxy", f"http://{proxy}")
        assert ChainClient(["http://node.example/v3"]).request("eth_chainId") == "0x7"
        assert ChainClient([f"http://{own}"]).request("eth_chainId") == "0x8"
        monkeypatch.setenv("no_proxy", "node.example")
        with pytest.raises(SourceUnavailableError):
            ChainClient(["http://node.example/v3"]).request("eth_chainId")
