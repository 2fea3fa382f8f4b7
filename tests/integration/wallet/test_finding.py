"""Finding one's records: everything in one press, and again after the browser's data was lost."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.integration.wallet.stage import DEGREE, IDENTITY, Stage

pytestmark = [pytest.mark.integration, pytest.mark.e2e]

ROOT = Path(__file__).parents[3]


def test_one_press_finds_everything_that_waits(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(width=360)
    stage.take_identity()
    page = stage.page
    page.goto(f"{stage.url}/#/receive")
    page.get_by_role("button", name="기다리는 증명 모두 찾기").click()
    expect(page.locator("[data-slot=all-result]")).to_contain_text("증명 2개를 받았습니다.")
    expect(page.locator("[data-slot=again]")).to_be_hidden()
    page.get_by_role("button", name="기다리는 증명 모두 찾기").click()
    expect(page.locator("[data-slot=all-result]")).to_contain_text("새로 받을 증명이 없습니다.")
    expect(page.locator("[data-slot=again]")).to_be_hidden()
    page.goto(f"{stage.url}/#/")
    expect(page.locator("article.credential")).to_have_count(3)
    assert stage.complaints == []


@pytest.mark.parametrize("width", [360, 1280])
def test_a_wallet_with_a_degree_and_no_identity_is_led_to_it(
    make_stage: Callable[..., Stage], width: int
) -> None:
    stage = make_stage(width=width)
    page = stage.page
    page.goto(stage.offer_link(DEGREE, None))
    page.click("[data-action=begin]")
    page.click("[data-slot=form] button")
    expect(page.locator("article.credential")).to_have_count(1)
    page.click("[data-action=find]")
    expect(page.locator("[data-slot=identity-note]")).to_contain_text("먼저 모바일 신분증을 받아야")
    link = page.locator("[data-slot=institutions]").get_by_role("link", name="신분증 받으러 가기")
    expect(link).to_be_visible()
    expect(link).to_have_attribute("href", "https://id.example/start?lang=ko")
    page.goto(stage.offer_link(IDENTITY, "123456"))
    page.fill("input.code", "123456")
    page.click("[data-slot=form] button")
    expect(page.locator("article.credential")).to_have_count(2)
    page.goto(f"{stage.url}/#/receive")
    expect(page.get_by_role("button", name="기다리는 증명 모두 찾기")).to_be_visible()
    expect(link).to_be_hidden()


def test_an_institution_that_does_not_answer_stops_no_other(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(width=360)
    stage.take_identity()
    page = stage.page
    page.route("**/i/saebyeok/claims/identity", lambda route: route.abort())
    page.goto(f"{stage.url}/#/receive")
    page.get_by_role("button", name="기다리는 증명 모두 찾기").click()
    result = page.locator("[data-slot=all-result]")
    expect(result).to_contain_text("증명 1개를 받았습니다.")
    expect(result).to_contain_text("기관 1곳은 지금 답하지 않았습니다.")
    line = page.locator(".line", has_text="새벽대학교")
    expect(line.locator("[role=alert]")).to_contain_text("서버에 연결되지 않습니다")


def test_after_losing_the_browser_what_was_held_is_claimed_again(make_stage: Callable[..., Stage]) -> None:
    lost = make_stage(width=360)
    lost.take_everything()
    stage = make_stage(width=360)  # another browser, with storage of its own
    stage.take_identity()
    page = stage.page
    page.goto(f"{stage.url}/#/receive")
    page.get_by_role("button", name="기다리는 증명 모두 찾기").click()
    expect(page.locator("[data-slot=all-result]")).to_contain_text("새로 받을 증명이 없습니다.")
    again = page.locator("[data-slot=again]")
    expect(again).to_contain_text("예전에 다른 지갑으로 받은 증명이 2개 있습니다.")
    expect(again).to_contain_text("‘정정됨’")
    page.get_by_role("button", name="이 지갑으로 다시 받기").click()
    expect(page.locator("[data-slot=all-result]")).to_contain_text("증명 2개를 받았습니다.")
    expect(again).to_be_hidden()
    page.goto(f"{stage.url}/#/")
    expect(page.locator("article.credential .tone-pass")).to_have_count(3, timeout=30_000)
    # The former wallet, should it turn up, says that what it holds was replaced.
    lost.page.reload()
    expect(lost.page.locator("article.credential", has_text="학위").locator(".badge")).to_have_text("정정됨")


def test_the_welcome_page_says_what_happens_when_the_data_is_erased(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(width=360)
    stage.page.goto(stage.url)
    expect(stage.page.locator("[data-t='welcome.note']")).to_contain_text(
        "기관이 기록을 보관하는 동안 증명을 다시 받을 수 있습니다"
    )


def test_credentials_that_look_alike_are_told_apart_and_can_be_removed(
    make_stage: Callable[..., Stage],
) -> None:
    stage = make_stage(width=360)
    stage.take_everything()
    page = stage.page
    second = replace(DEGREE, claims={**DEGREE.claims, "degreeRegistrationNumber": "새벽대2026(학)9999"})
    page.goto(stage.offer_link(second, None))
    page.click("[data-slot=form] button")
    cards = page.locator("article.credential", has_text="학위")
    expect(cards).to_have_count(2)
    for number in ("새벽대2026(학)0412", "새벽대2026(학)9999"):
        expect(cards.locator("[data-slot=which]", has_text=number)).to_be_visible()
    page.goto(f"{stage.url}/#/compose")
    expect(page.locator(".choice [data-slot=which]", has_text="9999")).to_be_visible()
    expect(page.locator(".choice", has_text="어학").locator("[data-slot=which]")).to_be_hidden()
    degrees = page.locator(".choice", has_text="학위")
    for degree in degrees.all():
        degree.locator("summary").click()
        number_shown = degree.locator(".claim", has_text="학위등록번호").locator("input")
        if number_shown.is_checked():
            number_shown.uncheck()
    page.click("[data-action=next]")
    page.click("button[type=submit]")
    items = page.locator(".paper-item", has_text="학위")
    expect(items).to_have_count(2)
    for number in ("새벽대2026(학)0412", "새벽대2026(학)9999"):
        expect(items.filter(has_text=number)).to_have_count(1)
        expect(items.filter(has_text=number)).to_contain_text("이 줄은 나만 봅니다")

    page.goto(f"{stage.url}/#/")
    card = cards.filter(has_text="9999")
    card.locator("summary").click()
    card.locator("[data-action=remove]").click()
    page.click("button[value=keep]")
    expect(cards).to_have_count(2)
    card.locator("[data-action=remove]").click()
    expect(page.locator("[data-slot=confirm-words]")).to_contain_text("다시 받을 수 있습니다")
    page.click("button[value=do]")
    expect(cards).to_have_count(1)
    page.reload()
    expect(cards).to_have_count(1)
    expect(cards.locator("[data-slot=which]")).to_be_hidden()


def test_a_stopped_share_can_be_removed_and_one_that_runs_cannot(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(width=360)
    stage.take_everything()
    stage.share()
    page = stage.page
    page.goto(f"{stage.url}/#/shares")
    expect(page.locator(".kept [data-action=stop]")).to_be_visible()
    expect(page.locator(".kept [data-action=remove]")).to_be_hidden()
    page.click("[data-action=stop]")
    page.click("button[value=do]")
    page.click(".kept [data-action=remove]")
    page.click("button[value=do]")
    expect(page.locator(".kept")).to_have_count(0)
    page.reload()
    expect(page.locator(".empty")).to_be_visible()


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("textarea", "제 번호는 010314-4000000 입니다"),
        ("textarea", "０１０３１４４００００００"),
        ("[name=recipient]", "푸른숲 010314 4000000"),
    ],
)
@pytest.mark.parametrize("locale", ["ko-KR", "en-US"])
def test_a_resident_registration_number_is_refused_in_every_free_text(
    make_stage: Callable[..., Stage], field: str, text: str, locale: str
) -> None:
    stage = make_stage(width=360, locale=locale)
    stage.take_identity()
    page = stage.page
    page.goto(f"{stage.url}/#/compose")
    page.click("[data-action=next]")
    page.fill(field, text)
    page.click("button[type=submit]")
    words = "주민등록번호로 보이는 숫자" if locale == "ko-KR" else "resident registration number"
    expect(page.locator("[role=alert]")).to_contain_text(words)
    assert page.url.endswith("#/compose/words")


@pytest.mark.parametrize(("locale", "step"), [("ko-KR", "내 신분증 받기"), ("en-US", "Get my ID")])
def test_an_empty_wallet_shows_the_path_and_one_press_goes_on(
    make_stage: Callable[..., Stage], locale: str, step: str
) -> None:
    stage = make_stage(width=360, locale=locale)
    page = stage.page
    page.goto(stage.url)
    page.click("[data-action=begin]")
    expect(page.locator(".path li").first).to_contain_text(step)
    expect(page.locator(".path li")).to_have_count(3)
    way = page.locator(".path [data-slot=identity]")
    language = locale.split("-")[0]
    expect(way).to_have_attribute("href", f"https://id.example/start?lang={language}")
    page.evaluate((ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8"))
    assert page.evaluate("axe.run(document)")["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.goto(stage.offer_link(IDENTITY, None))
    page.click("[data-slot=form] button")
    page.click("[data-action=find]")
    expect(page.locator("[data-slot=all-result] a")).to_be_visible()
    page.goto(f"{stage.url}/#/")
    expect(page.locator("article.credential")).to_have_count(3)
    expect(page.locator("[data-slot=find]")).to_be_hidden()
