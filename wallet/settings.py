"""Settings of the wallet server: what every service shares, and the bounds of shares."""

from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from digital_resume.settings import CommonSettings


class WalletSettings(CommonSettings):
    """What the environment says; names of variables are the fields' names in upper case."""

    wallet_credential_issuers: Annotated[tuple[str, ...], NoDecode] = ()
    """Institutions the page offers to ask by identity: slugs below ``ISSUER_URL``, comma separated."""

    wallet_identity_url: str | None = None
    """Where a person gets the credential that proves who they are; the page's first step leads there."""

    wallet_language: Literal["ko", "en"] = "ko"
    """Language of the page until a person chooses one."""

    share_min_days: int = Field(default=1, ge=1, le=200)
    """Shortest time that a share may be asked to live."""

    share_max_days: int = Field(default=200, ge=1, le=200)
    """Longest time that a share may be asked to live."""

    share_total_bytes: int = Field(default=20 * 2**30, ge=2**20)
    """Ciphertext that is stored in all; when it is reached no further share is taken."""

    share_keys_file: Path | None = None
    """File of the keys that stored shares are under, ``DATA_DIR/share-keys`` unless set. Written over when a
    share ends; keep it out of backups, and on storage that all wallet servers share."""

    share_deposits_per_minute: int = Field(default=120, ge=1, le=1_000_000)
    """Shares that one address may deposit."""

    share_clock_slack_seconds: int = Field(default=600, ge=0, le=3_600)
    """How wrong a seeker's clock may go when it computes a share's expiry."""

    openings_flush_seconds: float = Field(default=1.0, ge=0.05, le=60)
    """How often counted openings are written; a kill loses at most this much of them."""

    sweep_seconds: float = Field(default=60.0, ge=0.1, le=86_400)
    """How often shares that expired a day ago are erased."""

    tombstone_days: int = Field(default=200, ge=1, le=3_650)
    """How long after its expiry a share is still answered with "ended" and not with "unknown"."""

    @field_validator("wallet_credential_issuers", mode="before")
    @classmethod
    def _split_issuers(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("wallet_credential_issuers")
    @classmethod
    def _slugs(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for slug in value:
            if not slug.replace("-", "").isalnum() or not slug.isascii() or len(slug) > 63:
                raise ValueError("must be slugs of institutions: ASCII letters, digits and hyphens")
        return value

    @field_validator("wallet_identity_url")
    @classmethod
    def _page(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        local = parts.hostname is not None and (
            parts.hostname in ("localhost", "127.0.0.1", "::1") or parts.hostname.endswith(".localhost")
        )
        if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and local)):
            raise ValueError("must be an https address")
        return value

    def keys_file(self) -> Path:
        """Return the file of the shares' keys."""
        return self.share_keys_file or self.data_dir / "share-keys"

    def credential_issuers(self) -> list[str]:
        """Return the credential issuer identifiers that the page lists."""
        return [f"{self.issuer_url}/i/{slug}" for slug in self.wallet_credential_issuers]

    def issuer_origin(self) -> str:
        """Return the origin that pages may fetch from."""
        parts = urlsplit(self.issuer_url)
        return f"{parts.scheme}://{parts.netloc}"
