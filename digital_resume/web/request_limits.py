"""Bounds of a request: single headers once, and the body's size, time, JSON depth and strictness.

All of it is checked before any handler. A header of one value that comes twice is refused: who reads the
request next might take the other one than the check here did.

The body is read once into memory (it is small by definition), checked, and replayed to the app.
JSON must be strict UTF-8 JSON without NUL characters and lone surrogates, which PostgreSQL cannot
store and no credential needs.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from starlette.types import Message, Receive, Scope

from digital_resume.error_words import particular

#: Headers of one value (RFC 9110 section 5.3; RFC 9449 section 4.3 for DPoP), as far as we read them.
_SINGLE: Final = frozenset(
    {
        b"authorization",
        b"content-encoding",
        b"content-length",
        b"content-type",
        b"dpop",
        b"host",
        b"idempotency-key",
        b"origin",
    }
)
_VISIBLE: Final = re.compile(rb"[\x20-\x7e\t]*")
# A string that never ends is taken to the end of the body: every mark is looked at once, never twice, so a
# hostile body costs time in proportion to its length.
_STRUCTURE = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How large, deep and slow a body may be.

    Attributes:
        max_bytes: largest body.
        by_prefix: other sizes for paths that begin so; the longest prefix wins.
        max_depth: deepest nesting of JSON.
        seconds: time in which the whole body must have come.
        nul: whether strings may hold the character NUL, which PostgreSQL cannot store.
    """

    max_bytes: int = 1_048_576
    by_prefix: Mapping[str, int] = field(default_factory=dict)
    max_depth: int = 32
    seconds: float = 30.0
    nul: bool = False

    def size_for(self, path: str) -> int:
        """Return the largest body for ``path``."""
        prefixes = [prefix for prefix in self.by_prefix if path.startswith(prefix)]
        return self.by_prefix[max(prefixes, key=len)] if prefixes else self.max_bytes


DEFAULT_LIMITS = BodyLimits()


class RequestRejectedError(Exception):
    """A body that is refused; ``code`` is the problem's, and ``message_ko`` says the same in Korean."""

    def __init__(self, code: str, message: str, message_ko: str) -> None:
        super().__init__(message)
        self.code = code
        self.message_ko = message_ko


async def read_bounded_body(scope: Scope, receive: Receive, limits: BodyLimits) -> Receive:
    """Read and check the body; return a ``receive`` that replays it.

    Raises:
        RequestRejectedError: a single header comes twice, or the body is too large, too deep, too slow or not
            strict JSON.
    """
    headers = _single_headers(scope)
    largest = limits.size_for(scope["path"])
    declared = headers.get(b"content-length", b"0")
    if not declared.isdigit():
        raise RequestRejectedError(
            "malformed",
            "The Content-Length header is not a number.",
            particular("malformed", "content_length"),
        )
    if int(declared) > largest:
        raise _too_large(largest)
    try:
        async with asyncio.timeout(limits.seconds):
            body, disconnected = await _collect(receive, largest)
    except TimeoutError:
        raise RequestRejectedError(
            "body_timeout",
            f"The body did not arrive within {limits.seconds:g} seconds. Send it again.",
            particular("body_timeout", "seconds", seconds=limits.seconds),
        ) from None
    if disconnected is None and _is_json(headers.get(b"content-type", b"")):
        check_json(body, limits.max_depth, nul=limits.nul)
    return _replay(body, disconnected, receive)


def _single_headers(scope: Scope) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        lower = name.lower()
        if lower in _SINGLE:
            if lower in found:
                raise RequestRejectedError(
                    "malformed",
                    f"The header {lower.decode()} comes twice. Send it once.",
                    particular("malformed", "header_twice", name=lower.decode()),
                )
            found[lower] = value
    if not _VISIBLE.fullmatch(found.get(b"content-type", b"")):
        raise RequestRejectedError(
            "malformed",
            "The Content-Type header holds characters that it cannot have.",
            particular("malformed", "content_type"),
        )
    return found


def check_json(body: bytes, max_depth: int, *, nul: bool = False) -> None:
    """Refuse JSON that is too deep, not strict, or holds characters that cannot be stored.

    Raises:
        RequestRejectedError: with what is wrong, never with the content.
    """
    if not body:
        return
    if body.count(b"[") + body.count(b"{") > max_depth:
        depth = 0
        for match in _STRUCTURE.finditer(body):
            mark = match.group()
            depth += 1 if mark in b"[{" else -1 if mark in b"]}" else 0
            if depth > max_depth:
                raise RequestRejectedError(
                    "too_large",
                    f"The JSON is nested deeper than {max_depth} levels. Make it flatter.",
                    particular("too_large", "depth", depth=max_depth),
                )
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise RequestRejectedError(
            "malformed",
            "The body is not valid JSON in UTF-8. Check its quotes, commas, braces and encoding.",
            particular("malformed", "body_not_strict"),
        ) from None
    if not nul and b"\\u0000" in body and _has_nul(value):
        raise RequestRejectedError(
            "malformed",
            "The JSON holds a NUL character, which cannot be stored. Remove it.",
            particular("malformed", "body_nul"),
        )


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any("\x00" in key or _has_nul(item) for key, item in value.items())
    return isinstance(value, list) and any(_has_nul(item) for item in value)


def _is_json(content_type: bytes) -> bool:
    media_type = content_type.split(b";")[0].strip().lower()
    return media_type == b"application/json" or media_type.endswith(b"+json")


def _too_large(largest: int) -> RequestRejectedError:
    return RequestRejectedError(
        "too_large",
        f"The body is larger than {largest} bytes, the most this address accepts.",
        particular("too_large", "body_bytes", most=largest),
    )


async def _collect(receive: Receive, largest: int) -> tuple[bytes, Message | None]:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b"", message
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > largest:
            raise _too_large(largest)
        if not message.get("more_body", False):
            return b"".join(parts), None


def _replay(body: bytes, disconnected: Message | None, receive: Receive) -> Receive:
    pending: Message | None = disconnected or {"type": "http.request", "body": body, "more_body": False}

    async def replay() -> Message:
        nonlocal pending
        if pending is not None:
            message, pending = pending, None
            return message
        return await receive()

    return replay
