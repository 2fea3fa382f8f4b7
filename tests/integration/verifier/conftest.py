"""The verifier on a real database and chain, beside the real wallet server."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from digital_resume.local.host import free_port
from tests.fakes import Issued
from tests.integration.databases import Databases
from tests.integration.preloaded import Preloaded
from tests.integration.serving import serve
from tests.integration.verifier.rig import Rig, open_rig
from verifier.app import create_app
from verifier.connections import Connections, open_connections
from verifier.settings import VerifierSettings
from wallet.app import create_app as create_wallet
from wallet.settings import WalletSettings

SHARE_ID = "AAECAwQFBgcICQoLDA0ODw"


@dataclass
class Running:
    """The servers of a test module."""

    rig: Rig
    settings: VerifierSettings
    connections: Connections
    verifier_url: str
    wallet_url: str

    def settle(self) -> dict[str, Any]:
        """Wait until the verifier's index of the chain has everything; return what it says of it."""
        head = self.rig.chain.client.head().number
        until = time.monotonic() + 60
        while time.monotonic() < until:
            index = httpx.get(f"{self.verifier_url}/healthz").json()["index"]
            # A past moment that is asked for must be within what the index knows, and no answer a copy's that
            # stands in while its list is fetched.
            current = index["used"] and index["block"] >= head and index["behindSeconds"] == 0
            if current and not self.connections.copies._fetching:
                return dict(index)
            time.sleep(0.02)
        raise AssertionError(f"the index of the chain does not come to block {head}")

    def judge(self, *issued: Issued, as_of: datetime | str | None = None) -> dict[str, Any]:
        """Share some credentials, or all, and have them judged by the verifier with its index up to date."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            verdict = self._judge_once(*issued, as_of=as_of)
            codes = {check["code"] for item in verdict["items"] for check in item["checks"]}
            if "in_force_when_last_read" not in codes:
                return verdict
            # A refresh round began to fetch the list just then, or did before the index had its root, which
            # is remembered for a while: the copy before it stood in.
            time.sleep(0.05)
        raise AssertionError("the verifier does not come to read the status list")

    def _judge_once(self, *issued: Issued, as_of: datetime | str | None) -> dict[str, Any]:
        self.settle()
        presentation = self.rig.resume(SHARE_ID, self.verifier_url, tokens=[i.token for i in issued] or None)
        body = {"presentation": presentation, "challenge": SHARE_ID}
        if as_of is not None:
            body["asOf"] = as_of if isinstance(as_of, str) else as_of.isoformat()
        answer = httpx.post(f"{self.verifier_url}/api/v1/verifications", json=body, timeout=30)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def codes(self, *issued: Issued, as_of: datetime | None = None) -> tuple[str, str, str, str]:
        """Return the first credential's codes of issuer, anchor and status, and the verdict."""
        verdict = self.judge(*issued, as_of=as_of)
        found = {check["check"]: check["code"] for check in verdict["items"][0]["checks"]}
        return found["issuer"], found["anchor"], found["status"], verdict["verdict"]


@pytest.fixture(scope="module")
def rig(preloaded: Preloaded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """Put an institution on a chain of its own, and its server on the loopback."""
    with open_rig(preloaded, tmp_path_factory.mktemp("rig")) as opened:
        yield opened


@pytest.fixture(scope="module")
def database_url(databases: Databases) -> Iterator[str]:
    """Give a test module a database with the schemas of verifier and wallet."""
    with databases.new("verifier", "wallet") as url:
        yield url


@pytest.fixture(scope="module")
def settings(rig: Rig, database_url: str, tmp_path_factory: pytest.TempPathFactory) -> VerifierSettings:
    """Return settings for the module's database and chain."""
    return VerifierSettings(
        database_url=database_url,  # type: ignore[arg-type]  # pydantic makes it a SecretStr
        rpc_urls=(rig.chain.node.url,),
        deployments_file=rig.deployments_file,
        issuer_url=rig.issuer_url,
        wallet_url=f"http://localhost:{free_port()}",
        verifier_url=f"http://localhost:{free_port()}",
        status_refresh_seconds=0.5,
        index_poll_seconds=0.1,
        data_dir=Path(tmp_path_factory.mktemp("data")),
    )


@pytest.fixture(scope="module")
def running(
    rig: Rig, settings: VerifierSettings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """Serve verifier and wallet."""
    wallet = WalletSettings(
        database_url=settings.database_url,
        issuer_url=settings.issuer_url,
        wallet_url=settings.wallet_url,
        verifier_url=settings.verifier_url,
        data_dir=tmp_path_factory.mktemp("wallet"),
    )
    connections = open_connections(settings, rig.clock)
    connections.copies._retry_after = (
        0.0  # a list that is turned while it is fetched is fetched again at once
    )
    with (
        serve(create_app(settings, connections), int(settings.verifier_url.rsplit(":", 1)[1])),
        serve(create_wallet(wallet), int(settings.wallet_url.rsplit(":", 1)[1])),
    ):
        yield Running(rig, settings, connections, settings.verifier_url, settings.wallet_url)
