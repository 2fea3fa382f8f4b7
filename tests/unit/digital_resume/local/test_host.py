"""Ports that are given out: to one asker at a time, and a server may serve there."""

import http.server
import socket
import subprocess
import sys
from pathlib import Path

from digital_resume.local.host import free_port, port_is_free, remembered_port, reserve_port

ROOT = Path(__file__).resolve().parents[4]


def test_a_reserved_port_is_given_to_nobody_else() -> None:
    port = free_port()
    assert not reserve_port(port)
    code = (
        "import sys; from digital_resume.local.host import reserve_port\n"
        "sys.exit(reserve_port(int(sys.argv[1])))"
    )
    assert subprocess.run([sys.executable, "-c", code, str(port)], cwd=ROOT, check=False).returncode == 0
    assert port_is_free(port), "for the server that it was reserved for"


def test_many_askers_get_different_ports_below_those_of_connections() -> None:
    ports = [free_port() for _ in range(200)]
    assert len(set(ports)) == 200
    assert all(20_000 <= port < 32_000 for port in ports)


def test_a_server_serves_on_the_port_that_was_reserved_for_it() -> None:
    port = free_port()
    with http.server.HTTPServer(("127.0.0.1", port), http.server.BaseHTTPRequestHandler):
        assert not port_is_free(port)
        assert not reserve_port(port)
        socket.create_connection(("127.0.0.1", port)).close()


def test_a_port_that_a_server_left_is_remembered(tmp_path: Path) -> None:
    port = remembered_port(tmp_path / "port")
    with http.server.HTTPServer(("127.0.0.1", port), http.server.BaseHTTPRequestHandler):
        pass
    assert remembered_port(tmp_path / "port") == port
    assert remembered_port(tmp_path / "port", other=True) != port
