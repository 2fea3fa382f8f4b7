"""Settings: their bounds, and what production refuses to do without."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from digital_resume.core.encoding.base64url import b64u_encode
from digital_resume.local.running import Running
from digital_resume.settings import CommonSettings
from issuer.chain.account import ChainWriter
from issuer.errors import ChainStateError
from issuer.settings import IssuerSettings
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


def test_the_worker_refuses_production_without_a_limit_on_fees() -> None:
    key = b64u_encode(bytes(range(32)))
    settings = IssuerSettings.model_validate(PRODUCTION | {"key_encryption_key": key})
    with pytest.raises(ChainStateError, match="MAX_FEE_WEI") as refused:
        ChainWriter.from_settings(settings)
    assert refused.value.code == "fee_unlimited"
    limited = settings.model_copy(update={"max_fee_wei": 1})
    with pytest.raises(ChainStateError, match="RPC_URLS"):  # the next thing that is missing
        ChainWriter.from_settings(limited)


def test_modules_are_not_given_it(tmp_path: Path) -> None:
    running = Running(tmp_path)
    try:
        for part in ("wallet", "verifier", "modules"):
            assert not {name for name in running.environment(part) if name.startswith("KEY_ENCRYPTION")}
        assert "KEY_ENCRYPTION_KEY_FILE" in running.environment("issuer")
    finally:
        running.stop()


@pytest.mark.parametrize(
    "wrong", [{"status_list_size": 1000}, {"status_list_size": 131_073}, {"nonce_seconds": 0}]
)
def test_settings_out_of_bounds_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        IssuerSettings.model_validate({"database_url": "postgresql://x", **wrong})
