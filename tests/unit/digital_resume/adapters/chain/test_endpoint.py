"""What a node says, and how slowly: our URL does not show, nothing senseless passes or lasts."""

import logging
import socket
import time

import pytest

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.endpoint import Endpoint, parse_int
from digital_resume.adapters.chain.errors import RpcDisagreementError
from digital_resume.core.errors import SourceUnavailableError
from tests.fakes.raw_node import node, said


def test_a_nodes_words_show_neither_our_key_nor_a_line_of_their_own() -> None:
    words = "project SECRETKEY of http://h/v3/SECRETKEY?token=ALSOSECRET\nERROR forged line"
    with node(said({"error": {"code": -32000, "message": words}})) as host:
        endpoint = Endpoint(f"http://{host}/v3/SECRETKEY?token=ALSOSECRET", None, 10, 10)
        with pytest.raises(SourceUnavailableError) as caught:
            endpoint.ask("eth_chainId", [])
    assert "SECRET" not in caught.value.message
    assert "\n" not in caught.value.message
    assert "forged line" in caught.value.message


def test_a_url_with_its_key_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with node(said({"result": "0x1"})) as host:
        assert Endpoint(f"http://{host}/v3/SECRETKEY", None, 10, 10).ask("eth_chainId", []) == "0x1"
    broken = said({"result": "0x1"}, "no header at all\r\n")
    with node(broken) as host, pytest.raises(SourceUnavailableError) as caught:
        Endpoint(f"http://u:SECRETKEY@{host}/v3/SECRETKEY", None, 10, 10).ask("eth_chainId", [])
    assert "SECRETKEY" not in f"{caplog.text} {caught.value!r} {caught.value.context}"


def test_a_slowloris_answer_ends_at_the_deadline() -> None:
    def slowloris(to: socket.socket) -> None:
        to.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(300):
            to.sendall(b" ")
            time.sleep(0.1)

    begun = time.monotonic()
    with node(slowloris) as host, pytest.raises(SourceUnavailableError, match="takes too long"):
        Endpoint(f"http://{host}", None, 0.5, 0.5).ask("eth_chainId", [])
    assert time.monotonic() - begun < 15


@pytest.mark.parametrize("raw", ["-0x1", "0x_1", " 0x1", "0x1 ", "1", "0x", None, 1, "0x" + "1" * 65, "+0x1"])
def test_what_is_no_quantity_is_no_number(raw: object) -> None:
    with pytest.raises(SourceUnavailableError):
        parse_int(raw)


@pytest.mark.parametrize("power", [40, 55, 58, 62, 70, 255])
def test_a_block_of_no_calendar_is_no_block(power: int) -> None:
    block = {"number": "0x1", "hash": "0x" + "ab" * 32, "timestamp": hex(2**power)}
    with node(said({"result": block})) as host, pytest.raises(SourceUnavailableError):
        ChainClient([f"http://{host}"]).block(1)


def test_one_host_under_two_addresses_has_one_voice() -> None:
    with node(said({"result": "0xbad"})) as liar, node(said({"result": "0x1"})) as honest:
        urls = [f"http://{liar}/key1", f"http://{liar}/key2", f"http://{honest}"]
        with pytest.raises(RpcDisagreementError):
            ChainClient(urls, quorum=2).request("eth_getCode", ["0x" + "11" * 20, "0x1"])
        with pytest.raises(ValueError, match="fewer different nodes"):
            ChainClient(urls[:2], quorum=2)


def test_a_host_in_another_spelling_is_the_same_host() -> None:
    urls = ["https://node.example/a", "https://NODE.example.:443/b"]
    with pytest.raises(ValueError, match="fewer different nodes"):
        ChainClient(urls, quorum=2)
