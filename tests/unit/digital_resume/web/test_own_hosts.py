"""A name that a foreign site pointed at this machine reads nothing."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from digital_resume.settings import CommonSettings
from digital_resume.web import OwnHosts
from plugins.host.app import create_app as create_modules
from scripts.demo.landing.app import create_landing
from scripts.demo.stack import Stack
from wallet.app import create_app as create_wallet
from wallet.settings import WalletSettings

FOREIGN = ("attacker.example", "attacker.example:8000", "localhost.attacker.example", "", "localhost:80:80")
OWN = ("localhost:8000", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000")


def client(url: str, *, exact: bool = False) -> TestClient:
    app = Starlette(routes=[Route("/", lambda _: PlainTextResponse("ok"))])
    return TestClient(OwnHosts(app, url, exact=exact))


@pytest.mark.parametrize("host", FOREIGN)
@pytest.mark.parametrize("exact", [True, False])
def test_a_foreign_name_is_refused(host: str, exact: bool) -> None:
    answer = client("http://localhost:8000", exact=exact).get("/", headers={"host": host})
    assert (answer.status_code, answer.json()["code"]) == (421, "host_unknown")


@pytest.mark.parametrize("host", OWN)
def test_its_own_names_are_served(host: str) -> None:
    assert client("http://localhost:8000", exact=True).get("/", headers={"host": host}).status_code == 200


def test_another_port_is_refused_where_the_port_counts() -> None:
    for exact, status in ((True, 421), (False, 200)):
        answer = client("http://localhost:8000", exact=exact).get("/", headers={"host": "localhost:8001"})
        assert answer.status_code == status


def test_a_public_service_is_served_under_whatever_name_its_proxy_uses() -> None:
    assert client("https://issuer.example").get("/", headers={"host": "10.0.0.5:8001"}).status_code == 200


def landing(folder: Path) -> Any:
    switches: Any = None  # no case is played
    stack = Stack("http://i", "http://w", "http://v", {}, folder, switches)
    return create_landing(stack, list, {}, "http://localhost:8000")


def wallet(_: Path) -> Any:
    return create_wallet(
        WalletSettings.model_validate({"database_url": "postgresql://nobody@127.0.0.1:1/none"})
    )


def modules(_: Path) -> Any:
    return create_modules(
        CommonSettings.model_validate({"database_url": "postgresql://nobody@127.0.0.1:1/none"}), ()
    )


@pytest.mark.parametrize("make", [landing, wallet, modules])
def test_services_of_this_machine_refuse_foreign_names(make: Any, tmp_path: Path) -> None:
    # Not entered: pages need no database.
    served = TestClient(make(tmp_path), "http://localhost:8000")
    assert served.get("/").status_code == 200
    refused = served.get("/", headers={"host": "attacker.example:8000"})
    assert refused.status_code == 421
    assert "default-src" in refused.headers["content-security-policy"]
