"""The verifier on a real database and chain, beside the real wallet server."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.database.migrate import upgrade
from adapters.embedded.anvil import EmbeddedAnvil
from tests.integration.verifier.rig import Rig, free_port, serve
from verifier.app import create_app
from verifier.settings import VerifierSettings
from wallet.app import create_app as create_wallet
from wallet.settings import WalletSettings


@dataclass
class Running:
    """The servers of a test module."""

    rig: Rig
    settings: VerifierSettings
    verifier_url: str
    wallet_url: str


@pytest.fixture(scope="module")
def rig(anvil: EmbeddedAnvil, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """Put an institution on a chain of its own contracts, and its server on the loopback."""
    port = free_port()
    made = Rig(anvil, tmp_path_factory.mktemp("rig"), port)
    with serve(made.server.app(), port):
        yield made


@pytest.fixture(scope="module")
def settings(
    rig: Rig, anvil: EmbeddedAnvil, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> VerifierSettings:
    """Return settings for the module's database and chain."""
    for service in ("verifier", "wallet"):
        upgrade(database_url, service)
    return VerifierSettings(
        database_url=database_url,  # type: ignore[arg-type]  # pydantic makes it a SecretStr
        rpc_urls=(anvil.url,),
        deployments_file=rig.chain.file,
        issuer_url=rig.issuer_url,
        wallet_url=f"http://localhost:{free_port()}",
        verifier_url=f"http://localhost:{free_port()}",
        status_refresh_seconds=0.5,
        data_dir=Path(tmp_path_factory.mktemp("data")),
    )


@pytest.fixture(scope="module")
def running(rig: Rig, settings: VerifierSettings) -> Iterator[Running]:
    """Serve verifier and wallet."""
    wallet = WalletSettings(
        database_url=settings.database_url,
        issuer_url=settings.issuer_url,
        wallet_url=settings.wallet_url,
        verifier_url=settings.verifier_url,
    )
    with (
        serve(create_app(settings), int(settings.verifier_url.rsplit(":", 1)[1])),
        serve(create_wallet(wallet), int(settings.wallet_url.rsplit(":", 1)[1])),
    ):
        yield Running(rig, settings, settings.verifier_url, settings.wallet_url)
