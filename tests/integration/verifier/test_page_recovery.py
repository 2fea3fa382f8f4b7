"""The verify page on bad days: late answers, lost requests, reloads, Back; on real Chromium and servers."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from digital_resume.web.hosting import VENDOR
from scripts.setup_steps import place_web_files
from tests.e2e.browsers import launch
from tests.integration.verifier.conftest import Running
from tests.integration.verifier.rig import put_share

pytestmark = [pytest.mark.integration, pytest.mark.e2e]

expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium."""
    if not (VENDOR / "zxing-wasm").is_dir():
        place_web_files()
    with sync_playwright() as playwright:
        started = launch(playwright)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open a Korean page."""
    context = browser.new_context(locale="ko-KR", viewport={"width": 360, "height": 740})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def links(running: Running) -> tuple[str, str]:
    """Share two resumes that differ in what their owners wrote."""
    rig = running.rig
    issued = rig.issue("IdentityCredential"), rig.issue("UniversityDegree")
    rig.publish()
    rig.anchor(*issued)
    made = [
        put_share(rig, wallet_url=running.wallet_url, verifier_url=running.verifier_url, statements=(words,))[
            0
        ]
        for words in ("첫째 이력서입니다.", "둘째 이력서입니다.")
    ]
    return made[0], made[1]


def id_of(link: str) -> str:
    return link.partition("/v/")[2].partition("#")[0]


def hold(held: list[Route], route: Route) -> None:
    """Keep a request waiting."""
    held.append(route)


def until_held(page: Page, held: list[Route]) -> None:
    """Return when a request waits."""
    for _ in range(500):
        if held:
            return
        page.wait_for_timeout(20)
    raise AssertionError("nothing was asked within 10 s")


def seal(page: Page) -> None:
    page.get_by_role("button", name="열어서 확인하기").click()


@pytest.mark.parametrize("late", ["**/api/v1/shares/*", "**/api/v1/verifications", "**/config.json"])
def test_a_late_answer_never_replaces_what_is_shown_now(
    page: Page, links: tuple[str, str], running: Running, late: str
) -> None:
    first, second = links
    held: list[Route] = []
    page.goto(running.verifier_url)
    page.route(late, lambda route: held.append(route) if not held else route.continue_())
    page.goto(first)
    seal(page)
    expect(page.get_by_role("heading", name="확인하고 있습니다")).to_be_visible()
    until_held(page, held)
    # The second link arrives while the first one's answer is still under way.
    page.evaluate(
        "([path, hash]) => { history.pushState(null, '', path); location.hash = hash }",
        [f"/v/{id_of(second)}", second.partition("#")[2]],
    )
    seal(page)
    if late == "**/config.json":
        for route in held:
            route.continue_()
    expect(page.locator(".own-words")).to_contain_text("둘째")
    if late != "**/config.json":
        for route in held:
            route.continue_()
    page.wait_for_timeout(1_500)
    expect(page.locator(".own-words")).to_contain_text("둘째")
    assert id_of(second) in page.url


def test_the_entrance_stays_when_an_earlier_share_answers(page: Page, links: tuple[str, str]) -> None:
    held: list[Route] = []
    page.route("**/api/v1/verifications", lambda route: hold(held, route))
    page.goto(links[0])
    seal(page)
    until_held(page, held)
    page.evaluate("history.pushState(null, '', '/'); dispatchEvent(new PopStateEvent('popstate'))")
    expect(page.get_by_role("heading", name="받은 이력서, 바로 확인하세요")).to_be_visible()
    for route in held:
        route.continue_()
    page.wait_for_timeout(1_000)
    expect(page.get_by_role("heading", name="받은 이력서, 바로 확인하세요")).to_be_visible()


def test_words_of_an_earlier_choice_do_not_come_after_later_ones(page: Page, running: Running) -> None:
    held: list[Route] = []
    page.goto(running.verifier_url)
    expect(page.locator("h1")).to_be_visible()
    page.route("**/messages/en.json", lambda route: held.append(route) if not held else route.continue_())
    page.get_by_role("button", name="English").click()
    until_held(page, held)
    assert len(held) == 1
    page.evaluate("document.querySelector('#language').click()")
    expect(page.get_by_role("button", name="한국어")).to_be_visible()
    page.get_by_role("button", name="한국어").click()
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    held[0].continue_()
    page.wait_for_timeout(800)
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    expect(page.locator("h1")).to_have_text("받은 이력서, 바로 확인하세요")


def fail_once(page: Page, pattern: str) -> list[str]:
    """Let the first request for an address fail; returns what was asked."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.abort() if len(asked) == 1 else route.continue_()

    page.route(pattern, answer)
    return asked


def test_a_lost_configuration_is_fetched_again_and_the_key_survives(
    page: Page, links: tuple[str, str]
) -> None:
    asked = fail_once(page, "**/config.json")
    page.goto(links[0])
    seal(page)
    expect(page.locator(".verdict-word")).to_have_text("확인됨")
    assert len(asked) == 2


def test_without_configuration_the_screen_offers_a_second_try_that_works(
    page: Page, links: tuple[str, str]
) -> None:
    page.route("**/config.json", lambda route: route.abort())
    page.goto(links[0])
    seal(page)
    expect(page.locator("[data-problem=verifier_unreachable]")).to_be_visible()
    page.unroute("**/config.json")
    page.get_by_role("button", name="다시 시도").click()
    expect(page.locator(".verdict-word")).to_have_text("확인됨")


@pytest.mark.parametrize(
    "lost", ["**/messages/ko.json", "**/static/app.js", "**/shared/dom.js", "**/storage/tab_memory.js"]
)
def test_words_or_a_module_lost_once_have_a_second_try_that_works(
    page: Page, links: tuple[str, str], lost: str
) -> None:
    fail_once(page, lost)
    page.goto(links[0])
    expect(page.get_by_role("heading", name="화면을 불러오지 못했습니다")).to_be_visible()
    page.get_by_role("button", name=re.compile("다시 시도")).click()
    seal(page)
    expect(page.locator(".verdict-word")).to_have_text("확인됨")


def test_a_change_of_language_that_fails_leaves_the_page_as_it_was(page: Page, running: Running) -> None:
    page.goto(running.verifier_url)
    fail_once(page, "**/messages/en.json")
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("받은 이력서, 바로 확인하세요")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_a_reload_keeps_the_door_and_the_verdict_while_the_tab_lives(
    page: Page, links: tuple[str, str], browser: Browser
) -> None:
    key = links[0].partition("#")[2]
    page.goto(links[0])
    expect(page.locator("#open")).to_be_visible()
    assert "#" not in page.url
    page.wait_for_timeout(300)
    page.reload()
    seal(page)
    expect(page.locator(".verdict-word")).to_have_text("확인됨")
    page.reload()
    expect(page.locator(".verdict-word")).to_have_text("확인됨")
    assert page.evaluate("JSON.stringify([localStorage, sessionStorage, history.state])").find(key) == -1
    # Another tab of the same browser has not been given the key.
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator("[data-problem=key_missing]")).to_be_visible()


def test_back_leads_to_the_verdict_that_was_shown(page: Page, links: tuple[str, str]) -> None:
    page.goto(links[0])
    seal(page)
    expect(page.locator(".own-words")).to_contain_text("첫째")
    page.get_by_role("button", name="다른 이력서 확인").click()
    page.locator("#link").fill(links[1])
    page.get_by_role("button", name="이 링크 확인하기").click()
    seal(page)
    expect(page.locator(".own-words")).to_contain_text("둘째")
    page.go_back()
    expect(page.get_by_role("heading", name="받은 이력서, 바로 확인하세요")).to_be_visible()
    page.go_back()
    expect(page.locator(".own-words")).to_contain_text("첫째")
    page.go_forward()
    page.go_forward()
    expect(page.locator(".own-words")).to_contain_text("둘째")


def test_a_share_that_has_ended_is_forgotten(page: Page, links: tuple[str, str]) -> None:
    page.goto(links[0])
    seal(page)
    expect(page.locator(".verdict-word")).to_be_visible()
    ended = {"status": 410, "json": {"code": "share_stopped"}}
    page.route("**/api/v1/shares/*", lambda route: route.fulfill(**ended))  # type: ignore[arg-type]
    page.reload()
    expect(page.locator("[data-problem=share_stopped]")).to_be_visible()
    assert page.evaluate("sessionStorage.shares") == "[]"


ANDROID = (
    "Mozilla/5.0 (Linux; Android 14; SM-S921N Build/UP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Version/4.0 Chrome/126.0.6478.122 Mobile Safari/537.36"
)


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (f"{ANDROID};KAKAOTALK 2410740;", "KakaoTalk"),
        (f"{ANDROID} NAVER(inapp; search; 1900; 12.6.1)", "NAVER"),
        (f"{ANDROID} MicroMessenger/8.0.49", "WeChat"),
        (ANDROID, "webview"),
    ],
    ids=["KakaoTalk", "NAVER", "WeChat", "a plain WebView"],
)
def test_inside_an_app_link_and_key_are_handed_over_whole(
    browser: Browser, links: tuple[str, str], user_agent: str, name: str
) -> None:
    context = browser.new_context(
        locale="ko-KR",
        user_agent=user_agent,
        viewport={"width": 360, "height": 740},
        permissions=["clipboard-read", "clipboard-write"],
    )
    page = context.new_page()
    page.goto(links[0])
    notice = page.locator(f"[data-in-app={name}]")
    expect(notice).to_be_visible()
    assert page.url == links[0], "the app's own way to another browser takes the address that is shown"
    seal(page)
    expect(page.locator(".own-words")).to_contain_text("첫째")
    assert page.url == links[0]
    notice.get_by_role("button", name="링크 전체 복사").click()
    expect(notice).to_contain_text("복사했습니다")
    assert page.evaluate("navigator.clipboard.readText()") == links[0]
    external = notice.get_by_role("link", name="내 브라우저로 열기").get_attribute("href") or ""
    assert links[0].partition("#")[2] in external
    page.reload()
    expect(page.locator(".own-words")).to_contain_text("첫째")
    context.close()


def test_a_browser_of_its_own_is_told_nothing(page: Page, links: tuple[str, str]) -> None:
    page.goto(links[0])
    expect(page.locator("#open")).to_be_visible()
    expect(page.locator("[data-in-app]")).to_have_count(0)


def test_own_words_of_any_script_keep_their_direction(page: Page, running: Running) -> None:
    rig = running.rig
    made, _, _ = put_share(
        rig,
        wallet_url=running.wallet_url,
        verifier_url=running.verifier_url,
        statements=("أنا محمد (React) 3 سنوات",),
    )
    page.goto(made)
    seal(page)
    words = page.locator(".own-words bdi", has_text="محمد")
    expect(words).to_be_visible()
    assert words.evaluate("element => getComputedStyle(element).direction") == "rtl"
    assert page.locator(".verdict-word").evaluate("element => getComputedStyle(element).direction") == "ltr"
