"""Files and pages are compressed on the way; answers that may hold a secret are not."""

import gzip
from collections.abc import Callable
from pathlib import Path

import brotli
import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.responses import Response

from digital_resume.web import page_of
from digital_resume.web.compression import accepted_encoding
from digital_resume.web.hosting import RevalidatedFiles

TEXT = "/* 디지털 이력서 */\n" + "a { color: red }\n" * 500

Ask = Callable[..., httpx.Response]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "page.html").write_text(f"<!doctype html>{TEXT}", "utf-8")
    (tmp_path / "style.css").write_text(TEXT, "utf-8")
    (tmp_path / "font.woff2").write_bytes(b"wOF2" + b"\0" * 4_000)
    return tmp_path


@pytest.fixture
async def client(folder: Path):
    app = FastAPI()
    app.mount("/static", RevalidatedFiles(directory=folder))

    @app.get("/")
    async def page(request: Request) -> Response:
        return await page_of(folder / "page.html", request)

    @app.get("/secret")
    async def secret() -> dict[str, str]:
        return {"secret": "s" * 5_000}

    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as made:
        yield made


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("GZIP;q=1.0, br;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("*", "br"),
        ("*;q=0", None),
        ("identity", None),
        ("", None),
        ("gzip;q=nonsense", None),
    ],
)
def test_the_readers_wish_decides(header: str, encoding: str | None) -> None:
    assert accepted_encoding(header) == encoding


@pytest.mark.parametrize("path", ["/", "/static/style.css"])
@pytest.mark.parametrize(("encoding", "open_"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
async def test_text_is_compressed_and_the_same(
    client: httpx.AsyncClient, path: str, encoding: str, open_: Callable[[bytes], bytes]
) -> None:
    plain = await client.get(path, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    async with client.stream("GET", path, headers={"accept-encoding": encoding}) as answer:
        sent = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == encoding
    assert answer.headers["content-type"] == plain.headers["content-type"]
    assert answer.headers["cache-control"] == "no-cache"
    assert "accept-encoding" in answer.headers["vary"].lower()
    assert "vary" in plain.headers
    assert answer.headers["etag"] != plain.headers["etag"]
    assert len(sent) < len(plain.content) / 10
    assert open_(sent) == plain.content


async def test_what_the_browser_has_is_not_sent_again(client: httpx.AsyncClient) -> None:
    headers = {"accept-encoding": "br"}
    first = await client.get("/static/style.css", headers=headers)
    again = await client.get("/static/style.css", headers={**headers, "if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]


async def test_a_changed_file_shows_at_once(client: httpx.AsyncClient, folder: Path) -> None:
    await client.get("/static/style.css", headers={"accept-encoding": "br"})
    (folder / "style.css").write_text("b { color: blue }", "utf-8")
    assert (
        await client.get("/static/style.css", headers={"accept-encoding": "br"})
    ).text == "b { color: blue }"


@pytest.mark.parametrize("path", ["/secret", "/static/font.woff2"])
async def test_secrets_and_compressed_formats_are_sent_as_they_are(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path, headers={"accept-encoding": "br, gzip"})
    assert "content-encoding" not in answer.headers


async def test_a_part_of_a_file_is_of_the_file_itself(client: httpx.AsyncClient) -> None:
    answer = await client.get("/static/style.css", headers={"accept-encoding": "br", "range": "bytes=0-9"})
    assert answer.status_code == 206
    assert "content-encoding" not in answer.headers
    assert answer.content == TEXT.encode()[:10]
