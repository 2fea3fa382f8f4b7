"""The seeker's first run is a path: my ID, everything that waits for me in one press, my resume."""

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import Visit
from tests.e2e.pages import WalletPage
from tests.e2e.product import Product

pytestmark = pytest.mark.e2e


def test_a_newcomer_needs_no_institutions_desk(product: Product, browser: Browser, visit: Visit) -> None:
    page, _ = visit(browser, 360, 780)
    wallet = WalletPage(page, product.url("wallet"))
    wallet.begin()
    page.get_by_role("link", name="신분증 받으러 가기").click()
    page.get_by_role("button", name="신분증 발급받기").click()
    code = page.locator(".tx-code").inner_text()
    page.get_by_role("link", name="내 지갑에서 받기").click()
    wallet.take(code)
    expect(wallet.cards()).to_have_count(1)
    page.get_by_role("button", name="기다리는 증명 모두 찾기").click()
    # Three institutions hold something for this person.
    expect(page.locator("[data-slot=all-result]")).to_contain_text("증명", timeout=60_000)
    expect(page.locator(".line .result", has_text="증명 1개를 받았습니다.")).to_have_count(3)
    wallet.home()
    expect(wallet.cards()).to_have_count(4)
    link = wallet.share("끝까지 읽는 개발자입니다.")
    assert link.startswith(f"{product.url('verifier')}/v/")
