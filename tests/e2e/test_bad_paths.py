"""What people see when something is wrong: each has words of its own, and nothing changes by it."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from scripts.demo.cases import CASES
from scripts.demo.cast import GRADUATE, MOBILE_ID
from tests.e2e.conftest import Visit
from tests.e2e.pages import VerifyPage, WalletPage
from tests.e2e.product import Product

pytestmark = pytest.mark.e2e

IDENTITY = GRADUATE.records[0]
REFUSED = "거래 번호가 틀렸거나"


@pytest.fixture(scope="module")
def link(product: Product) -> str:
    """Return the link of the resume that the graduate of the demonstration shares."""
    return str(product.stack.wallet(GRADUATE.key).list()["shares"][0]["link"])


def _other_digit(code: str) -> str:
    return code[:-1] + str((int(code[-1]) + 1) % 10)


def test_a_wrong_transaction_code_is_told_and_an_offer_is_taken_once(
    product: Product, browser: Browser, visit: Visit
) -> None:
    page, watch = visit(browser)
    watch.expect_status(400)
    wallet = WalletPage(page, product.url("wallet"))
    offer, code = product.stack.counter_offer(MOBILE_ID.slug, product.stack.hand_in(IDENTITY))
    wallet.begin()
    wallet.see_offer(offer)
    wallet.take(_other_digit(code))
    expect(page.get_by_role("alert")).to_contain_text(REFUSED)
    wallet.take(code)
    expect(wallet.cards()).to_have_count(1)

    watch.expect_status(410)
    wallet.paste(offer)
    expect(page.get_by_text("기한이 지났거나 이미 쓴 링크입니다")).to_be_visible()
    wallet.home()
    expect(wallet.cards()).to_have_count(1)


def test_five_wrong_transaction_codes_burn_the_offer(
    product: Product, browser: Browser, visit: Visit
) -> None:
    page, watch = visit(browser)
    watch.expect_status(400)
    wallet = WalletPage(page, product.url("wallet"))
    offer, code = product.stack.counter_offer(MOBILE_ID.slug, product.stack.hand_in(IDENTITY))
    wallet.begin()
    wallet.see_offer(offer)
    for tried in [_other_digit(code)] * 5 + [code]:
        with page.expect_response(lambda answer: answer.url.endswith("/token")) as refusal:
            wallet.take(tried)
        assert refusal.value.status == 400
        expect(page.get_by_role("alert")).to_contain_text(REFUSED)
        expect(page.get_by_role("button", name="받아서 담기")).not_to_have_attribute("aria-disabled", "true")
    wallet.home()
    expect(page.get_by_text("아직 담은 증명이 없습니다")).to_be_visible()


def test_a_link_that_is_no_offer_is_told(product: Product, browser: Browser, visit: Visit) -> None:
    page, _ = visit(browser)
    wallet = WalletPage(page, product.url("wallet"))
    wallet.begin()
    wallet.paste("https://example.org/")
    expect(page.get_by_role("alert")).to_contain_text("증명을 주는 링크가 아니거나")


def test_a_damaged_key_is_not_called_a_forgery(browser: Browser, visit: Visit, link: str) -> None:
    page, _ = visit(browser)
    verify = VerifyPage(page, "")
    head, _, key = link.partition("#")
    page.goto(f"{head}#{key[:-3]}")
    verify.expect_problem("key_damaged", "열쇠가 맞지 않습니다")
    page.goto("about:blank")
    page.goto(head)
    verify.expect_problem("key_missing", "열쇠가 없습니다")
    verify.follow(f"{head}#{'B' if key[0] == 'A' else 'A'}{key[1:]}")
    verify.expect_problem("key_damaged", "열쇠가 맞지 않습니다")
    expect(page.get_by_text("진본 아님")).to_have_count(0)


def test_an_image_without_a_qr_says_what_to_do(
    product: Product, browser: Browser, visit: Visit, tmp_path: Path
) -> None:
    page, _ = visit(browser)
    page.goto(product.url("verifier"))
    Image.new("RGB", (640, 480), (232, 228, 220)).save(tmp_path / "table.png")
    page.locator("input[type=file]").set_input_files(tmp_path / "table.png")
    expect(page.get_by_role("alert")).to_contain_text("QR을 찾지 못했습니다")
    (tmp_path / "text.png").write_text("not an image")
    page.locator("input[type=file]").set_input_files(tmp_path / "text.png")
    expect(page.get_by_role("alert")).to_contain_text("이미지 파일이 아닙니다")
    page.get_by_label("이력서 링크").fill("https://example.org/")
    page.get_by_role("button", name="이 링크 확인하기").click()
    expect(page.get_by_role("alert")).to_contain_text("디지털 이력서의 링크가 아닙니다")


def test_without_a_camera_the_other_ways_are_named(product: Product, browser: Browser, visit: Visit) -> None:
    page, _ = visit(browser)
    page.goto(product.url("verifier"))
    page.get_by_role("button", name="카메라 켜기").click()
    expect(page.get_by_role("alert")).to_contain_text("QR 이미지를")
    expect(page.get_by_role("button", name="카메라 켜기")).to_be_visible()


def test_while_the_wallet_server_is_away_trying_again_is_offered(
    product: Product, browser: Browser, visit: Visit, link: str
) -> None:
    page, watch = visit(browser)
    watch.expect("net::ERR_CONNECTION_REFUSED")
    verify = VerifyPage(page, product.url("verifier"))
    with product.without("wallet"):
        verify.follow(link)
        verify.expect_problem("wallet_unreachable", "보관 서버에 닿지 못했습니다")
    page.get_by_role("button", name="다시 시도").click()
    verify.expect_verdict("확인됨")


def test_a_revoked_credential_is_not_in_force(product: Product, browser: Browser, visit: Visit) -> None:
    case = next(case for case in CASES if case.key == "revoked")
    made = case.play(product.stack, lambda korean, english: None)
    page, _ = visit(browser)
    verify = VerifyPage(page, product.url("verifier"))
    verify.follow(made)
    verify.expect_verdict("효력 없음")
    expect(page.locator("article.item[data-verdict=verified]")).to_have_count(1)
    bad = page.locator("article.item[data-verdict=not_in_force]")
    expect(bad.locator("[data-check=status][data-outcome=fail]")).to_have_count(1)
    expect(bad).to_contain_text("취소")


def test_a_share_that_nobody_made_is_told(product: Product, browser: Browser, visit: Visit) -> None:
    page, watch = visit(browser)
    watch.expect_status(404)
    verify = VerifyPage(page, product.url("verifier"))
    verify.follow(f"{verify.url}/v/{'A' * 22}#{'A' * 43}")
    verify.expect_problem("share_unknown", "이런 공유가 없습니다")


def test_the_verify_page_works_from_the_keyboard_alone(
    product: Product, browser: Browser, visit: Visit, link: str
) -> None:
    page, _ = visit(browser)
    page.goto(product.url("verifier"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    seen = _tab_to(page, "#link")
    assert {"start-camera", "file"} <= set(seen), "every way in is on the way"
    page.keyboard.insert_text(link)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="열어서 확인하기")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".verdict-word")).to_have_text("확인됨")
    item = page.locator("article.item").nth(1)
    _tab_to(page, "article.item:nth-of-type(2) .checks > summary")
    page.keyboard.press("Enter")
    expect(item.locator(".check-list li").first).to_be_visible()
    _tab_to(page, ".actions button:last-of-type")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="카메라 켜기")).to_be_visible()


def _tab_to(page, selector: str) -> list[str]:
    """Press Tab until an element has the focus; returns the ids on the way. Every stop must be visible."""
    ids = []
    for _ in range(80):
        page.keyboard.press("Tab")
        ids.append(page.evaluate("document.activeElement?.id ?? ''"))
        assert page.evaluate("document.activeElement?.matches(':focus-visible') ?? false")
        if page.evaluate("selector => document.activeElement?.matches(selector) ?? false", selector):
            return ids
    raise AssertionError(f"Tab does not reach {selector}")
