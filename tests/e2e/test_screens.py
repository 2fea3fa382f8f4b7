"""Every main screen in both languages, on a desk and on a phone: it fits, speaks one language, satisfies axe.

The pictures are in test-results/e2e.
"""

import pytest
from playwright.sync_api import Browser, Page, expect

from scripts.demo.cases import CASES
from scripts.demo.cast import COMPANY, GRADUATE, MOBILE_ID
from tests.e2e.claiming import HELD, RECORDS, claim_everything
from tests.e2e.conftest import Visit
from tests.e2e.examining import LOOKS, Examiner, Look
from tests.e2e.pages import WalletPage
from tests.e2e.product import Product

pytestmark = pytest.mark.e2e

UNFOLD = "document.querySelectorAll('details').forEach((element) => { element.open = true })"


def _heading(page: Page) -> None:
    expect(page.get_by_role("heading", level=1).first).to_be_visible()


def test_the_wallet(product: Product, browser: Browser, visit: Visit) -> None:
    page, watch = visit(browser)
    examiner = Examiner(page)
    wallet = WalletPage(page, product.url("wallet"))

    def show(look: Look, route: str) -> None:
        examiner.look(look)
        page.goto("about:blank")
        page.goto(f"{wallet.url}/?lang={look.language}#{route}")
        _heading(page)

    for look in LOOKS:
        show(look, "/")
        examiner.examine("wallet-1-welcome", look)
    show(LOOKS[0], "/")
    wallet.begin()
    for look in LOOKS:
        show(look, "/")
        examiner.examine("wallet-2-empty", look)
    show(LOOKS[0], "/")
    claim_everything(product, wallet)
    expect(wallet.cards().filter(has_text="체인에 기록됨")).to_have_count(len(HELD), timeout=60_000)

    link, _ = product.stack.counter_offer(COMPANY.slug, product.stack.hand_in(RECORDS["Internship"]))
    for look in LOOKS:
        show(look, "/")
        examiner.examine("wallet-3-home", look)
        show(look, "/receive")
        page.wait_for_load_state("networkidle")
        examiner.examine("wallet-4-receive", look)
        page.goto(f"{wallet.url}/?{link.partition('#')[2]}")
        expect(page.locator("input.code")).to_be_visible()
        examiner.examine("wallet-5-offer", look)
        show(look, "/compose")
        examiner.examine("wallet-6-compose", look)
        page.evaluate(UNFOLD)
        examiner.examine("wallet-6-compose-open", look)
        page.locator("[data-action=next]").click()
        expect(page.locator("textarea")).to_be_visible()
        show(look, "/compose/words")
        examiner.examine("wallet-7-words", look)
        show(look, "/compose/preview")
        examiner.examine("wallet-8-preview", look)

    show(LOOKS[0], "/")
    wallet.share(GRADUATE.statement)
    shared = page.url.partition("#")[2]
    for look in LOOKS:
        show(look, shared)
        examiner.examine("wallet-9-share", look)
        show(look, "/shares")
        page.wait_for_load_state("networkidle")
        examiner.examine("wallet-10-shares", look)
        page.locator("[data-action=stop]").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        examiner.examine("wallet-11-stop", look)
        page.keyboard.press("Escape")

    watch.expect_status(400)
    show(Look("ko", 360), "/")
    link, code = product.stack.counter_offer(
        MOBILE_ID.slug, product.stack.hand_in(RECORDS["IdentityCredential"])
    )
    wallet.see_offer(link)
    wallet.take(code[:-1] + str((int(code[-1]) + 1) % 10))
    expect(page.get_by_role("alert")).to_be_visible()
    examiner.examine("wallet-12-wrong-code", Look("ko", 360))
    assert examiner.problems == []


def test_the_verify_page(product: Product, browser: Browser, visit: Visit) -> None:
    page, watch = visit(browser)
    watch.expect_status(410)
    examiner = Examiner(page)
    stack = product.stack
    good = str(stack.wallet(GRADUATE.key).list()["shares"][0]["link"])
    cases = {case.key: case for case in CASES}
    altered = cases["altered"].play(stack, lambda korean, english: None)
    stopped = cases["stopped"].play(stack, lambda korean, english: None)

    def follow(look: Look, link: str) -> None:
        examiner.look(look)
        head, _, key = link.partition("#")
        page.goto("about:blank")
        page.goto(f"{head}?lang={look.language}#{key}")
        _heading(page)

    for look in LOOKS:
        examiner.look(look)
        page.goto(f"{product.url('verifier')}/?lang={look.language}")
        _heading(page)
        examiner.examine("verify-1-entrance", look)
        follow(look, good)
        examiner.examine("verify-2-sealed", look)
        for name, link in (("3-verified", good), ("4-not-genuine", altered)):
            follow(look, link)
            page.locator("#open").click()
            expect(page.locator(".verdict-word")).to_be_visible()
            examiner.examine(f"verify-{name}", look)
            page.evaluate(UNFOLD)
            examiner.examine(f"verify-{name}-open", look)
        follow(look, stopped)
        page.locator("#open").click()
        expect(page.locator("[data-problem=share_stopped]")).to_be_visible()
        examiner.examine("verify-5-stopped", look)
        follow(look, good[:-4])
        expect(page.locator("[data-problem=key_damaged]")).to_be_visible()
        examiner.examine("verify-6-damaged", look)
    assert examiner.problems == []


def test_the_landing_page_and_the_desk(product: Product, browser: Browser, visit: Visit) -> None:
    page, _ = visit(browser)
    examiner = Examiner(page)
    for look in LOOKS:
        examiner.look(look)
        page.goto(f"{product.url('landing')}/?lang={look.language}")
        expect(page.locator("article.person")).to_have_count(3)
        examiner.examine("landing-1", look)
        page.goto(f"{product.url('landing')}/institution?lang={look.language}")
        page.locator("#records button").first.click()
        expect(page.locator(".tx-code")).to_be_visible()
        page.locator("#records details").first.evaluate("element => { element.open = true }")
        examiner.examine("landing-2-desk", look)
    assert examiner.problems == []


def test_the_modules(product: Product, browser: Browser, visit: Visit) -> None:
    page, _ = visit(browser)
    rules = page.request.get(f"{product.url('modules')}/training/rules").json()["rules"]
    examiner = Examiner(page, data=tuple(rule["source"] for rule in rules))
    for look in LOOKS:
        examiner.look(look)
        page.goto(f"{product.url('modules')}/?lang={look.language}")
        _heading(page)
        examiner.examine("modules-1", look)
        page.goto(f"{product.url('modules')}/training/?lang={look.language}")
        expect(page.locator("#rule")).not_to_be_empty()
        examiner.examine("modules-2-training", look)
    assert examiner.problems == []
