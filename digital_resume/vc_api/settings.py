"""Settings of the VC-API: it has no database, so they are few.

``VC_API_PUBLIC_URL`` is the origin that status entries name, ``VC_API_SEED_FILE`` holds the 32 bytes
(base64url) all keys are derived from, ``VC_API_STATUS_FILE`` keeps the status lists. Without the two files
keys and lists live as long as the process, which suits conformance runs only.
"""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from digital_resume.core.encoding.base64url import b64u_decode
from digital_resume.core.errors import MalformedError


class VcApiSettings(BaseSettings):
    """What the environment says; names of variables are ``VC_API_`` and the fields' names in upper case."""

    model_config = SettingsConfigDict(
        env_prefix="VC_API_", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    public_url: str = "http://127.0.0.1:9000"
    """Origin that status entries name."""
    seed_file: Path | None = None
    """File of 32 bytes, base64url, from which all keys are derived; without it they end with the process."""
    status_file: Path | None = None
    """File that keeps the status lists; without it they end with the process."""
    fetch_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Origins whose documents may be fetched though they are not public."""
    contexts_dir: Path | None = None
    """A folder of further JSON-LD contexts that documents may name, as ``CONTEXTS_DIR`` of the services."""
    fetch_seconds: float = Field(default=3.0, gt=0, le=30)
    """Longest time for one fetch."""

    @field_validator("fetch_origins", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("public_url")
    @classmethod
    def _origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be an absolute http(s) URL such as https://vc-api.example")
        return value.rstrip("/")

    def load_seed(self) -> bytes | None:
        """Return the seed of the keys, ``None`` when new keys are to be made.

        Raises:
            ValueError: the file does not hold 32 bytes of base64url.
        """
        if self.seed_file is None:
            return None
        try:
            seed = b64u_decode(self.seed_file.read_text("ascii").strip(), max_bytes=64)
        except (OSError, UnicodeError, MalformedError) as error:
            raise ValueError(
                "VC_API_SEED_FILE cannot be read: 32 bytes, base64url without padding."
            ) from error
        if len(seed) != 32:
            raise ValueError("VC_API_SEED_FILE must hold 32 bytes, base64url without padding.")
        return seed
