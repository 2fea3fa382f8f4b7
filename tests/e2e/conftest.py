"""One running product and one browser for all end-to-end tests; every page is watched."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from digital_resume.web.hosting import VENDOR
from scripts.setup_steps import place_web_files
from tests.e2e.browsers import Watch, launch
from tests.e2e.product import Product

expect.set_options(timeout=20_000)

#: Credential types that the running product has beside its own.
TYPES = Path(__file__).parent / "types"


@pytest.fixture(scope="package")
def product() -> Iterator[Product]:
    """Start the product, people and landing page included."""
    if not (VENDOR / "zxing-wasm").is_dir():
        place_web_files()
    # Not one of pytest's folders: an unprivileged database user must be able to pass.
    folder = Path(tempfile.mkdtemp(prefix="vdr-e2e-"))
    folder.chmod(0o711)
    running = Product(folder / "data")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("CREDENTIAL_TYPES_DIR", str(TYPES))
        try:
            running.start()
            yield running
        finally:
            running.stop()
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="package")
def playwright_driver() -> Iterator[Playwright]:
    """Start Playwright's driver."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def browser(playwright_driver: Playwright) -> Iterator[Browser]:
    """Start Chromium."""
    started = launch(playwright_driver)
    yield started
    started.close()


Visit = Callable[..., tuple[Page, Watch]]


@pytest.fixture
def visit() -> Iterator[Visit]:
    """Open pages of people's own browser profiles; the test fails on anything that a page complains of."""
    opened: list[tuple[Page, Watch]] = []

    def open_profile(browser: Browser, width: int = 1280, height: int = 900) -> tuple[Page, Watch]:
        context = browser.new_context(locale="ko-KR", viewport={"width": width, "height": height})
        watch = Watch(context)
        opened.append((context.new_page(), watch))
        return opened[-1]

    yield open_profile
    complaints = [fault for _, watch in opened for fault in watch.unexplained()]
    for page, _ in opened:
        page.context.close()
    assert complaints == []
