"""A request that does not fit: 415 for a form, each place once, allowed values named, Korean as exact."""

import asyncio
from typing import Annotated, Any, Literal
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

from digital_resume.web.problems import MEDIA_TYPE, install_problem_handlers
from digital_resume.web.validation import read_faults

SECRET = "홍길동 900101-1234567"


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    status: Literal["valid", "revoked", "suspended"] = "valid"
    name: Annotated[str, Field(min_length=2, max_length=5)] = "이름"
    number: Annotated[int, Field(ge=1, le=9)] = 1
    either: Literal["a"] | UUID = "a"
    rows: Annotated[list[int], Field(max_length=2)] = Field(default_factory=list)


APP = FastAPI()
install_problem_handlers(APP)


@APP.post("/things")
async def take(body: Body, page: Annotated[int, Field(ge=1)] = 1) -> dict[str, int]:
    return {"number": body.number, "page": page}


def send(**options: Any) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(APP)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.post("/things", **options)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    "options",
    [
        {"data": {"status": "valid"}},
        {"files": {"file": b"x"}},
        {"content": b'{"status": "valid"}', "headers": {"content-type": "text/plain"}},
        {"content": b'{"status": "valid"}'},
    ],
)
def test_a_body_that_is_not_json_is_an_unsupported_media_type(options: dict[str, Any]) -> None:
    answer = send(**options)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (415, "unsupported_media_type")
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.headers["accept"] == "application/json"
    assert "application/json" in problem["detail"]
    assert "application/json" in problem["detail_ko"]


def test_no_body_is_a_missing_one() -> None:
    answer = send()
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "missing")


@pytest.mark.parametrize(
    ("body", "path", "words"),
    [
        ({"status": "dead"}, "body/status", ["valid, revoked, suspended"]),
        ({"name": "x"}, "body/name", ["2"]),
        ({"name": "xxxxxx"}, "body/name", ["5"]),
        ({"number": 0}, "body/number", ["1"]),
        ({"number": "x"}, "body/number", []),
        ({"rows": [1, 2, 3]}, "body/rows", ["2"]),
        ({SECRET: 1}, "body/…", []),
        ({"nmae": 1}, "body/nmae", []),
    ],
)
def test_both_languages_name_the_place_and_what_may_stand_there(
    body: dict[str, Any], path: str, words: list[str]
) -> None:
    answer = send(json=body)
    problem = answer.json()
    assert answer.status_code == 422
    (fault,) = problem["errors"]
    assert fault["path"] == path
    for text in (problem["detail"], problem["detail_ko"]):
        assert path in text
        assert all(word in text for word in words)
    assert fault["message"]["ko"] in problem["detail_ko"]
    assert fault["message"]["en"] in problem["detail"]
    assert SECRET not in answer.text


def test_allowed_values_are_a_list_for_programs() -> None:
    (fault,) = send(json={"status": "dead"}).json()["errors"]
    assert fault["allowed"] == ["valid", "revoked", "suspended"]


def test_nothing_is_said_twice() -> None:
    problem = send(json={"status": "dead", "either": 5, "name": SECRET}).json()
    said = [(fault["path"], fault["message"]["en"]) for fault in problem["errors"]]
    assert len(said) == len(set(said))
    parts = problem["detail"].partition(": ")[2].rstrip(".").split("; ")
    assert len(parts) == len(set(parts))


def test_a_fault_that_nobody_has_words_for_is_named_by_its_place() -> None:
    (fault,) = read_faults([{"type": "never_heard_of", "loc": ("query", 3), "ctx": {}}])
    assert fault.path == "query/3"
    assert fault.ko
    assert fault.en


def test_a_page_of_faults_is_cut_off() -> None:
    assert len(read_faults({"type": "missing", "loc": ("body", n)} for n in range(500))) == 20
