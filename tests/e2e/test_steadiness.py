"""Pages hold still while they come, and never hide what has the focus: measured in Chromium at 360 px."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from scripts.demo.cast import PEOPLE
from tests.e2e.conftest import Visit
from tests.e2e.pages import VerifyPage, WalletPage
from tests.e2e.product import Product

pytestmark = pytest.mark.e2e

#: What Web Vitals calls good.
MOST_SHIFT = 0.1
_OBSERVE = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (entry.hadRecentInput) continue;
    const moved = entry.sources.map(({ node, previousRect: from, currentRect: to }) =>
      `${node?.nodeName ?? "?"}.${node?.className ?? ""} ${from.y}->${to.y}`);
    window.shifts.push({ value: entry.value, moved });
  }
}).observe({ type: "layout-shift", buffered: true });
"""
#: How much of the focused element is covered by something that is not part of it.
_COVERED = """
() => {
  const element = document.activeElement;
  if (!element || element === document.body || element.closest("main") === element) return null;
  const box = element.getBoundingClientRect();
  const points = [[0.5, 0.5], [0.1, 0.1], [0.9, 0.9], [0.5, 0.9], [0.5, 0.1]];
  const seen = points.filter(([x, y]) => {
    const top = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
    return top && (element.contains(top) || top.contains(element) || top.closest("label")?.contains(element));
  });
  return { name: element.outerHTML.slice(0, 120), seen: seen.length, top: box.top, bottom: box.bottom };
}
"""
PLACES = {
    "landing": ("landing", "/"),
    "institutions' page": ("landing", "/institution"),
    "identity": ("landing", "/identity"),
    "reference": ("issuer", "/docs"),
    "wallet": ("wallet", "/"),
    "verifier": ("verifier", "/"),
    "modules": ("modules", "/"),
    "training": ("modules", "/training/"),
}

#: The wallet's screens with a bar at an edge, and their headings.
SCREENS = {
    "/": "내 증명",
    "/compose": "무엇을 보여 줄까요?",
    "/compose/words": "내 말을 덧붙일까요?",
    "/compose/preview": "기업에는 이렇게 보입니다",
    "/shares": "내 공유",
    "/receive": "증명 받기",
}


def shift_of(page: Page) -> tuple[float, Any]:
    """Return how far the page has shifted without the person's doing, and what moved."""
    shifts = page.evaluate("window.shifts")
    return sum(one["value"] for one in shifts), shifts


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("slow", [False, True], ids=["fast", "slow line"])
@pytest.mark.parametrize("place", PLACES)
def test_a_page_holds_still_while_it_comes(
    product: Product, browser: Browser, visit: Visit, place: str, slow: bool, language: str
) -> None:
    page, _ = visit(browser, width=360, height=740)
    page.add_init_script(_OBSERVE)
    if slow:
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        line = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 90_000}
        session.send("Network.emulateNetworkConditions", line)
    door, path = PLACES[place]
    page.goto(f"{product.url(door)}{path}?lang={language}")
    expect(page.locator("h1").first).to_be_visible()
    page.wait_for_timeout(3_500)  # what is still to come has come: fonts, a poll
    total, moved = shift_of(page)
    assert total <= MOST_SHIFT, moved


def test_a_verdict_holds_still_while_it_comes(product: Product, browser: Browser, visit: Visit) -> None:
    page, _ = visit(browser, width=360, height=740)
    page.goto(product.url("landing"))
    card = page.get_by_role("article").filter(has=page.get_by_role("heading", name=PEOPLE[0].name))
    link = card.get_by_role("link").get_attribute("href") or ""
    page.add_init_script(_OBSERVE)
    verify = VerifyPage(page, product.url("verifier"))
    verify.follow(link)
    verify.expect_verdict("확인됨")
    page.wait_for_timeout(1_000)
    total, moved = shift_of(page)
    assert total <= MOST_SHIFT, moved
    page.reload()
    verify.expect_verdict("확인됨")
    page.wait_for_timeout(1_000)
    total, moved = shift_of(page)
    assert total <= MOST_SHIFT, moved


def walk(page: Page, most: int = 60) -> list[str]:
    """Tab through a page; return what was hidden while it had the focus."""
    hidden = []
    first = None
    for _ in range(most):
        page.keyboard.press("Tab")
        page.wait_for_timeout(30)
        found = page.evaluate(_COVERED)
        if found is None:
            continue
        if found["name"] == first:
            break
        first = first or found["name"]
        if found["seen"] == 0 and found["bottom"] > found["top"]:
            hidden.append(found["name"])
    return hidden


def test_focus_is_never_under_a_bar(product: Product, browser: Browser, visit: Visit) -> None:
    """WCAG 2.2, 2.4.11: with a wallet that holds something, on every screen with a bar at its edge."""
    page, _ = visit(browser, width=360, height=520)
    wallet = WalletPage(page, product.url("wallet"))
    wallet.begin()
    for record in PEOPLE[0].records[:1]:
        stack = product.stack
        link, code = stack.counter_offer(record.institution, stack.hand_in(record))
        wallet.see_offer(link)
        wallet.take(code)
        expect(wallet.cards()).to_have_count(1)
    page.get_by_role("link", name="이력서 만들기", exact=True).first.click()
    page.get_by_role("button", name="다음").click()  # the screens after it show nothing without a choice
    expect(page.locator("textarea")).to_be_visible()
    for route, title in SCREENS.items():
        page.goto(f"{wallet.url}/#{route}")
        # Another fragment loads no page: the screen before stands until this one is drawn.
        expect(page.locator("h1").first).to_have_text(title)
        # All in one step: cards are drawn again when a receipt comes.
        page.evaluate("document.querySelectorAll('details').forEach((element) => { element.open = true })")
        assert walk(page) == [], route
