"""The specification's JSON on OpenID4VCI's endpoints, whoever refuses: body limits, rate limits, database.

OpenID4VCI 1.0 sections 6.3, 8.3.1.2 and 11.3, RFC 6749 section 5.2. What refuses a request before a handler
sees it answers a problem document (``digital_resume.web.problems``). A wallet reads ``error`` and
``error_description`` on these addresses, so the document is written again here: with the endpoint's own code
where the request is to blame, and the problem's code beside it.
"""

import re
from http import HTTPStatus
from typing import Any, Final

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digital_resume.web.problems import MEDIA_TYPE
from issuer.openid4vci.errors import ProtocolError

_ENDPOINT: Final = re.compile(r"/i/[^/]+/(token|nonce|credential|notification)", re.ASCII)
_BLAMED: Final = {
    "token": "invalid_request",
    "nonce": "invalid_request",
    "credential": "invalid_credential_request",
    "notification": "invalid_notification_request",
}
_UNREADABLE: Final = frozenset(
    {
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
_REPLACED: Final = frozenset({b"content-type", b"content-length", b"cache-control"})


class SpecErrors:
    """ASGI middleware: a problem document on an OpenID4VCI endpoint leaves as that specification's error."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        match = _ENDPOINT.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if match is None:
            await self._app(scope, receive, send)
            return
        answer = _Answer(match[1], scope, receive, send)
        await self._app(scope, receive, answer.send)


class _Answer:
    """What one request is answered: passed on as it is, or kept until the problem is whole."""

    def __init__(self, endpoint: str, scope: Scope, receive: Receive, send: Send) -> None:
        self._endpoint, self._scope, self._receive, self._send = endpoint, scope, receive, send
        self._problem: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_problem(message):
            self._problem = message
            return
        if self._problem is None:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if not message.get("more_body", False):
            await self._translate(self._problem)

    async def _translate(self, start: Message) -> None:
        document: dict[str, Any] = orjson.loads(self._body)
        status = start["status"]
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
            away = status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS)
            error = "temporarily_unavailable" if away else "server_error"
        else:
            error = _BLAMED[self._endpoint]
        # A fault of the request is answered with 400 and nothing else here (section 8.3.1.2).
        shown = HTTPStatus.BAD_REQUEST if status in _UNREADABLE else status
        response = ProtocolError(error, document["detail"], status=shown, reason=document["code"]).response()
        kept = [(name, value) for name, value in start["headers"] if name not in _REPLACED]
        replaced = {name for name, _ in kept}
        response.raw_headers = [*(h for h in response.raw_headers if h[0] not in replaced), *kept]
        await response(self._scope, self._receive, self._send)


def _is_problem(start: Message) -> bool:
    return any(name == b"content-type" and value == MEDIA_TYPE.encode() for name, value in start["headers"])
