"""A credential type that this product has never heard of is added by one file, and is whole on every page.

The file lies in ``tests/e2e/types``, the folder that ``CREDENTIAL_TYPES_DIR`` names to the running product.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from digital_resume.core.credentials.catalog import default_catalog, load_catalog
from scripts.demo.cast import GRADUATE, MOBILE_ID, CastRecord
from tests.e2e.browsers import disclosed
from tests.e2e.conftest import TYPES, Visit
from tests.e2e.pages import VerifyPage, WalletPage
from tests.e2e.product import Product

pytestmark = pytest.mark.e2e

FILE: dict[str, Any] = json.loads((TYPES / "VolunteerService.json").read_text("utf-8"))
SLUG, NAME_KO = "volunteers", "새싹자원봉사센터(시연용)"
ISSUED = CastRecord(SLUG, FILE["name"], FILE["example"], counter=True)
IDENTITY = GRADUATE.records[0]


def _resume(product: Product, *arguments: str) -> str:
    """Run a command of the operator on the product's data folder."""
    command = [Path(sys.executable).with_name("resume"), *arguments, "--data", product.data_dir]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def centre(product: Product) -> None:
    """Add an institution that issues the type, and accredit it for it on the chain."""
    names = ("--name-ko", NAME_KO, "--name-en", "Saessak Volunteer Centre (demo)")
    told = _resume(product, "institution", "add", SLUG, *names, "--type", FILE["name"])
    (line,) = (line for line in told.splitlines() if line.startswith("API key"))
    product.stack.api_keys[SLUG] = line.removeprefix("API key").strip()
    _resume(product, "institution", "accredit", SLUG, "--yes")


def _expect_picture(tile: Locator) -> None:
    icon = FILE["resume"]["icon"]
    expect(tile.locator("path")).to_have_attribute("d", icon["path"])
    expect(tile).to_have_class(f"tile tile-{icon['tone']}")


def test_the_type_is_in_one_file_and_nowhere_else() -> None:
    assert FILE["name"] not in {kind.name for kind in default_catalog().all_types()}
    assert load_catalog(TYPES).credential_type(FILE["name"]).resume.to_json() == FILE["resume"]


@pytest.mark.usefixtures("centre")
@pytest.mark.parametrize("width", [360, 1280])
def test_an_added_type_is_whole_from_issue_to_verdict(
    product: Product, browser: Browser, visit: Visit, width: int
) -> None:
    stack = product.stack
    seeker, _ = visit(browser, width)
    wallet = WalletPage(seeker, product.url("wallet"))
    wallet.begin()
    for slug, record in ((SLUG, ISSUED), (MOBILE_ID.slug, IDENTITY)):
        link, code = stack.counter_offer(slug, stack.hand_in(record))
        wallet.see_offer(link)
        wallet.take(code)
        expect(wallet.cards().filter(has_text="체인에 기록됨")).to_have_count(
            1 + (slug != SLUG), timeout=60_000
        )

    # The card: picture, name, first line; after the identity, although it came earlier.
    card = wallet.cards().nth(1)
    _expect_picture(card.locator(".tile"))
    expect(card.get_by_role("heading")).to_have_text("자원봉사 확인서")
    expect(card).to_contain_text(NAME_KO)
    expect(card.locator(".credential-lead")).to_have_text("아동 학습 지도 · 128")

    # Composing: its part of the resume, and what starts hidden.
    seeker.get_by_role("link", name="이력서 만들기", exact=True).first.click()
    choice = seeker.locator(".choice").nth(1)
    _expect_picture(choice.locator(".tile"))
    expect(choice.locator(".section-name")).to_have_text("봉사활동")
    expect(choice.locator("summary")).to_have_text("항목 고르기 · 숨김: 생년월일, 확인서 번호")
    choice.locator("summary").click()
    states = {
        label: choice.get_by_role("switch", name=label).is_checked()
        for label in ("생년월일", "총 시간", "시작일", "활동 내역", "확인서 번호")
    }
    assert [label for label, shown in states.items() if not shown] == ["생년월일", "확인서 번호"]

    seeker.get_by_role("button", name="다음").click()
    seeker.get_by_role("button", name="미리보기").click()
    expect(seeker.locator(".paper-section > h3")).to_have_text(["신원", "봉사활동"])
    paper = seeker.locator(".paper-item").nth(1)
    expect(paper.locator(".paper-lead")).to_have_text("아동 학습 지도 · 128")
    expect(paper.locator(".hidden-count")).to_contain_text("2")
    seeker.get_by_role("button", name="서명하고 공유하기").click()
    link = seeker.get_by_label("공유 링크").inner_text().strip()

    employer, watch = visit(browser, width)
    verify = VerifyPage(employer, product.url("verifier"))
    verify.follow(link)
    verify.expect_verdict("확인됨")
    item = employer.locator("article.item").nth(1)
    _expect_picture(item.locator(".tile"))
    expect(item.locator(".section-name")).to_have_text("봉사활동")
    expect(item.get_by_role("heading")).to_have_text("자원봉사 확인서")
    expect(item.locator(".item-lead")).to_have_text("아동 학습 지도 · 128")
    expect(item).to_contain_text(NAME_KO)
    expect(item.get_by_role("columnheader")).to_have_text(["장소", "시간"])
    expect(item.get_by_text("새싹지역아동센터(시연용)")).to_be_visible()
    employer.get_by_role("button", name="English").click()
    expect(item.locator(".section-name")).to_have_text("Service")
    expect(item.get_by_role("heading")).to_have_text("Volunteer service")
    expect(item.get_by_role("columnheader")).to_have_text(["Place", "Hours"])
    assert employer.evaluate("document.documentElement.scrollWidth") <= width

    (body,) = watch.bodies("/api/v1/verifications")
    told = disclosed(body["presentation"])
    assert "아동 학습 지도" in told
    assert FILE["example"]["confirmationNumber"] not in told
    assert FILE["example"]["birthDate"] not in told
