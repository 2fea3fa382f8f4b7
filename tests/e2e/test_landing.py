"""The landing page of `make up`: three doors, people whose resumes verify, and cases made to happen."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from scripts.demo.cast import MOBILE_ID, PEOPLE
from tests.e2e.conftest import Visit
from tests.e2e.pages import VerifyPage, WalletPage
from tests.e2e.product import Product

pytestmark = pytest.mark.e2e

DOORS = {
    "기관": ("landing", "/institution"),
    "구직자": ("wallet", "/"),
    "기업": ("verifier", "/"),
}


@pytest.mark.parametrize("name", DOORS)
def test_each_door_leads_somewhere(product: Product, browser: Browser, visit: Visit, name: str) -> None:
    page, _ = visit(browser)
    service, path = DOORS[name]
    page.goto(product.url("landing"))
    page.locator("a.door", has=page.get_by_role("heading", name=name, exact=True)).click()
    expect(page).to_have_url(f"{product.url(service)}{path}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_record_handed_in_at_the_desk_reaches_a_wallet(
    product: Product, browser: Browser, visit: Visit
) -> None:
    page, _ = visit(browser)
    wallet = WalletPage(page, product.url("wallet"))
    wallet.begin()
    page.goto(f"{product.url('landing')}/institution")
    desk = page.get_by_role("article").filter(has=page.get_by_role("heading", name="모바일 신분증"))
    desk.get_by_role("button", name="기록 넘기기").click()
    code = desk.locator(".tx-code").inner_text()
    assert product.stack.api_keys["mobile-id"] not in page.content(), "API keys stay on the server"
    with page.context.expect_page() as coming:
        desk.get_by_role("link", name="내 지갑에서 받기").click()
    wallet.page = coming.value
    wallet.take(code)
    expect(wallet.cards()).to_have_count(1)
    expect(wallet.cards()).to_contain_text(MOBILE_ID.name_ko)


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.key)
def test_the_resume_of_each_person_is_verified(
    product: Product, browser: Browser, visit: Visit, person
) -> None:
    page, _ = visit(browser)
    page.goto(product.url("landing"))
    card = page.get_by_role("article").filter(has=page.get_by_role("heading", name=person.name, exact=True))
    expect(card.locator(".badge")).to_have_count(len(person.records))
    verify = _follow(page, card.get_by_role("link", name="이력서 확인하기"))
    verify.expect_verdict("확인됨")
    expect(verify.page.locator(".person")).to_have_text(person.name)
    expect(verify.page.locator("article.item[data-verdict=verified]")).to_have_count(len(person.records))
    expect(verify.page.locator(".own-words")).to_contain_text(person.statement)


def test_an_altered_score_is_not_genuine(product: Product, browser: Browser, visit: Visit) -> None:
    page, _ = visit(browser)
    page.goto(product.url("landing"))
    verify = _play(page, "점수를 한 글자 고치면", "985")
    verify.expect_verdict("진본 아님")
    forged = verify.page.locator("article.item[data-verdict=not_genuine]")
    expect(forged).to_have_count(1)
    expect(forged.locator("[data-check=proof][data-outcome=fail]")).to_have_count(1)
    assert not re.search(r"\b985\b", verify.unfold()), "what is not proven is not shown"


def test_without_the_chain_nothing_is_called_verified(
    product: Product, browser: Browser, visit: Visit
) -> None:
    page, _ = visit(browser)
    page.goto(product.url("landing"))
    try:
        verify = _play(page, "체인이 끊기면", "체인을 끊고")
        verify.expect_verdict("확인하지 못함")
        page.bring_to_front()
        expect(page.locator("#parts")).to_contain_text("체인 꺼짐")
        page.get_by_role("button", name="지금 켜기").click()
        expect(page.locator("#parts")).to_contain_text("체인 켜짐", timeout=60_000)
    finally:
        own = {"origin": product.url("landing")}
        page.request.post(f"{product.url('landing')}/api/parts/chain/restore", headers=own)
    verify.page.bring_to_front()
    verify.page.get_by_role("button", name="지금 다시 확인").first.click()
    verify.expect_verdict("확인됨")


def test_a_case_is_played_from_the_keyboard_alone(product: Product, browser: Browser, visit: Visit) -> None:
    page, _ = visit(browser)
    page.goto(product.url("landing"))
    page.get_by_role("button", name="구직자가 공유를 멈추면").focus()
    page.keyboard.press("Enter")
    verdict = page.get_by_role("article").filter(has_text="구직자가 공유를 멈추면").get_by_role("link")
    expect(verdict).to_be_focused(timeout=60_000)


def test_commands_from_another_page_are_refused(product: Product, browser: Browser, visit: Visit) -> None:
    page, _ = visit(browser)
    answer = page.request.post(
        f"{product.url('landing')}/api/cases/altered", headers={"origin": product.url("verifier")}
    )
    assert answer.status == 403


def _play(page: Page, title: str, step: str) -> VerifyPage:
    """Press a case's button, wait until it has happened and open the verdict in its window."""
    case = page.get_by_role("article").filter(has=page.get_by_role("heading", name=title))
    case.get_by_role("button", name="해 보기").click()
    expect(case.get_by_role("listitem").filter(has_text=step)).to_be_visible()
    link = case.get_by_role("link", name="판정 보기")
    expect(link).to_be_visible(timeout=90_000)
    return _follow(page, link)


def _follow(page: Page, link) -> VerifyPage:
    with page.context.expect_page() as coming:
        link.click()
    verify = VerifyPage(coming.value, "")
    verify.open_seal()
    return verify


@pytest.mark.parametrize("name", DOORS)
def test_the_language_follows_through_a_door_and_a_later_choice_stays(
    product: Product, browser: Browser, visit: Visit, name: str
) -> None:
    page, _ = visit(browser)
    service, path = DOORS[name]
    page.goto(product.url("landing"))
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.locator("a.door").nth(list(DOORS).index(name)).click()
    expect(page).to_have_url(f"{product.url(service)}{path}")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="한국어").click()
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    expect(page.get_by_role("button", name="English")).to_be_visible()


def test_the_language_follows_to_a_resume(product: Product, browser: Browser, visit: Visit) -> None:
    page, _ = visit(browser)
    page.goto(f"{product.url('landing')}/?lang=en")
    link = page.get_by_role("article").filter(has=page.locator(".person-head")).first.get_by_role("link")
    with page.context.expect_page() as coming:
        link.click()
    expect(coming.value.locator("html")).to_have_attribute("lang", "en")
    coming.value.locator("#open").click()
    expect(coming.value.locator(".verdict-word")).to_have_text("Verified")
