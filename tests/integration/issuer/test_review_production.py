"""In production nothing is anchored on a development chain, whatever the deployments file says of it."""

from pathlib import Path

import pytest

from adapters.embedded.anvil import EmbeddedAnvil
from adapters.settings import Environment
from core.errors import ResumeError
from issuer.chain import ChainWriter
from tests.integration.issuer.conftest import settings_for


def test_the_anchoring_account_is_not_opened_on_a_development_node(
    anvil: EmbeddedAnvil, deployments: Path, tmp_path: Path
) -> None:
    settings = settings_for(anvil, "postgresql://unused", deployments, tmp_path)
    assert ChainWriter.from_settings(settings).submitter.address
    production = settings.model_copy(update={"environment": Environment.PRODUCTION})
    with pytest.raises(ResumeError, match="production refuses"):
        ChainWriter.from_settings(production)
