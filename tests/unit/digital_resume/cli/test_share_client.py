"""``resume verify`` asks the verifier that its user trusts, never the one that the link names."""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from typer.testing import CliRunner

from digital_resume.cli import app as cli
from digital_resume.cli.share_client import verify_at
from digital_resume.core.resume.envelope import build_link, new_share_id, new_share_key


class Recording(http.server.ThreadingHTTPServer):
    """A server that knows no share and keeps what it was asked."""

    asked: list[str]


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Recording

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        found = self.path == "/config.json"
        body = json.dumps({"walletUrl": f"http://127.0.0.1:{self.server.server_port}"}).encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it
        del format, args


@contextmanager
def recording() -> Iterator[Recording]:
    """Serve on loopback."""
    server = Recording(("127.0.0.1", 0), _Handler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def test_a_link_does_not_choose_who_judges_it() -> None:
    share_id = new_share_id()
    with recording() as stranger, recording() as trusted:
        link = build_link(f"http://127.0.0.1:{stranger.server_port}", share_id, new_share_key())
        verdict = verify_at(link, f"http://127.0.0.1:{trusted.server_port}/")
        assert verdict["verdict"] == "sharing_ended"
        assert stranger.asked == []
        assert trusted.asked == ["/config.json", f"/api/v1/shares/{share_id}"]


def test_the_command_asks_the_verifier_of_its_environment() -> None:
    with recording() as stranger, recording() as trusted:
        link = build_link(f"http://127.0.0.1:{stranger.server_port}", new_share_id(), new_share_key())
        environment = {"VERIFIER_URL": f"http://127.0.0.1:{trusted.server_port}"}
        result = CliRunner().invoke(cli.app, ["verify", "-"], input=link + "\n", env=environment)
        assert result.exit_code == 1
        assert stranger.asked == []
        assert trusted.asked
