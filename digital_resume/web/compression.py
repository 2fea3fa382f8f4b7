"""Compressed files for browsers: brotli or gzip, made once for each state of a file.

Only what is the same for everybody is compressed: files and pages. Answers that may hold a secret beside
something that a stranger chose are not, because their length would tell of it (BREACH).
"""

import asyncio
import gzip
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Final

import brotli
from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse
from starlette.types import Scope

_TEXT: Final = frozenset(
    {".css", ".html", ".js", ".json", ".map", ".md", ".mjs", ".svg", ".txt", ".wasm", ".webmanifest", ".xml"}
)
#: Larger files are sent as they are; the largest of ours is the QR library's WebAssembly, 1 MB.
_MAX_BYTES: Final = 4 * 1024 * 1024
#: The best quality costs seconds a megabyte; above this size a quicker one is used.
_BEST_UP_TO: Final = 256 * 1024
_KEPT: Final = 512
_KEPT_BYTES: Final = 16 * 1024 * 1024


class _Cache:
    """Compressed bytes by file, its state and encoding; the least recently used dropped first (LRU)."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int, int, str], bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, path: Path, encoding: str) -> bytes:
        stat = path.stat()
        key = (str(path), stat.st_mtime_ns, stat.st_size, encoding)
        with self._lock:  # of many first requests for a file, one compresses
            kept = self._kept.get(key)
            if kept is None:
                kept = _compressed(path.read_bytes(), encoding)
                self._kept[key] = kept
                self._bytes += len(kept)
                while len(self._kept) > _KEPT or self._bytes > _KEPT_BYTES:
                    self._bytes -= len(self._kept.popitem(last=False)[1])
            else:
                self._kept.move_to_end(key)
            return kept


_cache = _Cache()


def accepted_encoding(header: str) -> str | None:
    """Return the best of our encodings that ``Accept-Encoding`` takes (RFC 9110, section 12.5.3)."""
    weights: dict[str, float] = {}
    for part in header.lower().split(","):
        name, _, parameter = part.partition(";")
        text = parameter.strip().removeprefix("q=")
        try:
            weights[name.strip()] = float(text) if text else 1.0
        except ValueError:
            weights[name.strip()] = 0.0
    usable = [(weights.get(name, weights.get("*", 0.0)), name) for name in ("br", "gzip")]
    best = max(usable, key=lambda one: one[0])
    return best[1] if best[0] > 0 else None


async def encoded(response: Response, scope: Scope) -> Response:
    """Return a file's response compressed, where its reader takes that and it is worth while.

    Args:
        response: what would be sent; other than a whole text file it comes back as it is.
        scope: of the request.
    """
    if not isinstance(response, FileResponse) or response.status_code != 200:
        return response
    path = Path(response.path)
    if path.suffix.lower() not in _TEXT:
        return response
    stat = await asyncio.to_thread(path.stat)
    if "etag" not in response.headers:
        response.set_stat_headers(stat)
    response.headers.add_vary_header("accept-encoding")
    headers = Headers(scope=scope)
    encoding = accepted_encoding(headers.get("accept-encoding", ""))
    if encoding is None or "range" in headers or stat.st_size > _MAX_BYTES:
        return response
    body = await asyncio.to_thread(_cache.get, path, encoding)
    kept = {
        name: response.headers[name]
        for name in ("cache-control", "vary")  # the tag says when a file is another
        if name in response.headers
    }
    tag = response.headers.get("etag", "").strip('"')
    if tag:
        kept["etag"] = f'"{tag}-{encoding}"'
        asked = [one.strip().removeprefix("W/") for one in headers.get("if-none-match", "").split(",")]
        if kept["etag"] in asked:
            return NotModifiedResponse(Headers(kept))
    return Response(body, media_type=response.media_type, headers={**kept, "content-encoding": encoding})


def _compressed(content: bytes, encoding: str) -> bytes:
    best = len(content) <= _BEST_UP_TO
    if encoding == "br":
        return bytes(brotli.compress(content, quality=11 if best else 6))
    return gzip.compress(content, 9 if best else 6, mtime=0)
