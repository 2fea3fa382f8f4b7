"""Storage that is full, erased while a page is open, or upgraded by another tab: said, nothing lost."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.integration.wallet.stage import IDENTITY, Stage

pytestmark = [pytest.mark.integration, pytest.mark.e2e]

FULL = """() => {
  const put = IDBObjectStore.prototype.put;
  globalThis.full = true;
  IDBObjectStore.prototype.put = function (...given) {
    if (globalThis.full) throw new DOMException("no room", "QuotaExceededError");
    return put.apply(this, given);
  };
}"""


def open_offer(stage: Stage) -> Page:
    page = stage.page
    page.goto(stage.offer_link(IDENTITY, "123456"))
    page.click("[data-action=begin]")
    page.fill("input.code", "123456")
    return page


def test_a_full_storage_is_said_and_uses_up_no_offer(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(width=360)
    page = open_offer(stage)
    page.evaluate(FULL)
    page.click("[data-slot=form] button")
    expect(page.locator("[role=alert]")).to_contain_text("저장 공간이 부족해")
    page.evaluate("globalThis.full = false")
    page.click("[data-slot=form] button")
    expect(page.locator("article.credential")).to_have_count(1)


def test_a_storage_that_fills_up_on_the_way_loses_nothing(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(width=360)
    page = open_offer(stage)

    page.evaluate(FULL)
    # The code is used up, and then the room is gone.
    page.evaluate(
        """() => {
          globalThis.full = false;
          const send = globalThis.fetch;
          globalThis.fetch = async (...asked) => {
            const answer = await send(...asked);
            if (String(asked[0]).endsWith("/token")) globalThis.full = true;
            return answer;
          };
        }"""
    )
    page.click("[data-slot=form] button")
    expect(page.locator("[role=alert]")).to_contain_text("저장 공간이 부족해")
    page.evaluate("globalThis.full = false")
    page.click("[data-slot=form] button")
    expect(page.locator("article.credential")).to_have_count(1)


def test_a_choice_that_cannot_be_kept_is_said_and_goes_no_further(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(width=360)
    stage.take_everything()
    page = stage.page
    page.goto(f"{stage.url}/#/compose")
    page.evaluate(FULL)
    page.click("[data-action=next]")
    expect(page.locator("[role=alert]")).to_contain_text("저장 공간이 부족해")
    assert page.url.endswith("#/compose")


def test_data_that_is_erased_while_the_page_is_open_is_said(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(width=360)
    stage.take_identity()
    page = stage.page
    client = page.context.new_cdp_session(page)
    client.send("Storage.clearDataForOrigin", {"origin": stage.url, "storageTypes": "all"})
    expect(page.get_by_role("heading", name="지갑의 자료가 지워졌습니다")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("다시 받을 수 있습니다")
    page.get_by_role("button", name="새로 고침").click()
    expect(page.get_by_role("button", name="지갑 시작하기")).to_be_visible()


def newer(page: Page) -> None:
    """Serve the wallet with a newer database, as its next version will."""

    def upgrade(route: Route) -> None:
        answer = route.fetch()
        text = answer.text()
        assert "const VERSION = 1;" in text
        route.fulfill(response=answer, body=text.replace("const VERSION = 1;", "const VERSION = 2;"))

    page.route("**/static/storage/database.js", upgrade)


def test_a_newer_wallet_in_another_tab_does_not_wait_for_this_one(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(width=360)
    stage.take_identity()
    other = stage.page.context.new_page()
    newer(other)
    other.goto(stage.url)
    expect(other.locator("article.credential")).to_have_count(1)
    expect(stage.page.get_by_role("heading", name="지갑이 새로워졌습니다")).to_be_visible()
    newer(stage.page)
    stage.page.get_by_role("button", name="새로 고침").click()
    expect(stage.page.locator("article.credential")).to_have_count(1)


def test_an_older_wallet_that_comes_back_says_so(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(width=360)
    stage.take_identity()
    other = stage.page.context.new_page()
    newer(other)
    other.goto(stage.url)
    expect(other.locator("article.credential")).to_have_count(1)
    stage.page.reload()  # from a cache, still the former version
    expect(stage.page.locator("[data-slot=words]")).to_contain_text("더 새로운 지갑이 열렸습니다")


def test_a_tab_that_lets_nobody_upgrade_is_named(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(width=360)
    stage.take_identity()
    context = stage.page.context
    stage.page.goto("about:blank")
    stubborn = context.new_page()
    stubborn.goto(f"{stage.url}/healthz")
    stubborn.evaluate(
        """() => new Promise((done) => {
          const opening = indexedDB.open("wallet");
          opening.onsuccess = () => done((globalThis.held = opening.result) && true);
        })"""
    )
    page = context.new_page()
    newer(page)
    page.goto(stage.url)
    expect(page.get_by_role("heading", name="다른 탭의 지갑을 닫아 주세요")).to_be_visible()
    stubborn.close()
    expect(page.locator("article.credential")).to_have_count(1)


@pytest.mark.parametrize(
    ("minutes", "words"), [(6, "6분 빠릅니다"), (-10, "10분 느립니다"), (180, "3시간 빠릅니다")]
)
def test_a_clock_that_is_off_is_said_before_sharing(
    make_stage: Callable[..., Stage], minutes: int, words: str
) -> None:
    stage = make_stage(width=360)
    stage.take_everything()
    page = stage.page
    context = page.context
    page.close()
    page = context.new_page()
    shift = f"const now = Date.now; Date.now = () => now() + {minutes * 60_000};"
    page.add_init_script(shift)
    page.goto(f"{stage.url}/#/compose")
    page.click("[data-action=next]")
    page.click("button[type=submit]")
    expect(page.locator("[data-slot=warnings]")).to_contain_text(words)
    page.goto(f"{stage.url}/#/receive")
    expect(page.locator("[data-slot=clock]")).to_contain_text(words)
