"""The wallet's page on bad days: lost requests and late answers, in real Chromium."""

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, Route, expect

from tests.fakes.openid4vci_server import HeldRecord
from tests.integration.wallet.stage import IDENTITY, Stage

pytestmark = [pytest.mark.integration, pytest.mark.e2e]


def fail_once(page: Page, pattern: str) -> list[str]:
    """Let the first request for an address fail; returns what was asked."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.abort() if len(asked) == 1 else route.continue_()

    page.route(pattern, answer)
    return asked


def hold(held: list[Route], route: Route) -> None:
    """Keep a request waiting."""
    held.append(route)


@pytest.mark.parametrize(
    "lost", ["**/config.json", "**/messages/ko.json", "**/static/app.js", "**/shared/dom.js"]
)
def test_what_is_lost_once_has_a_second_try_that_works_and_keeps_the_offer(
    make_stage: Callable[..., Stage], lost: str
) -> None:
    stage = make_stage(width=360)
    page = stage.page
    fail_once(page, lost)
    page.goto(stage.offer_link(IDENTITY, "123456"))
    expect(page.get_by_role("heading", name="화면을 불러오지 못했습니다")).to_be_visible()
    page.get_by_role("button", name=re.compile("다시 시도")).click()
    page.click("[data-action=begin]")
    expect(page.get_by_role("heading", name="이 증명을 받으시겠어요?")).to_be_visible()
    stage.complaints.clear()  # the lost request


def test_an_offer_taken_slowly_does_not_pull_the_person_back(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage()
    page = stage.page
    page.goto(stage.offer_link(IDENTITY, "123456"))
    page.click("[data-action=begin]")
    page.fill("input.code", "123456")
    held: list[Route] = []
    page.route("**/credential", lambda route: hold(held, route))
    page.click("[data-slot=form] button")
    expect(page.locator("[data-slot=form] .busy")).to_be_visible()
    page.evaluate("location.hash = '/shares'")
    expect(page.get_by_role("heading", level=1, name="내 공유")).to_be_visible()
    for _ in range(500):
        if held:
            break
        page.wait_for_timeout(20)
    assert held
    for route in held:
        route.continue_()
    page.wait_for_timeout(1_500)
    expect(page.get_by_role("heading", level=1, name="내 공유")).to_be_visible()
    page.evaluate("location.hash = '/'")
    expect(page.locator("article.credential")).to_have_count(1)


def test_an_offer_survives_a_reload_until_it_is_taken(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(width=360)
    page = stage.page
    page.goto(stage.offer_link(IDENTITY, "123456"))
    page.click("[data-action=begin]")
    expect(page.get_by_role("heading", name="이 증명을 받으시겠어요?")).to_be_visible()
    assert "credential_offer" not in page.url
    page.reload()
    page.fill("input.code", "１２３ 456")
    page.click("[data-slot=form] button")
    expect(page.locator("article.credential")).to_have_count(1)
    assert page.evaluate("sessionStorage.offer") is None


def test_a_code_that_cannot_be_right_is_not_sent_and_costs_no_try(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(width=360)
    page = stage.page
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.goto(stage.offer_link(IDENTITY, "123456"))
    page.click("[data-action=begin]")
    for wrong in ("12345", "1234567", "번호"):
        page.fill("input.code", wrong)
        page.click("[data-slot=form] button")
        expect(page.get_by_role("alert")).to_contain_text("거래 번호는 6자리입니다")
    assert sent == []
    page.fill("input.code", "거래번호 123-456")
    page.click("[data-slot=form] button")
    expect(page.locator("article.credential")).to_have_count(1)


def test_an_offer_is_found_in_a_pasted_message(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(width=360)
    page = stage.page
    page.goto(stage.url)
    page.click("[data-action=begin]")
    page.goto(f"{stage.url}/#/receive")
    page.fill("[name=offer]", f"[Web발신] 한빛모바일신분증원 {stage.offer_link(IDENTITY, '123456')} 입니다.")
    page.click("[data-slot=paste] button")
    expect(page.get_by_role("heading", name="이 증명을 받으시겠어요?")).to_be_visible()


KAKAO = (
    "Mozilla/5.0 (Linux; Android 14; SM-S921N Build/UP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Version/4.0 Chrome/126.0.6478.122 Mobile Safari/537.36;KAKAOTALK 2410740;"
)


@pytest.mark.parametrize("begun", [False, True], ids=["before the wallet begins", "at the offer"])
def test_inside_an_app_the_offer_is_handed_over_whole(make_stage: Callable[..., Stage], begun: bool) -> None:
    stage = make_stage(width=360, user_agent=KAKAO)
    page = stage.page
    page.goto(stage.offer_link(IDENTITY, "123456"))
    if begun:
        page.click("[data-action=begin]")
        expect(page.get_by_role("heading", name="이 증명을 받으시겠어요?")).to_be_visible()
    notice = page.locator("[data-in-app=KakaoTalk]")
    expect(notice).to_contain_text("KakaoTalk 안에서 열렸습니다")
    notice.get_by_role("button", name="링크 전체 복사").click()
    expect(notice).to_contain_text("복사했습니다")
    copied = page.evaluate("navigator.clipboard.readText()")
    external = notice.get_by_role("link", name="내 브라우저로 열기").get_attribute("href") or ""
    assert external == f"kakaotalk://web/openExternal?url={quote(copied, safe='')}"
    # The app's own "open in another browser" takes the address that is shown.
    for address in (copied, page.url):
        other = make_stage(width=360).page
        other.goto(address)
        other.click("[data-action=begin]")
        expect(other.get_by_role("heading", name="이 증명을 받으시겠어요?")).to_be_visible()


def test_text_of_any_script_keeps_its_direction(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(width=360)
    page = stage.page
    name = "محمد الصوالحي (Ali)"
    record = HeldRecord("mobile-id", "IdentityCredential", {"name": name, "birthDate": "2001-03-14"})
    page.goto(stage.offer_link(record, "123456"))
    page.click("[data-action=begin]")
    page.fill("input.code", "123456")
    page.click("[data-slot=form] button")
    expect(page.locator("article.credential")).to_have_count(1)
    direction = "element => getComputedStyle(element).direction"
    shown = page.locator("article.credential .facts bdi", has_text="محمد").first
    assert shown.evaluate(direction) == "rtl"
    assert page.locator("article.credential h2").first.evaluate(direction) == "ltr"
    page.goto(f"{stage.url}/#/compose")
    page.click("[data-action=next]")
    recipient = "شركة المثال (Example Ltd.) 3"
    page.fill("[name=recipient]", f"\u200f{recipient}")  # a mark that pasted text brings along
    assert page.locator("[name=recipient]").evaluate(direction) == "rtl"
    page.click("button[type=submit]")
    expect(page.locator(".paper")).to_be_visible()
    page.click("[data-action=share]")
    expect(page.get_by_role("heading", name="공유할 준비가 됐습니다")).to_be_visible()
    page.goto(f"{stage.url}/#/shares")
    kept = page.locator("[data-slot=recipient] bdi")
    expect(kept).to_contain_text(recipient)
    assert kept.evaluate(direction) == "rtl"
