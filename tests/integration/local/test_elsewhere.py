"""``DATABASE_URL`` and ``RPC_URLS`` name servers that are not ours, and nothing else changes."""

import json
from pathlib import Path

import pytest

from digital_resume.cli.share_client import verify_at
from digital_resume.local.anvil import EmbeddedAnvil
from digital_resume.local.postgres import EmbeddedPostgres
from digital_resume.local.running import ROLES, Running
from scripts.demo.cases import CASES
from scripts.demo.seed import Demonstration, stack_of

pytestmark = [pytest.mark.integration, pytest.mark.timeout(280)]


def test_the_product_runs_on_an_external_chain_and_database(
    server_folder: Path,
    fresh_anvil: EmbeddedAnvil,
    postgres: EmbeddedPostgres,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("RPC_URLS", fresh_anvil.url)
    folder = server_folder / "elsewhere"
    ports = dict.fromkeys(("landing", "issuer", "wallet", "verifier", "modules"), 0)
    for _ in range(2):
        said: list[str] = []
        with Running(
            folder, preferred_ports=ports, tick_seconds=1, tell=lambda _ko, en, said=said: said.append(en)
        ) as product:
            assert product.postgres is None
            assert product.anvil is None
            product.start_servers()
            product.migrate()
            product.deploy()
            demonstration = Demonstration(product)
            demonstration.institutions()
            product.start_services()
            demonstration.people()
            keys = json.loads((folder / "demo" / "api-keys.json").read_text())
            stack = stack_of(product, keys)
            case = next(case for case in CASES if case.without == "chain")
            link = case.play(stack, lambda _ko, _en: None)
            assert verify_at(link, product.url("verifier"))["verdict"] == "verified"
            product.switch("chain", on=False)
            assert verify_at(link, product.url("verifier"))["verdict"] == case.expected
            product.switch("chain", on=True)
            assert verify_at(link, product.url("verifier"))["verdict"] == "verified"
            assert {product.account(role).address for role in ROLES}.isdisjoint(
                {fresh_anvil.account(index).address for index in range(4)}
            )
        deployed = (folder / "deployments.json").read_bytes()
    assert (folder / "deployments.json").read_bytes() == deployed
    assert not (folder / "chain").exists()
    assert not (folder / "postgres").exists()
