"""Settings: names of the environment, and what production refuses."""

import base64
import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from digital_resume.core.credentials.catalog import default_catalog
from digital_resume.core.errors import MalformedError
from digital_resume.settings import CommonSettings, decode_key_encryption_key

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
DATABASE = "postgresql://vdr:secret-password@127.0.0.1:5432/vdr"
PRODUCTION = {
    "ENVIRONMENT": "production",
    "DATABASE_URL": DATABASE,
    "RPC_URLS": "https://rpc.example, https://rpc2.example",
    "ISSUER_URL": "https://issuer.example",
    "WALLET_URL": "https://wallet.example",
    "VERIFIER_URL": "https://verify.example/",
    "MODULES_URL": "https://modules.example",
    "KEY_ENCRYPTION_KEY": KEY,
}


def read(monkeypatch: pytest.MonkeyPatch, **environment: str) -> CommonSettings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return CommonSettings()


def test_names_are_those_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch, **PRODUCTION)
    assert settings.rpc_urls == ("https://rpc.example", "https://rpc2.example")
    assert settings.verifier_url == "https://verify.example"
    assert settings.load_key_encryption_key() == bytes(range(32))
    assert settings.local_origins() == frozenset()


def test_a_folder_of_credential_types_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert read(monkeypatch, DATABASE_URL=DATABASE).load_catalog() is default_catalog()
    settings = read(monkeypatch, CREDENTIAL_TYPES_DIR=str(tmp_path))
    assert len(settings.load_catalog().all_types()) == len(default_catalog().all_types())
    (tmp_path / "Wrong.json").write_text("{}", "utf-8")
    with pytest.raises(MalformedError, match=r"Wrong\.json"):
        settings.load_catalog()


def test_development_needs_only_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch, DATABASE_URL=DATABASE, RPC_URLS="")
    assert settings.rpc_urls == ()
    assert settings.demonstration
    assert "http://localhost:8001" in settings.local_origins()


@pytest.mark.parametrize(
    ("urls", "quorum"),
    [
        ("https://rpc.example", "2"),
        ("https://rpc.example/key1, https://user@RPC.example/key2", "2"),
        ("https://a.example, https://b.example, https://c.example", "4"),
    ],
)
def test_a_quorum_of_more_than_there_are_nodes_is_refused(
    monkeypatch: pytest.MonkeyPatch, urls: str, quorum: str
) -> None:
    with pytest.raises(ValidationError, match="RPC_QUORUM"):
        read(monkeypatch, **{**PRODUCTION, "RPC_URLS": urls, "RPC_QUORUM": quorum})


def test_a_quorum_of_the_nodes_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, **PRODUCTION, RPC_QUORUM="2").rpc_quorum == 2


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    text = repr(read(monkeypatch, **PRODUCTION))
    assert "secret-password" not in text
    assert KEY not in text


def test_key_comes_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "kek").write_text(KEY + "\n")
    settings = read(monkeypatch, DATABASE_URL=DATABASE, KEY_ENCRYPTION_KEY_FILE=str(tmp_path / "kek"))
    assert settings.load_key_encryption_key() == bytes(range(32))


def test_missing_key_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="KEY_ENCRYPTION_KEY"):
        read(monkeypatch, DATABASE_URL=DATABASE).load_key_encryption_key()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ISSUER_URL", "http://issuer.example", "ISSUER_URL is not https"),
        ("VERIFIER_URL", "http://localhost:8003", "VERIFIER_URL is not https"),
        ("RPC_URLS", "http://127.0.0.1:8545", "RPC_URLS entry is not https"),
        ("CHAIN_SNAPSHOT_FILE", "/data/state.json", "CHAIN_SNAPSHOT_FILE"),
    ],
)
def test_production_refuses_a_stand_in(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        read(monkeypatch, **{**PRODUCTION, name: value})


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"chainId": 31337}, "31337"),
        ({"chainId": 20261, "demonstration": True}, "20261"),
        ({"chainId": 5, "demonstration": True}, "demonstration"),
        ({}, "cannot be read"),
    ],
)
def test_production_refuses_a_development_chain_in_the_deployments(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, document: dict[str, object], said: str
) -> None:
    (tmp_path / "deployments.json").write_text(json.dumps(document))
    with pytest.raises(ValidationError, match=said):
        read(monkeypatch, **PRODUCTION, DEPLOYMENTS_FILE=str(tmp_path / "deployments.json"))


def test_refusal_repeats_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError) as caught:
        read(monkeypatch, **{**PRODUCTION, "KEY_ENCRYPTION_KEY": "not-a-key-" + KEY})
    assert KEY not in str(caught.value)
    assert "secret-password" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "AAAA", "A" * 43, KEY + "AAAA", "한글", KEY[:-1] + "!"])
def test_key_without_the_form_of_a_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="key-encryption key"):
        decode_key_encryption_key(text)


@pytest.mark.parametrize(
    "url", ["localhost:8001", "ftp://x", "https://x/path", "https://u@x", "https://x?q", "https://"]
)
def test_service_url_must_be_an_origin(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    with pytest.raises(ValidationError):
        read(monkeypatch, DATABASE_URL=DATABASE, ISSUER_URL=url)
