"""A body costs time in proportion to its length, and no header takes it past the strict look."""

import time
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Body, FastAPI

from digital_resume.web.problems import install_problem_handlers
from digital_resume.web.request_limits import RequestRejectedError, check_json


@pytest.mark.parametrize(
    "tail",
    [b'"' + b'\\"' * 500_000, b'"' + b"\\\\" * 500_000 + b"\\", b'"a' * 300_001],
    ids=["quotes", "backslashes", "strings"],
)
def test_string_that_never_ends_does_not_hold_the_service(tail: bytes) -> None:
    began = time.monotonic()
    with pytest.raises(RequestRejectedError):
        check_json(b"[]" * 40 + tail, 32)
    assert time.monotonic() - began < 5


def test_brackets_behind_an_escaped_quote_still_count_as_text() -> None:
    check_json(b'{"a": "' + b'\\"[[[[{{{{' * 20 + b'"}', 2)


def test_depth_is_still_counted_behind_strings() -> None:
    with pytest.raises(RequestRejectedError, match="deeper"):
        check_json(b'["x\\\\",' * 40 + b"1" + b"]" * 40, 32)


#: A lone surrogate: strict JSON has none, Python's own parser takes it, and the answer cannot be encoded.
LOOSE = b'{"a": "\\ud800"}'


async def ask(headers: list[tuple[bytes, bytes]], content: bytes = LOOSE) -> httpx.Response:
    app = FastAPI()
    install_problem_handlers(app)

    @app.post("/")
    async def echo(body: Annotated[dict[str, Any], Body()]) -> Any:
        return body

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        return await client.post("/", content=content, headers=headers)


async def test_strict_json_is_taken_and_loose_json_is_refused() -> None:
    json_type = [(b"content-type", b"application/json")]
    assert (await ask(json_type, b'{"a": "b"}')).json() == {"a": "b"}
    assert (await ask(json_type)).json()["code"] == "malformed"


@pytest.mark.parametrize(
    "types",
    [
        (b"application/json", b"text/plain"),
        (b"text/plain", b"application/json"),
        (b"application/json", b"application/json"),
        (b"\xa0application/json",),
        (b"application/json\xa0",),
        (b"\x85application/json",),
    ],
    ids=repr,
)
async def test_no_content_type_takes_a_body_past_the_strict_look(types: tuple[bytes, ...]) -> None:
    answer = await ask([(b"content-type", value) for value in types])
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize(
    "content_type", [b"Application/JSON", b"application/json ; charset=utf-8", b"a/b+json"]
)
async def test_every_spelling_of_json_is_looked_at(content_type: bytes) -> None:
    assert (await ask([(b"content-type", content_type)])).json()["code"] == "malformed"


@pytest.mark.parametrize(
    "content_type", [b"text/plain", b"", b"application/x-www-form-urlencoded", b"a" * 9_000]
)
async def test_what_is_no_json_is_never_a_fault_of_ours(content_type: bytes) -> None:
    assert 400 <= (await ask([(b"content-type", content_type)])).status_code < 500


@pytest.mark.parametrize(
    "name", [b"Authorization", b"DPoP", b"Idempotency-Key", b"Content-Encoding", b"Origin"]
)
async def test_a_header_of_one_value_that_comes_twice_is_refused(name: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (name, b"one"), (name, b"two")]
    answer = await ask(headers, b"{}")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert name.decode().lower() in answer.json()["detail"]
    assert (await ask(headers[:2], b"{}")).status_code == 200
