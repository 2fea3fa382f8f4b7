"""Response headers of the pages: a Content Security Policy that allows nothing it need not.

Source: CSP Level 3 and Trusted Types; the policy starts at ``default-src 'none'`` and has no inline
code, no ``eval`` and no foreign host but those a service names.
"""

from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class ContentSecurityPolicy:
    """The policy of one service's pages.

    Args:
        connect: origins besides its own that the page may fetch from.
        wasm: whether WebAssembly may be compiled (the QR reader and writer).
        camera: whether the page may ask for the camera.
        trusted_types: names of the Trusted Types policies that the page creates (a Worker's URL
            needs one); none by default.
    """

    connect: tuple[str, ...] = ()
    wasm: bool = False
    camera: bool = False
    trusted_types: tuple[str, ...] = ()

    def header(self) -> str:
        """Return the ``Content-Security-Policy`` value."""
        script = "'self' 'wasm-unsafe-eval'" if self.wasm else "'self'"
        return "; ".join(
            (
                "default-src 'none'",
                f"script-src {script}",
                "style-src 'self'",
                "font-src 'self'",
                "img-src 'self' data: blob:",
                "media-src 'self' blob:",
                "worker-src 'self'",
                "manifest-src 'self'",
                " ".join(("connect-src 'self'", *self.connect)),
                "base-uri 'none'",
                "form-action 'self'",
                "frame-ancestors 'none'",
                "require-trusted-types-for 'script'",
                " ".join(("trusted-types", *(self.trusted_types or ("'none'",)))),
            )
        )

    def permissions(self) -> str:
        """Return the ``Permissions-Policy`` value."""
        camera = "(self)" if self.camera else "()"
        return f"camera={camera}, microphone=(), geolocation=(), payment=(), usb=()"


class SecurityHeaders:
    """ASGI middleware that sets the security headers on every response of a service.

    Those that only a page can break go with pages: on each of its fifty files they weigh 8 KB a first visit.
    """

    def __init__(self, app: ASGIApp, policy: ContentSecurityPolicy) -> None:
        self._app = app
        self._headers = {
            "content-security-policy": policy.header(),
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
            "strict-transport-security": "max-age=63072000",
        }
        self._page_headers = {
            "permissions-policy": policy.permissions(),
            "cross-origin-opener-policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, adding each header that the response has not set itself."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if headers.get("content-type", "text/html").startswith("text/html"):
                    for name, value in self._page_headers.items():
                        headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)
