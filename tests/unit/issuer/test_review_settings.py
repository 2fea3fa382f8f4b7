"""The key-encryption key is asked of who decrypts, and of nobody else."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from adapters.settings import CommonSettings
from issuer.settings import IssuerSettings
from scripts.running import Running
from verifier.settings import VerifierSettings
from wallet.settings import WalletSettings

PRODUCTION = {
    "environment": "production",
    "database_url": "postgresql://vdr@127.0.0.1/vdr",
    "issuer_url": "https://issuer.example",
    "wallet_url": "https://wallet.example",
    "verifier_url": "https://verify.example",
    "modules_url": "https://modules.example",
}


@pytest.mark.parametrize("settings", [CommonSettings, WalletSettings, VerifierSettings])
def test_production_starts_without_the_key_where_nothing_is_decrypted(
    settings: type[CommonSettings],
) -> None:
    assert settings.model_validate(PRODUCTION).is_production


def test_the_issuer_refuses_production_without_it() -> None:
    with pytest.raises(ValidationError, match="neither KEY_ENCRYPTION_KEY nor"):
        IssuerSettings.model_validate(PRODUCTION)


def test_modules_are_not_given_it(tmp_path: Path) -> None:
    running = Running(tmp_path)
    try:
        for part in ("wallet", "verifier", "modules"):
            assert not {name for name in running.environment(part) if name.startswith("KEY_ENCRYPTION")}
        assert "KEY_ENCRYPTION_KEY_FILE" in running.environment("issuer")
    finally:
        running.stop()
