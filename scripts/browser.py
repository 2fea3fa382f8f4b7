"""A real Chromium for tests: the installed one, else Debian's package, else Playwright's own.

``python -m scripts.browser`` finds or installs it and prints its path.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.apt import install_packages

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


class BrowserError(Exception):
    """No Chromium could be had; the message says what to do."""


def find_browser() -> Path | None:
    """Return a Chromium that is there and starts; ``CHROMIUM=/path`` goes first."""
    named = os.environ.get("CHROMIUM")
    candidates = [Path(named)] if named else []
    candidates += [Path(found) for name in NAMES if (found := shutil.which(name))]
    candidates += [MAC, *_playwright_browsers()]
    return next((path for path in candidates if path.is_file() and _starts(path)), None)


def find_or_install_browser() -> Path:
    """Return a Chromium; install one when there is none.

    Raises:
        BrowserError: none could be installed.
    """
    for install in (_nothing, _install_debian, _install_playwright):
        install()
        found = find_browser()
        if found is not None:
            return found
    raise BrowserError(
        "Chromium을 설치하지 못했습니다. 직접 설치하거나 CHROMIUM=/경로 로 알려 주세요.\n"
        "No Chromium could be installed. Install one, or name it: CHROMIUM=/path/to/chromium"
    )


def _nothing() -> None:
    """Look at what is there first."""


def _install_debian() -> None:
    install_packages("chromium", "fonts-noto-cjk")


def _install_playwright() -> None:
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def _playwright_browsers() -> list[Path]:
    named = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    places = [Path(named)] if named else []
    places += [Path.home() / ".cache" / "ms-playwright", Path.home() / "Library/Caches/ms-playwright"]
    patterns = (
        "chromium-*/chrome-linux*/chrome",
        "chromium-*/chrome-mac*/Chromium.app/Contents/MacOS/Chromium",
    )
    return [path for place in places for pattern in patterns for path in sorted(place.glob(pattern))]


def _starts(path: Path) -> bool:
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def main() -> int:
    """Find or install a browser; return the exit code."""
    try:
        print(find_or_install_browser())
    except BrowserError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
