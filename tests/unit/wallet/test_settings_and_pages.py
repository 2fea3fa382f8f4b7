"""Settings of the wallet server, and the headers and files its pages are served with (no database needed)."""

import json
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from digital_resume.web.hosting import SHARED
from wallet.app import create_app
from wallet.settings import WalletSettings

WEB = Path(__file__).parents[3] / "wallet" / "web"


def make_settings(**changed: object) -> WalletSettings:
    return WalletSettings(database_url="postgresql://nobody@127.0.0.1:1/none", **changed)  # type: ignore[arg-type]  # as the environment gives them


@pytest.fixture
def client() -> TestClient:
    # Not entered: without its lifespan the app has no database, and pages need none.
    return TestClient(
        create_app(make_settings(wallet_credential_issuers="saebyeok, nuri")), "http://localhost"
    )


def test_the_policy_allows_only_own_code_and_the_issuer(client: TestClient) -> None:
    response = client.get("/")
    policy = dict(
        part.strip().split(" ", 1) for part in response.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert policy["style-src"] == "'self'"
    assert policy["connect-src"] == "'self' http://localhost:8001"
    assert policy["img-src"] == "'self' data: blob:"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in response.headers


def test_the_page_holds_no_inline_code_or_style(client: TestClient) -> None:
    page = client.get("/").text
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"\sstyle=|<style|\son\w+=", page)


def test_configuration_names_the_services_and_institutions(client: TestClient) -> None:
    body = client.get("/config.json").json()
    assert body["credentialIssuers"] == ["http://localhost:8001/i/saebyeok", "http://localhost:8001/i/nuri"]
    assert body["verifierUrl"] == "http://localhost:8003"
    assert body["language"] == "ko"


def test_the_protocol_modules_are_served_as_they_are(client: TestClient) -> None:
    for address, file in {
        "/static/protocol/share.js": WEB / "protocol" / "share.js",
        "/shared/protocol/envelope.js": SHARED / "protocol" / "envelope.js",
    }.items():
        response = client.get(address)
        assert response.text == file.read_text("utf-8")
        assert "javascript" in response.headers["content-type"]
    assert client.get("/static/../app.py").status_code == 404


def test_both_languages_have_the_same_words() -> None:
    korean, english = (json.loads((WEB / f"messages/{name}.json").read_text()) for name in ("ko", "en"))
    assert korean.keys() == english.keys()
    assert all(text.strip() for text in (*korean.values(), *english.values()))
    for key in korean:
        assert set(re.findall(r"\{\w+\}", korean[key])) == set(re.findall(r"\{\w+\}", english[key])), key


def test_every_word_the_page_uses_exists() -> None:
    known = set(json.loads((WEB / "messages/ko.json").read_text()))
    sources = [WEB / "index.html", WEB / "app.js", *(WEB / "views").glob("*.js")]
    used = set()
    for source in sources:
        text = source.read_text()
        used |= set(re.findall(r'data-t(?:-label|-placeholder)?="([\w.]+)"', text))
        used |= set(re.findall(r'\bt\(\s*"([\w.]+)"', text))
    assert used <= known, sorted(used - known)


def test_every_error_of_the_wallet_has_words() -> None:
    known = set(json.loads((WEB / "messages/ko.json").read_text()))
    codes = {"share_too_large", "link_too_long"}  # what sealing says; the wallet's page opens no share
    shared = (SHARED / "protocol" / f"{name}.js" for name in ("bytes", "errors", "http"))
    for source in (*WEB.rglob("*.js"), *shared):
        codes |= set(re.findall(r'new ResumeError\(\s*"(\w+)"', source.read_text()))
        codes |= set(
            re.findall(r'^\s+(?:timedOut|offer\.txCode) \? "(\w+)" : "(?:\w+)",$', source.read_text(), re.M)
        )
    assert {"malformed", "server_refused", "offer_invalid"} <= codes
    assert {f"error.{code}" for code in codes} <= known, sorted(
        code for code in codes if f"error.{code}" not in known
    )


@pytest.mark.parametrize("slugs", ["a/b", "../x", "가", "a b"])
def test_an_institution_that_is_no_slug_is_refused(slugs: str) -> None:
    with pytest.raises(ValidationError):
        make_settings(wallet_credential_issuers=slugs)
