"""What a wallet in a browser may fetch from another origin: everything public, nothing of the signing API.

The wallet is an origin of its own. No cookies are used anywhere here, so any origin may ask; what needs a
token needs it in a header, which a page has only when its person gave it one.
"""

from typing import Final

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

_PREFIXES: Final = ("/i/", "/.well-known/", "/receipts/", "/types/")


class OpenToWallets:
    """ASGI middleware: CORS on the public paths, none elsewhere."""

    def __init__(self, app: ASGIApp) -> None:
        self._closed = app
        self._open = CORSMiddleware(
            app,
            allow_origins=("*",),
            allow_methods=("GET", "POST"),
            allow_headers=("Authorization", "Content-Type", "DPoP"),
            expose_headers=("DPoP-Nonce", "WWW-Authenticate"),
            max_age=3_600,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        public = scope["type"] == "http" and scope["path"].startswith(_PREFIXES)
        await (self._open if public else self._closed)(scope, receive, send)
