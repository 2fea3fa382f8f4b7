"""Problem documents: the right code, both languages, and nothing of ours or the caller's leaks."""

import asyncio
import json
import logging
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

from digital_resume.core import errors
from digital_resume.web.problems import MEDIA_TYPE, ProblemKind, install_problem_handlers
from digital_resume.web.request_limits import BodyLimits, RequestRejectedError, check_json

SECRET = "vdr_secret_900101-1234567"


class Body(BaseModel):
    name: str = Field(max_length=5)
    number: int


def make_app(limits: BodyLimits | None = None) -> FastAPI:
    app = FastAPI()
    kinds = {"share_stopped": ProblemKind(410, "Stopped", "중지됨", "공유가 중지되었습니다.")}
    install_problem_handlers(app, kinds=kinds, limits=limits or BodyLimits(max_bytes=1000, max_depth=8))

    @app.post("/echo")
    async def echo(body: Body) -> Body:
        return body

    @app.get("/raise/{name}")
    async def fail(name: str) -> None:
        if name == "http":
            raise HTTPException(404, "no such record")
        if name == "teapot":
            raise HTTPException(418, SECRET)
        if name == "unexpected":
            raise RuntimeError(SECRET)
        if name == "stopped":
            raise errors.ResumeError("It was stopped.", code="share_stopped")
        if name == "unknown":
            raise errors.ProofError("No such code.", code="never_heard_of", place="proof")
        raise getattr(errors, name)("A sentence.")

    return app


def request(app: FastAPI, method: str, path: str, **options: Any) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, **options)

    return asyncio.run(send())


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("MalformedError", 400, "malformed"),
        ("LimitError", 413, "too_large"),
        ("IdentifierError", 400, "invalidDid"),
        ("ProofError", 400, "proof_invalid"),
        ("SchemaError", 422, "schema_violation"),
        ("UnknownTypeError", 422, "unknown_credential_type"),
        ("StatusError", 400, "status_invalid"),
        ("ReceiptError", 400, "receipt_invalid"),
        ("EnvelopeError", 400, "share_unreadable"),
        ("SourceUnavailableError", 503, "source_unavailable"),
        ("UnknownChainError", 422, "unknown_chain"),
        ("stopped", 410, "share_stopped"),
        ("unknown", 400, "never_heard_of"),
        ("http", 404, "not_found"),
        ("unexpected", 500, "internal_error"),
    ],
)
def test_every_error_is_a_problem_document(name: str, status: int, code: str) -> None:
    answer = request(make_app(), "GET", f"/raise/{name}")
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.headers["cache-control"] == "no-store"
    assert problem["type"] == f"urn:vdr:problem:{code}"
    assert problem["instance"] == f"/raise/{name}"
    assert all(problem[member] for member in ("title", "title_ko", "detail", "detail_ko"))


@pytest.mark.parametrize("name", ["unexpected", "teapot"])
def test_what_an_unexpected_error_says_leaks_neither_to_client_nor_log(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = request(make_app(), "GET", f"/raise/{name}")
    if name == "unexpected":
        assert SECRET not in answer.text
        assert "Traceback" not in answer.text
        assert answer.json()["reference"] in caplog.text
        assert "RuntimeError" in caplog.text
    assert SECRET not in caplog.text


def test_server_error_of_a_library_is_not_repeated() -> None:
    app = make_app()

    @app.get("/library")
    async def library() -> None:
        raise HTTPException(503, SECRET)

    answer = request(app, "GET", "/library")
    assert answer.status_code == 503
    assert SECRET not in answer.text


def test_validation_names_the_place_and_not_the_value() -> None:
    answer = request(make_app(), "POST", "/echo", json={"name": SECRET, "number": SECRET})
    problem = answer.json()
    assert answer.status_code == 422
    assert problem["code"] == "request_invalid"
    assert [item["path"] for item in problem["errors"]] == ["body/name", "body/number"]
    assert SECRET not in answer.text


@pytest.mark.parametrize("path", ["/nowhere", "/echo"])
def test_unknown_path_and_method_are_problems(path: str) -> None:
    answer = request(make_app(), "GET", path)
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.json()["code"] in {"not_found", "method_not_allowed"}


JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "malformed"),
        (b'{"name": NaN}', 400, "malformed"),
        (b'{"name": "\xff"}', 400, "malformed"),
        (b'{"name": "\\ud800", "number": 1}', 400, "malformed"),
        (b'{"name": "a\\u0000b", "number": 1}', 400, "malformed"),
        (b'{"name": "a", "number": 1, "\\u0000": 1}', 400, "malformed"),
        (b"[" * 9 + b"]" * 9, 413, "too_large"),
        (b"[" * 999, 413, "too_large"),
        (b'{"name": "' + b"x" * 1000 + b'"}', 413, "too_large"),
    ],
)
def test_hostile_body_is_refused_before_any_handler(body: bytes, status: int, code: str) -> None:
    answer = request(make_app(), "POST", "/echo", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_good_body_passes_unchanged() -> None:
    body = {"name": "김[{}]", "number": 7}
    assert request(make_app(), "POST", "/echo", json=body).json() == body


def test_brackets_in_strings_are_not_depth() -> None:
    check_json(json.dumps({"a": '[[[[{{{{\\"[[[' * 20}).encode(), 2)


def test_depth_beyond_the_parser_is_refused_without_parsing() -> None:
    with pytest.raises(RequestRejectedError, match="deeper"):
        check_json(b'{"a":' * 200_000, 32)


def test_body_without_declared_length_is_counted() -> None:
    async def stream() -> Any:
        for _ in range(100):
            yield b"x" * 100

    answer = request(make_app(), "POST", "/echo", content=stream(), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_slow_body_is_refused() -> None:
    async def stream() -> Any:
        yield b"{"
        await asyncio.Event().wait()
        yield b"}"

    app = make_app(BodyLimits(seconds=0.05))
    answer = request(app, "POST", "/echo", content=stream(), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (408, "body_timeout")


def test_longest_prefix_decides_the_size() -> None:
    limits = BodyLimits(max_bytes=10, by_prefix={"/api": 20, "/api/big": 30})
    assert [limits.size_for(path) for path in ("/x", "/api/x", "/api/big/x")] == [10, 20, 30]
