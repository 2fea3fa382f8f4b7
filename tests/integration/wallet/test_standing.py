"""The wallet names what is out of force before an employer learns of it, and does not choose it by itself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from digital_resume.core.status.status_array import Status
from tests.integration.wallet.stage import SCORE, Stage

pytestmark = [pytest.mark.integration, pytest.mark.e2e]

AXE = Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js"


def expect_accessible(page: Page) -> None:
    """Let axe find nothing, and nothing stand out at the side."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document)")["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize(
    ("status", "badge", "words"),
    [
        (Status.REVOKED, "기관이 취소함", "발급기관이 취소했습니다"),
        (Status.SUSPENDED, "효력 정지됨", "효력을 멈췄습니다"),
        (Status.SUPERSEDED, "정정됨", "더 새로운 증명"),
    ],
)
def test_a_status_is_named_in_home_choosing_and_preview(
    make_stage: Callable[..., Stage], status: Status, badge: str, words: str
) -> None:
    stage = make_stage(width=360)
    stage.take_everything()
    stage.institutions.set_status("UniversityDegree", status)
    page = stage.page
    page.reload()
    card = page.locator("article.credential", has_text="학위")
    expect(card.locator(".badge")).to_have_text(badge)
    expect(card).to_contain_text(words)
    page.goto(f"{stage.url}/#/compose")
    degree = page.locator(".choice", has_text="학위")
    expect(degree.locator(".badge")).to_have_text(badge)
    expect(degree.locator("[data-slot=include]")).not_to_be_checked()
    expect(page.locator("[data-slot=include]:checked")).to_have_count(2)
    degree.locator("[data-slot=include]").check()
    page.click("[data-action=next]")
    page.click("button[type=submit]")
    expect(page.locator("[data-slot=warnings]")).to_contain_text("‘학위(졸업)증명’")
    expect(page.locator("[data-slot=warnings]")).to_contain_text(words)
    assert stage.complaints == []


def test_screens_with_credentials_out_of_force_are_accessible(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(width=360)
    stage.take_everything()
    stage.institutions.set_status("UniversityDegree", Status.REVOKED)
    stage.institutions.set_status("LanguageTestScore", Status.SUPERSEDED)
    page = stage.page
    page.reload()
    expect(page.locator(".credential .standing")).to_have_count(2)
    expect_accessible(page)
    page.goto(f"{stage.url}/#/compose")
    expect(page.locator(".choice .standing")).to_have_count(2)
    expect_accessible(page)
    for box in page.locator("[data-slot=include]").all():
        box.check()
    page.click("[data-action=next]")
    page.click("button[type=submit]")
    expect(page.locator("[data-slot=warnings] .notice")).to_have_count(2)
    expect_accessible(page)


def test_a_revocation_after_choosing_is_named_in_the_preview(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(width=360)
    stage.take_everything()
    page = stage.page
    page.goto(f"{stage.url}/#/compose")
    page.click("[data-action=next]")
    stage.institutions.set_status("UniversityDegree", Status.REVOKED)
    page.click("button[type=submit]")
    expect(page.locator("[data-slot=warnings]")).to_contain_text("발급기관이 취소했습니다")


def test_what_expired_is_named_and_not_chosen(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(width=360)
    now = datetime.now(UTC).replace(microsecond=0)
    old = replace(SCORE, issued_at=now - timedelta(days=800), valid_until=now - timedelta(days=1))
    stage.institutions.records = [old if record is SCORE else record for record in stage.institutions.records]
    stage.take_identity()
    page = stage.page
    page.goto(f"{stage.url}/#/receive")
    page.locator(".line", has_text="누리어학평가원").locator("[data-action=claim]").click()
    expect(page.locator(".line .result")).to_have_count(1)
    page.goto(f"{stage.url}/#/compose")
    score = page.locator(".choice", has_text="어학시험 성적")
    expect(score.locator(".badge")).to_have_text("유효기간 지남")
    expect(score.locator("[data-slot=include]")).not_to_be_checked()


def test_a_status_that_cannot_be_asked_for_is_said(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(width=360)
    stage.take_everything()
    page = stage.page
    page.goto(f"{stage.url}/#/compose")
    page.click("[data-action=next]")
    page.route("**/i/*/status/1", lambda route: route.abort())
    page.click("button[type=submit]")
    expect(page.locator("[data-slot=warnings]")).to_contain_text("물어보지 못했습니다")


def test_what_was_learnt_is_kept_when_the_institution_is_away(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(width=360)
    stage.take_everything()
    stage.institutions.set_status("UniversityDegree", Status.REVOKED)
    page = stage.page
    page.reload()
    card = page.locator("article.credential", has_text="학위")
    expect(card.locator(".badge")).to_have_text("기관이 취소함")
    page.route("**/i/*/status/1", lambda route: route.abort())
    page.goto("about:blank")
    page.goto(stage.url)
    expect(card.locator(".badge")).to_have_text("기관이 취소함")
