"""The wallet's page on bad days: lost requests and late answers, in real Chromium."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.integration.wallet import test_page
from tests.integration.wallet.test_page import IDENTITY, Stage

browser = test_page.browser
make_stage = test_page.make_stage

pytestmark = [pytest.mark.integration, pytest.mark.e2e]

expect.set_options(timeout=30_000)


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
    page.wait_for_timeout(500)
    assert held
    for route in held:
        route.continue_()
    page.wait_for_timeout(1_500)
    expect(page.get_by_role("heading", level=1, name="내 공유")).to_be_visible()
    page.evaluate("location.hash = '/'")
    expect(page.locator("article.credential")).to_have_count(1)
