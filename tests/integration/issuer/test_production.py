"""In production nothing is anchored on a development chain, whatever the deployments file says of it."""

from pathlib import Path

import pytest

from digital_resume.adapters.chain.errors import ChainMismatchError
from digital_resume.core.errors import ResumeError
from digital_resume.local.anvil import EmbeddedAnvil
from digital_resume.settings import Environment
from issuer.app import create_app as create_issuer
from issuer.chain.account import ChainWriter
from issuer.jobs import resources
from issuer.settings import IssuerSettings
from tests.integration.issuer.conftest import settings_for
from verifier.app import create_app as create_verifier
from verifier.settings import VerifierSettings


def test_the_anchoring_account_is_not_opened_on_a_development_node(
    anvil: EmbeddedAnvil, deployments: Path, tmp_path: Path
) -> None:
    settings = settings_for(anvil, "postgresql://unused", deployments, tmp_path)
    assert ChainWriter.from_settings(settings).submitter.address
    limited = {"max_fee_wei": 10**11}
    production = settings.model_copy(update={"environment": Environment.PRODUCTION, **limited})
    with pytest.raises(ResumeError, match="production refuses"):
        ChainWriter.from_settings(production)


@pytest.fixture
def production(anvil: EmbeddedAnvil, deployments: Path, tmp_path: Path) -> IssuerSettings:
    settings = settings_for(anvil, "postgresql://unused", deployments, tmp_path)
    return settings.model_copy(update={"environment": Environment.PRODUCTION})


async def test_the_issuer_does_not_start_on_a_development_node(production: IssuerSettings) -> None:
    app = create_issuer(production)
    with pytest.raises(ChainMismatchError, match="production refuses"):
        async with app.router.lifespan_context(app):
            pass


async def test_the_worker_does_not_start_on_a_development_node(production: IssuerSettings) -> None:
    with pytest.raises(ChainMismatchError, match="production refuses"):
        async with resources(production):
            pass


async def test_the_verifier_does_not_start_on_a_development_node(production: IssuerSettings) -> None:
    settings = VerifierSettings.model_construct(
        **{name: value for name, value in production if name in VerifierSettings.model_fields}
    )
    app = create_verifier(settings)
    with pytest.raises(ChainMismatchError, match="production refuses"):
        async with app.router.lifespan_context(app):
            pass


async def test_a_chain_that_is_away_lets_the_issuer_start(production: IssuerSettings) -> None:
    app = create_issuer(production.model_copy(update={"rpc_urls": ("http://127.0.0.1:9",)}))
    async with app.router.lifespan_context(app):
        pass
