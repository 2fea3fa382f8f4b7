"""``resume verify`` asks the verifier that its user trusts, never the one that the link names."""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from typer.testing import CliRunner

from digital_resume.cli import app as cli
from digital_resume.cli.share_client import verify_at
from digital_resume.core.errors import EnvelopeError, SourceUnavailableError
from digital_resume.core.resume.envelope import build_link, new_share_id, new_share_key


class Recording(http.server.ThreadingHTTPServer):
    """A server that knows no share and keeps what it was asked."""

    asked: list[str]
    public: str | None
    answer: tuple[int, dict[str, str]]


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Recording

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        status, answer = self.server.answer
        if self.path == "/config.json":
            status, answer = 200, {"walletUrl": f"http://127.0.0.1:{self.server.server_port}"}
            if self.server.public:
                answer["verifierUrl"] = self.server.public
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it
        del format, args


@contextmanager
def recording(public: str | None = None) -> Iterator[Recording]:
    """Serve on loopback; ``public`` is the origin that its configuration names."""
    server = Recording(("127.0.0.1", 0), _Handler)
    server.asked, server.public = [], public
    server.answer = (404, {"code": "share_unknown"})
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def test_a_link_does_not_choose_who_judges_it_and_another_deployment_is_not_asked() -> None:
    with recording() as stranger, recording() as trusted:
        theirs = f"http://127.0.0.1:{stranger.server_port}"
        link = build_link(theirs, new_share_id(), new_share_key())
        with pytest.raises(EnvelopeError) as caught:
            verify_at(link, f"http://127.0.0.1:{trusted.server_port}/")
        assert caught.value.code == "other_deployment"
        assert all(theirs in text for text in (caught.value.message, caught.value.message_ko or ""))
        assert stranger.asked == []
        assert trusted.asked == ["/config.json"]


def test_a_service_that_is_reached_under_another_name_judges_its_own_links() -> None:
    share_id = new_share_id()
    with recording("https://verify.example") as trusted:
        link = build_link("https://verify.example", share_id, new_share_key())
        with pytest.raises(EnvelopeError) as caught:
            verify_at(link, f"http://127.0.0.1:{trusted.server_port}")
        assert caught.value.code == "share_unknown"
        assert trusted.asked == ["/config.json", f"/api/v1/shares/{share_id}"]


def test_an_unknown_share_is_no_share_that_ended() -> None:
    with recording() as trusted:
        origin = f"http://127.0.0.1:{trusted.server_port}"
        link = build_link(origin, new_share_id(), new_share_key())
        with pytest.raises(EnvelopeError) as caught:
            verify_at(link, origin)
        assert caught.value.code == "share_unknown"
        trusted.answer = (410, {"code": "share_stopped"})
        assert verify_at(link, origin)["verdict"] == "sharing_ended"
        trusted.answer = (404, {"detail": "a page of somebody else"})
        with pytest.raises(SourceUnavailableError):
            verify_at(link, origin)


def test_the_command_asks_the_verifier_of_its_environment() -> None:
    with recording() as stranger, recording() as trusted:
        link = build_link(f"http://127.0.0.1:{stranger.server_port}", new_share_id(), new_share_key())
        environment = {"VERIFIER_URL": f"http://127.0.0.1:{trusted.server_port}"}
        result = CliRunner().invoke(cli.app, ["verify", "-"], input=link + "\n", env=environment)
        assert result.exit_code == 1
        assert stranger.asked == []
        assert trusted.asked == ["/config.json"]
