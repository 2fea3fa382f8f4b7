"""What a server takes of clients: connections, time for a request, size of its head."""

import sys
from typing import Annotated, Any, Final

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from digital_resume.web.client_address import Proxies

if sys.platform != "win32":
    import resource

#: File descriptors for everything that is no client's connection: database, chain, fetches, browser files.
RESERVED_DESCRIPTORS: Final = 256
_MOST: Final = 10_000


class ServerSettings(BaseSettings):
    """Settings of the HTTP server that every service runs in."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", hide_input_in_errors=True)

    max_connections: int | None = Field(default=None, ge=1, le=1_000_000)
    """Connections of a process; not set, what its file descriptors allow. Beyond, whoever has waited longest
    without a whole request is disconnected."""
    connections_per_address: int = Field(default=256, ge=1, le=1_000_000)
    """Connections of one address (a /64 in IPv6) to a process; a trusted proxy's are not counted."""
    request_head_seconds: float = Field(default=10.0, ge=0.1, le=300)
    """Time in which a request's whole head must have come, counted from the connection or its first byte."""
    request_head_bytes: int = Field(default=32_768, ge=1_024, le=1_048_576)
    """Largest head of a request: its line and all headers."""
    request_headers: int = Field(default=100, ge=10, le=10_000)
    """Most headers of a request."""
    request_body_seconds: float = Field(default=60.0, ge=0.1, le=3_600)
    """Time in which a request's whole body must have come, also where it was answered before."""
    request_body_bytes: int = Field(default=16_777_216, ge=65_536, le=1_073_741_824)
    """Most bytes of a request's body as they come: also with the framing of chunks, trailers, and what comes
    after the answer. Above what any address of a service accepts."""
    stalled_seconds: float = Field(default=20.0, ge=0.1, le=3_600)
    """Pause after which a client that reads less than a kibibyte of its answer a second is disconnected."""
    trusted_proxy_hops: int = Field(default=0, ge=0, le=8)
    """As in CommonSettings."""
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    """As in CommonSettings."""

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    def proxies(self) -> Proxies:
        """Return the reverse proxies of one's own."""
        return Proxies.of(self.trusted_proxy_hops, self.trusted_proxies)

    def most_connections(self) -> int:
        """Return how many connections a process takes."""
        if self.max_connections is not None:
            return self.max_connections
        if sys.platform == "win32":
            return _MOST
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft == resource.RLIM_INFINITY:
            return _MOST
        return max(16, min(_MOST, soft - RESERVED_DESCRIPTORS))
