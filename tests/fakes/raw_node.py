"""A node whose answers are written by hand, byte by byte, on the loopback."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Answer = Callable[[socket.socket], None]


@contextmanager
def node(answer: Answer) -> Iterator[str]:
    """Serve every connection with an answer written by hand; yields ``127.0.0.1:port``."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65_536)
                    try:
                        answer(connection)
                    except OSError:
                        continue

        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"


def said(body: object, headers: str = "") -> Answer:
    text = json.dumps(body)
    return lambda to: to.sendall(
        f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\n{headers}Connection: close\r\n\r\n{text}".encode()
    )
