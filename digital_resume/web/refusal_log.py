"""One line in the log for every call that is refused, without personal data.

A line has the method, the route as the service declares it (a path that matches none is masked), the status
and the stable code: what an operator needs to see that an institution's calls fail, and why. Never an
address, an id, a query, a header or a word of the body. So that strangers cannot fill a disk, lines beyond
some a second are counted and told of in the next one. Connections that are refused before a request is read
have a line too.
"""

import logging
import re
import time
from typing import Final

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digital_resume.web.access_log import masked_path

log = logging.getLogger(__name__)

LINES_A_SECOND: Final = 50
_METHOD: Final = re.compile(r"[A-Z]{1,10}", re.ASCII)
_CODE: Final = re.compile(r"[A-Za-z0-9_]{1,60}", re.ASCII)
_LARGEST: Final = 65_536


class _Lines:
    """Writes lines, so many a second; one for the whole process."""

    def __init__(self) -> None:
        self._begun = float("-inf")
        self._written = 0
        self._untold = 0

    def write(self, method: str, place: str, status: int, code: str) -> None:
        """Write a line, or count it."""
        now = time.monotonic()
        if now - self._begun >= 1:
            self._begun, self._written = now, 0
        if self._written >= LINES_A_SECOND:
            self._untold += 1
            return
        self._written += 1
        more = f" ({self._untold} more before it)" if self._untold else ""
        self._untold = 0
        # A warning, as that is what Python shows where nobody has configured anything.
        log.warning("Refused %s %s: %d %s%s", method, place, status, code, more)


_lines = _Lines()


def note_refusal(scope: Scope, status: int, code: str) -> None:
    """Write the line of a refused request.

    Args:
        scope: the request's; its route where one matched.
        status: HTTP status of the answer.
        code: stable code of the answer, ``-`` where it has none.
    """
    route = getattr(scope.get("route"), "path", None)
    method = str(scope.get("method", ""))
    _lines.write(
        method if _METHOD.fullmatch(method) else "…",
        str(route) if route else masked_path(str(scope.get("path", ""))),
        status,
        code if _CODE.fullmatch(code) else "-",
    )


class RefusalLog:
    """ASGI middleware that notes every answer of 400 and above; the outermost, so that none is missed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, and note it when it is refused."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, body = 200, b""

        async def watched(message: Message) -> None:
            nonlocal status, body
            if message["type"] == "http.response.start":
                status = message["status"]
            elif status >= 400 and len(body) < _LARGEST:
                body += message.get("body", b"")
            await send(message)

        await self._app(scope, receive, watched)
        if status >= 400:
            note_refusal(scope, status, _code_of(body))


def _code_of(body: bytes) -> str:
    """Return the stable code of an answer: a problem's, else that of an OAuth or OpenID4VCI error."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "-"
    if not isinstance(answer, dict):
        return "-"
    code = answer.get("code") or answer.get("error")
    return code if isinstance(code, str) else "-"
