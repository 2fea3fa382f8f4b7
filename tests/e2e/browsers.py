"""Real browsers, and the watch over what their pages complain about and send."""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Playwright, Request

from scripts.browser import find_browser

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "test-results" / "e2e"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
FILM_SIZE = (640, 480)
FILM_FRAMES = 12
_TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP violation: ${event.violatedDirective} ${event.blockedURI}`);
});
"""


def launch(playwright: Playwright, *more: str) -> Browser:
    """Start Chromium."""
    found = find_browser()
    if found is None:
        raise FileNotFoundError("no Chromium: run `make test`, or `python -m scripts.browser`")
    return playwright.chromium.launch(executable_path=str(found), args=[*FLAGS, *more])


def camera_flags(film: Path) -> tuple[str, ...]:
    """Return the flags that make a film the camera, allowed by the person without a question."""
    return (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )


def film_of(image: Path, film: Path) -> None:
    """Write what a camera sees that is held over an image: it in the middle of a light table, as MJPEG."""
    with Image.open(image) as opened:
        code = opened.convert("RGB").resize((400, 400), Image.Resampling.LANCZOS)
    with film.open("wb") as file:
        for number in range(FILM_FRAMES):
            frame = Image.new("RGB", FILM_SIZE, (232, 228, 220))
            tremble = number % 3
            frame.paste(code, ((FILM_SIZE[0] - 400) // 2 + tremble, (FILM_SIZE[1] - 400) // 2))
            frame.save(file, "JPEG", quality=88)


class Watch:
    """All that the pages of one browser context report and send."""

    def __init__(self, context: BrowserContext) -> None:
        self._faults: list[str] = []
        self._expected: list[str] = []
        self._requests: list[Request] = []
        context.add_init_script(_TELL_VIOLATIONS)
        context.on("request", self._on_request)
        context.on("console", self._on_console)
        context.on("weberror", lambda found: self._faults.append(str(found.error)))
        context.on("page", lambda page: page.on("crash", lambda _: self._faults.append("the page crashed")))

    def _on_request(self, request: Request) -> None:
        self._requests.append(request)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._faults.append(f"{message.text} ({message.location['url']})")

    def expect(self, pattern: str) -> None:
        """Name a complaint that this test provokes, as a regular expression."""
        self._expected.append(pattern)

    def expect_status(self, *statuses: int) -> None:
        """Name refusals of a server that this test provokes."""
        for status in statuses:
            self.expect(rf"Failed to load resource: the server responded with a status of {status}\b")

    def unexplained(self) -> list[str]:
        """Return the complaints that nobody expected."""
        return [
            fault
            for fault in self._faults
            if not any(re.search(pattern, fault) for pattern in self._expected)
        ]

    def addresses(self) -> list[str]:
        """Return the address of every request."""
        return [request.url for request in self._requests]

    def sent(self) -> Iterator[str]:
        """Yield everything that left the browser: addresses, headers and bodies."""
        for request in self._requests:
            yield request.url
            yield json.dumps(request.headers)
            if request.post_data_buffer:
                yield request.post_data_buffer.decode("latin-1")

    def bodies(self, path: str) -> list[Any]:
        """Return the JSON bodies that went to a path."""
        return [
            request.post_data_json
            for request in self._requests
            if request.method == "POST" and request.url.endswith(path)
        ]


def spellings(key: str) -> tuple[str, ...]:
    """Return the ways in which a base64url key could be written down."""
    raw = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
    plain = base64.b64encode(raw).decode()
    return (key, plain, plain.rstrip("="), raw.hex(), raw.hex().upper(), raw.decode("latin-1"))


def disclosed(presentation: dict[str, Any]) -> str:
    """Return everything readable in a resume, whatever is encoded in it decoded too."""
    text = json.dumps(presentation, ensure_ascii=False)
    parts = [text]
    for word in re.findall(r"[A-Za-z0-9_-]{16,}", text):
        try:
            parts.append(base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)).decode())
        except (binascii.Error, UnicodeDecodeError):
            continue
    return "\n".join(parts)
