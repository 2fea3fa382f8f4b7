"""Every refused call leaves one line, with its route and code, and nothing of whoever called."""

import asyncio
import logging
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import JSONResponse, Response

from digital_resume.core.errors import SchemaError
from digital_resume.web import ContentSecurityPolicy, harden, refusal_log
from digital_resume.web.problems import install_problem_handlers

SECRET = "홍길동-900101-1234567"
NAME = "honggildong"


def make_app() -> FastAPI:
    app = FastAPI()
    install_problem_handlers(app)

    @app.get("/people/{name}")
    async def person(name: str) -> Response:
        if name == "fine":
            return Response(b"", 204)
        if name == "oauth":
            return JSONResponse({"error": "invalid_grant"}, 400)
        if name == "odd":
            return Response(b"[" + SECRET.encode(), 418)
        raise SchemaError(SECRET, code="holder_invalid")

    harden(app, url="http://localhost:8001", policy=ContentSecurityPolicy())
    return app


def ask(app: FastAPI, method: str, path: str, **options: Any) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8001") as client:
            return await client.request(method, path, **options)

    return asyncio.run(send())


@pytest.fixture(autouse=True)
def fresh_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count the lines of a test alone."""
    monkeypatch.setattr(refusal_log, "_lines", refusal_log._Lines())


@pytest.mark.parametrize(
    ("method", "path", "options", "line"),
    [
        ("GET", f"/people/{NAME}?q={SECRET}", {}, "Refused GET /people/{name}: 422 holder_invalid"),
        ("GET", "/people/oauth", {}, "Refused GET /people/{name}: 400 invalid_grant"),
        ("GET", "/people/odd", {}, "Refused GET /people/{name}: 418 -"),
        ("DELETE", f"/people/{NAME}", {}, "Refused DELETE /people/{name}: 405 method_not_allowed"),
        ("GET", f"/nowhere/{SECRET}", {}, "Refused GET /nowhere/…: 404 not_found"),
        (SECRET[-7:], "/people/fine", {}, "Refused … /people/{name}: 405 method_not_allowed"),
        (
            "GET",
            "/people/fine",
            {"headers": {"host": "evil.example"}},
            "Refused GET /people/fine: 421 host_unknown",
        ),
        (
            "GET",
            "/people/fine",
            {"headers": {"content-type": "application/json"}, "content": b"{" + SECRET.encode()},
            "Refused GET /people/fine: 400 malformed",
        ),
    ],
)
def test_it_leaves_one_line(
    method: str, path: str, options: dict[str, Any], line: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="digital_resume"):
        ask(make_app(), method, path, **options)
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("digital_resume")]
    assert lines == [line]
    assert all(each not in caplog.text for each in (SECRET, NAME, "127.0.0.1"))


def test_what_is_answered_leaves_none(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="digital_resume"):
        assert ask(make_app(), "GET", "/people/fine").status_code == 204
    assert [record for record in caplog.records if record.name.startswith("digital_resume")] == []


def test_a_flood_is_counted_and_does_not_fill_the_disk(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr(refusal_log.time, "monotonic", lambda: clock[0])
    scope = {"type": "http", "method": "GET", "path": "/"}
    with caplog.at_level(logging.DEBUG, logger="digital_resume"):
        for _ in range(refusal_log.LINES_A_SECOND + 7):
            refusal_log.note_refusal(scope, 429, "rate_limited")
        assert len(caplog.records) == refusal_log.LINES_A_SECOND
        clock[0] += 1
        refusal_log.note_refusal(scope, 429, "rate_limited")
    assert caplog.records[-1].getMessage() == "Refused GET /: 429 rate_limited (7 more before it)"
