"""Settings that every service and command shares, read from the environment when an app is made.

One class, no import-time reads: ``create_app(settings)`` makes it or is handed one. Development
stand-ins (the embedded chain, plain-HTTP URLs, a key that everybody knows) are allowed only with
``ENVIRONMENT=development``; ``production`` refuses each of them by name.
"""

import base64
import binascii
import ipaddress
import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from digital_resume.core.credentials.catalog import Catalog, load_catalog

#: Chains that exist for development only: anvil's default, hardhat's default and our embedded one.
DEVELOPMENT_CHAIN_IDS = frozenset({31337, 1337, 20261})
EMBEDDED_CHAIN_ID = 20261


class Environment(StrEnum):
    """Where the product runs; ``production`` refuses every development stand-in."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class CommonSettings(BaseSettings):
    """What the environment says; names of variables are the fields' names in upper case.

    Raises:
        pydantic.ValidationError: a value is missing, malformed, or a stand-in named in production.
    """

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", hide_input_in_errors=True)

    needs_key_encryption_key: ClassVar[bool] = False
    """Whether production refuses to start without it. Only who decrypts is given it: issuer and worker."""

    environment: Environment = Environment.DEVELOPMENT
    """``production`` refuses every development stand-in: plain HTTP, development chains and nodes, well-known
    keys, a missing key-encryption key, a database role that may use another service's schema."""
    database_url: SecretStr
    """``postgresql://…`` with the service's own role; ``resume migrate`` and ``make up`` take the owner's."""
    rpc_urls: Annotated[tuple[str, ...], NoDecode] = ()
    """JSON-RPC addresses of the chain's nodes; the next is asked when one fails."""
    rpc_quorum: int = Field(default=1, ge=1, le=16)
    """How many nodes of ``RPC_URLS`` have to give the same answer before it is used; 1 believes the first."""
    deployments_file: Path | None = None
    """What ``resume deploy`` wrote: the chain, the contracts and their code that are pinned."""
    issuer_url: str = "http://localhost:8001"
    """Public origin of the issuer. Institutions' DIDs are made of it, so it must not change."""
    wallet_url: str = "http://localhost:8002"
    """Public origin of the wallet."""
    verifier_url: str = "http://localhost:8003"
    """Public origin of the verifier; share links begin with it."""
    modules_url: str = "http://localhost:8004"
    """Public origin of the modules' host."""
    key_encryption_key: SecretStr | None = None
    """32 bytes, base64url: encrypts signing keys, waiting records and account keys; never in the database."""
    key_encryption_key_file: Path | None = None
    """File that holds the key-encryption key, in place of the variable."""
    chain_snapshot_file: Path | None = None
    """Embedded chain only: an anchor is final when the chain's snapshot is written here."""
    rate_limits: bool = True
    """Whether strangers' requests are counted per address; off only behind something that counts them."""
    rate_limit_storage: Literal["memory", "postgresql"] = "memory"
    """Where requests are counted: each process's memory, or the service's schema for all its processes."""
    trusted_proxy_hops: int = Field(default=0, ge=0, le=8)
    """Your own reverse proxies that append the client's address to ``X-Forwarded-For``."""
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    """Networks that those proxies connect from, such as ``10.2.0.0/16``; any address that is not on the
    public internet when not set."""
    module_requests_per_minute: int = Field(default=600, ge=1, le=1_000_000)
    """Modules: requests that change something which one address may send to each route."""
    credential_types_dir: Path | None = None
    """A folder of further credential types, one JSON file each, beside those shipped."""
    contexts_dir: Path | None = None
    """A folder of further JSON-LD contexts that documents may name, listed in its ``contexts.json`` with the
    SHA-256 of each; none that is shipped can be replaced."""
    anchor_tick_seconds: float = Field(default=60.0, ge=0.05, le=86_400)
    """Pause between two anchors; ``make up`` uses 3."""
    data_dir: Path = Path("data")
    """Folder of ``keys/``, the encrypted account keys, and of what ``make up`` keeps."""

    @field_validator("rpc_urls", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ipaddress.ip_network(network)
        return value

    @field_validator("issuer_url", "wallet_url", "verifier_url", "modules_url")
    @classmethod
    def _origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be an absolute http(s) URL such as https://issuer.example")
        if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
            raise ValueError("must be an origin: scheme, host and port only")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _refuse_stand_ins(self) -> Self:
        if self.key_encryption_key is not None:
            decode_key_encryption_key(self.key_encryption_key.get_secret_value())
        nodes = {urlsplit(url).netloc.rpartition("@")[2].lower() for url in self.rpc_urls}
        if self.rpc_urls and self.rpc_quorum > len(nodes):
            raise ValueError(
                f"RPC_QUORUM is {self.rpc_quorum}, but RPC_URLS names {len(nodes)} different nodes: "
                "add nodes or lower it"
            )
        if self.is_production:
            problems = self._stand_ins()
            if problems:
                raise ValueError("ENVIRONMENT=production refuses: " + "; ".join(problems))
        return self

    def _stand_ins(self) -> list[str]:
        problems = []
        for name in ("issuer_url", "wallet_url", "verifier_url", "modules_url"):
            if urlsplit(getattr(self, name)).scheme != "https":
                problems.append(f"{name.upper()} is not https")
        missing = self.key_encryption_key is None and self.key_encryption_key_file is None
        if self.needs_key_encryption_key and missing:
            problems.append("neither KEY_ENCRYPTION_KEY nor KEY_ENCRYPTION_KEY_FILE is set")
        if self.chain_snapshot_file is not None:
            problems.append("CHAIN_SNAPSHOT_FILE belongs to the embedded chain")
        problems.extend(
            "an RPC_URLS entry is not https" for url in self.rpc_urls if urlsplit(url).scheme != "https"
        )
        deployments = self.deployments_file
        if deployments is not None and deployments.is_file():
            problems.extend(_deployment_stand_ins(deployments))
        return problems

    @property
    def is_production(self) -> bool:
        """Tell whether development stand-ins are refused."""
        return self.environment is Environment.PRODUCTION

    @property
    def demonstration(self) -> bool:
        """Tell whether pages must name the deployment a demonstration (시연용)."""
        return not self.is_production

    def load_key_encryption_key(self) -> bytes:
        """Return the 32-byte key-encryption key from the variable or the file.

        Raises:
            ValueError: neither is set, or what is there is not 32 bytes of base64url.
        """
        if self.key_encryption_key is not None:
            return decode_key_encryption_key(self.key_encryption_key.get_secret_value())
        if self.key_encryption_key_file is not None:
            return decode_key_encryption_key(self.key_encryption_key_file.read_text("ascii").strip())
        raise ValueError(
            "No key-encryption key: set KEY_ENCRYPTION_KEY (32 bytes, base64url) or KEY_ENCRYPTION_KEY_FILE."
        )

    def load_catalog(self) -> Catalog:
        """Return the credential types of the deployment: those shipped and those of its own folder.

        Raises:
            MalformedError: the folder or a file in it is not what it must be.
        """
        return load_catalog(self.credential_types_dir)

    def local_origins(self) -> frozenset[str]:
        """Return the deployment's own origins that a guarded fetch may reach over plain HTTP.

        Empty in production: there every address must be public and https.
        """
        if self.is_production:
            return frozenset()
        return frozenset({self.issuer_url, self.wallet_url, self.verifier_url, self.modules_url})


def settings_problem(error: ValueError) -> str:
    """Return in one line what is wrong with settings, by the names of the variables; never a value.

    Args:
        error: pydantic's, or one of ours about a setting.
    """
    if not isinstance(error, ValidationError):
        return str(error)
    faults = []
    for item in error.errors():
        name = "_".join(map(str, item["loc"])).upper()
        said = "없습니다 · is not set" if item["type"] == "missing" else item["msg"]
        faults.append(f"{name}: {said}" if name else said)
    return "설정을 확인해 주세요 · check the settings — " + "; ".join(faults)


def decode_key_encryption_key(text: str) -> bytes:
    """Decode 32 bytes of base64url (padding optional) and refuse keys without entropy.

    Raises:
        ValueError: not base64url, not 32 bytes, or all bytes the same. The value is never repeated.
    """
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("The key-encryption key is not base64url.") from None
    if len(key) != 32:
        raise ValueError("The key-encryption key is not 32 bytes long.")
    if len(set(key)) == 1:
        raise ValueError("The key-encryption key has no entropy: make one with a random generator.")
    return key


def _deployment_stand_ins(path: Path) -> list[str]:
    try:
        document = json.loads(path.read_text("utf-8"))
        chain_id = int(document["chainId"])
    except (OSError, ValueError, KeyError, TypeError):
        return ["DEPLOYMENTS_FILE cannot be read"]
    problems = []
    if chain_id in DEVELOPMENT_CHAIN_IDS:
        problems.append(f"chain id {chain_id} is a development chain")
    if document.get("demonstration"):
        problems.append("DEPLOYMENTS_FILE describes a demonstration chain")
    return problems
