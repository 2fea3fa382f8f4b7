"""What a first visit loads, as Chromium counts it on the wire: answers, compressed, with their headers."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.browsers import launch
from tests.integration.verifier.conftest import Running

pytestmark = [pytest.mark.integration, pytest.mark.e2e]

KB = 1_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium."""
    with sync_playwright() as playwright:
        started = launch(playwright)
        yield started
        started.close()


def first_load(browser: Browser, url: str, language: str) -> dict[str, float]:
    """Return the bytes of every answer of a first visit by address."""
    context = browser.new_context(locale=language, viewport={"width": 360, "height": 740})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    addresses: dict[str, str] = {}
    sizes: dict[str, float] = {}

    def sent(event: dict[str, Any]) -> None:
        addresses[event["requestId"]] = event["request"]["url"]

    def finished(event: dict[str, Any]) -> None:
        sizes[addresses[event["requestId"]]] = event["encodedDataLength"]

    session.on("Network.requestWillBeSent", sent)
    session.on("Network.loadingFinished", finished)
    page.goto(url)
    page.locator("h1").wait_for()
    page.wait_for_load_state("networkidle")
    context.close()
    return sizes


@pytest.mark.parametrize("language", ["ko-KR", "en-GB"])
@pytest.mark.parametrize(("page", "most"), [("wallet", 160 * KB), ("verifier", 120 * KB)])
def test_a_first_visit_is_light(
    browser: Browser, running: Running, page: str, most: int, language: str
) -> None:
    url = running.wallet_url if page == "wallet" else running.verifier_url
    sizes = first_load(browser, url, language)
    told = "\n".join(f"{size:8.0f} {address}" for address, size in sorted(sizes.items(), key=lambda s: -s[1]))
    total = sum(sizes.values())
    print(f"{page} {language}: {total / KB:.1f} KB in {len(sizes)} answers\n{told}")
    assert total <= most, told
    assert not any("/vendor/zxing" in address for address in sizes), "the scanner is loaded when it is needed"
