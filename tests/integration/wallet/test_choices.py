"""The wallet keeps what a person chose, and sends never more: reload, Back, a closed tab, a lost answer."""

import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.integration.wallet.opening import disclosed_of
from tests.integration.wallet.stage import Stage

pytestmark = [pytest.mark.integration, pytest.mark.e2e]

RECIPIENT = "푸른숲소프트"
_DRAFTS = """
async () => {
  const answered = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
  const database = await answered(indexedDB.open("wallet"));
  const rows = await answered(database.transaction("vault").objectStore("vault").getAll());
  database.close();
  return rows.filter(({ kind }) => kind === "draft").length;
}
"""


def choose_the_degree_alone(stage: Stage) -> None:
    """Choose one of three credentials, hide one of its claims, name a recipient; ends on the preview."""
    page = stage.page
    page.goto(f"{stage.url}/#/compose")
    for name in ("모바일 신분증", "어학시험 성적"):
        page.locator(".choice", has_text=name).locator("[data-slot=include]").uncheck()
    degree = page.locator(".choice", has_text="학위")
    degree.locator("summary").click()
    degree.locator(".claim", has_text="졸업일").locator("input").uncheck()
    page.click("[data-action=next]")
    page.fill("textarea", "문제를 끝까지 파고듭니다.")
    page.fill("[name=recipient]", RECIPIENT)
    page.locator(".segments label", has_text=re.compile("^7일")).click()
    page.click("button[type=submit]")
    expect(page.locator(".paper-item")).to_have_count(1)


def expect_the_choice(page: Page) -> None:
    expect(page.locator(".paper-item")).to_have_count(1)
    expect(page.locator(".paper-item")).to_contain_text("학위")
    expect(page.locator(".paper")).not_to_contain_text("2026년 2월 20일")
    expect(page.locator(".paper")).to_contain_text("문제를 끝까지 파고듭니다.")
    expect(page.locator("[data-slot=lead]")).to_contain_text(RECIPIENT)


def share_and_read(page: Page) -> dict[str, set[str]]:
    """Sign and share what is previewed; returns the claims that were sent, by type."""
    page.click("[data-action=share]")
    return disclosed_of(page.inner_text("[data-slot=link]"), page.url.split("/#")[0])


@pytest.mark.parametrize("way", ["reload", "closed tab", "back after sharing", "reload while choosing"])
def test_a_choice_is_kept_and_never_more_is_sent(make_stage: Callable[..., Stage], way: str) -> None:
    stage = make_stage(width=360)
    stage.take_everything()
    choose_the_degree_alone(stage)
    page = stage.page
    if way == "reload":
        page.reload()
    elif way == "closed tab":
        context = page.context
        page.close()
        page = context.new_page()
        page.goto(f"{stage.url}/#/compose/preview")
        # Another tab chose nothing yet: it is shown what was chosen before, on the screen of choosing.
        expect(page.locator("[data-slot=include]:checked")).to_have_count(1)
        assert page.url.endswith("#/compose")
        page.click("[data-action=next]")
        page.click("button[type=submit]")
    elif way == "back after sharing":
        share_and_read(page)
        page.go_back()
    else:
        page.goto(f"{stage.url}/#/compose")
        page.reload()
        expect(page.locator("[data-slot=include]:checked")).to_have_count(1)
        page.click("[data-action=next]")
        expect(page.locator("[name=recipient]")).to_be_visible()
        page.reload()
        expect(page.locator("[name=recipient]")).to_have_value(RECIPIENT)
        expect(page.locator("[name=days]:checked")).to_have_value("7")
        page.click("button[type=submit]")
    expect_the_choice(page)
    sent = share_and_read(page)
    assert set(sent) == {"UniversityDegree"}
    assert not sent["UniversityDegree"] & {"graduationDate", "birthDate", "studentNumber", "gradeAverage"}
    assert "admissionDate" in sent["UniversityDegree"]


@pytest.mark.parametrize("step", ["words", "preview"])
def test_without_a_choice_one_is_sent_back_to_choosing(make_stage: Callable[..., Stage], step: str) -> None:
    stage = make_stage(width=360)
    stage.take_everything()
    stage.page.goto(f"{stage.url}/#/compose/{step}")
    expect(stage.page.locator("h1")).to_have_text("무엇을 보여 줄까요?")
    assert stage.page.url.endswith("#/compose")


def compose_everything(page: Page, url: str, recipient: str) -> None:
    """Choose all three credentials in a tab, name a recipient; ends on the preview."""
    page.goto(f"{url}/#/compose")
    expect(page.locator("[data-slot=include]")).to_have_count(3)
    for box in page.locator("[data-slot=include]").all():
        box.check()
    page.click("[data-action=next]")
    page.fill("[name=recipient]", recipient)
    page.click("button[type=submit]")
    expect(page.locator(".paper-item")).to_have_count(3)


def test_a_tab_is_never_shown_what_another_tab_chose(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(width=360)
    stage.take_everything()
    choose_the_degree_alone(stage)
    page = stage.page
    other = page.context.new_page()
    compose_everything(other, stage.url, "나래서비스")
    page.reload()
    expect_the_choice(page)
    assert set(share_and_read(page)) == {"UniversityDegree"}
    other.reload()
    expect(other.locator(".paper-item")).to_have_count(3)
    expect(other.locator("[data-slot=lead]")).to_contain_text("나래서비스")
    other.goto(f"{stage.url}/#/compose")
    other.get_by_role("button", name="처음부터 고르기").click()
    expect(other.locator("[data-slot=going-on]")).to_be_hidden()
    other.goto(f"{stage.url}/#/compose/preview")
    expect(other).to_have_url(f"{stage.url}/#/compose")
    expect(other.locator("[data-slot=include]:checked")).to_have_count(3)


def test_a_copy_of_a_tab_that_chooses_more_changes_nothing_in_the_first(
    make_stage: Callable[..., Stage],
) -> None:
    stage = make_stage(width=360)
    stage.take_everything()
    choose_the_degree_alone(stage)
    page = stage.page
    marks = page.evaluate("JSON.stringify(sessionStorage)")
    other = page.context.new_page()
    other.goto(f"{stage.url}/#/")
    other.evaluate("(marks) => Object.assign(sessionStorage, JSON.parse(marks))", marks)
    other.reload()
    compose_everything(other, stage.url, "나래서비스")
    page.reload()
    expect(page.locator("[data-slot=include]").first).to_be_visible()
    assert page.url.endswith("#/compose"), "sent back to choosing, not shown what the copy chose"
    expect(page.locator("[data-action=share]")).to_have_count(0)


def test_drafts_of_tabs_that_are_gone_do_not_pile_up(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(width=360)
    stage.take_everything()
    kept: list[int] = []
    for _ in range(7):
        tab = stage.page.context.new_page()
        tab.goto(f"{stage.url}/#/compose")
        tab.click("[data-action=next]")
        expect(tab.locator("textarea")).to_be_visible()
        kept.append(tab.evaluate(_DRAFTS))
        tab.close()
    assert kept == [1, 2, 3, 4, 5, 5, 5]


def test_a_credential_that_comes_later_is_not_in_a_choice_made_before(
    make_stage: Callable[..., Stage],
) -> None:
    stage = make_stage(width=360)
    stage.take_identity()
    page = stage.page
    page.goto(f"{stage.url}/#/compose")
    page.click("[data-action=next]")
    expect(page.locator("textarea")).to_be_visible()
    page.goto(f"{stage.url}/#/receive")
    page.locator(".line", has_text="새벽대학교").locator("[data-action=claim]").click()
    expect(page.locator(".line .result")).to_have_count(1)
    page.goto(f"{stage.url}/#/compose")
    expect(page.locator("[data-slot=include]")).to_have_count(2)
    expect(page.locator("[data-slot=include]:checked")).to_have_count(1)
    page.get_by_role("button", name="처음부터 고르기").click()
    expect(page.locator("[data-slot=include]:checked")).to_have_count(2)


def test_typed_words_outlive_a_closed_tab(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(width=360)
    stage.take_everything()
    page = stage.page
    page.goto(f"{stage.url}/#/compose")
    page.click("[data-action=next]")
    page.fill("textarea", "끝까지 읽습니다.")
    page.wait_for_timeout(1000)
    context = page.context
    page.close()
    page = context.new_page()
    page.goto(f"{stage.url}/#/compose/words")
    page.click("[data-action=next]")
    expect(page.locator("textarea")).to_have_value("끝까지 읽습니다.")


def test_a_share_whose_answer_was_lost_is_sent_again_and_not_twice(
    make_stage: Callable[..., Stage],
) -> None:
    stage = make_stage(width=360)
    stage.take_everything()
    choose_the_degree_alone(stage)
    page = stage.page
    answers: list[int] = []
    sent: list[Any] = []

    def lose(route: Route) -> None:
        body = route.request.post_data
        sent.append(json.loads(body or "{}")["id"])
        answer = httpx.post(
            f"{stage.url}/api/v1/shares", content=body, headers={"Content-Type": "application/json"}
        )
        answers.append(answer.status_code)
        if len(answers) < 3:
            route.abort()
        else:
            route.fulfill(status=answer.status_code, body=answer.text)

    page.route("**/api/v1/shares", lose)
    for _ in range(2):
        page.click("[data-action=share]")
        expect(page.locator("[data-slot=problem] [role=alert]")).to_be_visible()
        expect(page.locator("[data-action=share]")).not_to_have_attribute("aria-disabled", "true")
        page.reload()  # the tab may even be discarded in between
        expect_the_choice(page)
    page.click("[data-action=share]")
    expect(page.locator("[data-slot=link]")).to_be_visible()
    assert answers == [201, 201, 201]
    assert len(set(sent)) == 1, "the same share, which the server takes once"
    page.goto(f"{stage.url}/#/shares")
    expect(page.locator(".kept")).to_have_count(1)
    expect(page.locator(".kept .badge")).to_have_text("공유 중")


def test_a_changed_choice_is_another_share(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(width=360)
    stage.take_everything()
    choose_the_degree_alone(stage)
    page = stage.page
    page.route("**/api/v1/shares", lambda route: route.abort())
    page.click("[data-action=share]")
    expect(page.locator("[data-slot=problem] [role=alert]")).to_be_visible()
    page.unroute("**/api/v1/shares")
    page.go_back()
    page.fill("[name=recipient]", "나래서비스")
    page.click("button[type=submit]")
    page.click("[data-action=share]")
    expect(page.locator("[data-slot=link]")).to_be_visible()
    page.goto(f"{stage.url}/#/shares")
    expect(page.locator(".kept")).to_have_count(2)
    unsent = page.locator(".kept", has_text=RECIPIENT)
    expect(unsent).to_contain_text("전달되었는지 알 수 없습니다")
