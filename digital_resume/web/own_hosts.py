"""Only requests that were meant for this service: the ``Host`` header against DNS rebinding.

A page of a foreign site can point its own name at 127.0.0.1 once it is loaded, and then reads a service of
this machine as if it were of its own origin. What it cannot change is the ``Host`` that the browser sends:
the foreign name. A service on a public name has no such guard and needs none: nothing that it answers
without a key is for some networks only.
"""

import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from digital_resume.error_words import words_of

#: The names of this machine's loopback, beside the one that a service's URL has.
LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?", re.ASCII)


def is_loopback(name: str) -> bool:
    """Tell whether a host name or address is this machine's loopback."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


class OwnHosts:
    """ASGI middleware that refuses requests for another host than the service's own.

    Args:
        app: the service.
        url: its origin. Where that is not on the loopback, nothing is refused.
        exact: whether the port must be the origin's too. Not for what may stand behind a mapped port.
    """

    def __init__(self, app: ASGIApp, url: str, *, exact: bool = False) -> None:
        self._app = app
        parts = urlsplit(url)
        name = parts.hostname or ""
        self._names = LOOPBACK_NAMES | {f"[{name}]" if ":" in name else name} if is_loopback(name) else None
        self._port = str(parts.port or (443 if parts.scheme == "https" else 80)) if exact else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, or answer 421."""
        if scope["type"] not in {"http", "websocket"} or self._names is None or self._is_own(scope):
            await self._app(scope, receive, send)
            return
        words = words_of("host_unknown")
        problem = {
            "type": "urn:vdr:problem:host_unknown",
            "title": words.title,
            "title_ko": words.title_ko,
            "status": 421,
            "code": "host_unknown",
            "detail": "This service does not answer under that name. Open it at its own address.",
            "detail_ko": words.ko,
        }
        answer = JSONResponse(problem, 421, media_type="application/problem+json")
        await answer(scope, receive, send)

    def _is_own(self, scope: Scope) -> bool:
        values = [value for key, value in scope["headers"] if key == b"host"]
        match = _HOST.fullmatch(values[0].decode("latin-1").lower()) if len(values) == 1 else None
        if match is None or self._names is None or match[1] not in self._names:
            return False
        return self._port is None or (match[2] or "80") == self._port
