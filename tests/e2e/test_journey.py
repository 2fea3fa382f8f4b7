"""The whole journey in real browsers: institutions hand in, a seeker shares, an employer scans."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect

from scripts.demo.cast import GRADUATE
from tests.e2e.browsers import camera_flags, disclosed, film_of, launch, spellings
from tests.e2e.claiming import HELD, claim_everything
from tests.e2e.conftest import Visit
from tests.e2e.pages import VerifyPage, WalletPage
from tests.e2e.product import Product

pytestmark = pytest.mark.e2e

STATEMENT = "사용자가 한 번에 이해하는 화면을 만듭니다. <b>성실</b>하게 일합니다."
RECIPIENT = "나래서비스 채용팀(시연용)"
HIDDEN = ("2001-03-14", "2001년 3월 14일", "3.87")


def test_from_five_institutions_to_one_scan(
    product: Product, browser: Browser, playwright_driver: Playwright, visit: Visit, tmp_path: Path
) -> None:
    seeker, wallet_watch = visit(browser, 390, 844)
    wallet = WalletPage(seeker, product.url("wallet"))
    wallet.begin()
    claim_everything(product, wallet)

    wallet.home()
    expect(wallet.cards()).to_have_count(len(HELD))
    for type_name, issuer in HELD:
        expect(wallet.cards().filter(has_text=type_name)).to_contain_text(issuer)
    expect(wallet.cards().filter(has_text="체인에 기록됨")).to_have_count(len(HELD), timeout=60_000)

    link = wallet.share(STATEMENT, RECIPIENT)
    assert link.startswith(f"{product.url('verifier')}/v/")
    wallet.download_qr(tmp_path / "qr.png")
    film_of(tmp_path / "qr.png", tmp_path / "camera.mjpeg")

    with_camera = launch(playwright_driver, *camera_flags(tmp_path / "camera.mjpeg"))
    employer, employer_watch = visit(with_camera, 390, 844)
    verify = VerifyPage(employer, product.url("verifier"))
    for read in (verify.scan, lambda: verify.upload(tmp_path / "qr.png"), lambda: verify.follow(link)):
        read()
        _expect_the_resume(verify)

    wallet.expect_openings(RECIPIENT, 3)
    wallet.stop_share(RECIPIENT)
    employer_watch.expect_status(410)
    employer.get_by_role("button", name="지금 다시 확인").click()
    verify.expect_problem("share_stopped", "공유 종료")
    verify.follow(link)
    verify.expect_problem("share_stopped", "공유 종료")

    presentations = [body["presentation"] for body in employer_watch.bodies("/api/v1/verifications")]
    assert len(presentations) == 3
    for told in map(disclosed, presentations):
        assert "컴퓨터공학" in told, "what is shown can be read here, or the next lines say nothing"
        assert "birthDate" not in told
        # As the values that they are: "3.87" may stand anywhere in a token.
        assert not any(f'"{value}"' in told for value in HIDDEN), "hidden claims are not sent"
    for key in spellings(link.partition("#")[2]):
        for watch in (wallet_watch, employer_watch):
            assert not any(key in sent for sent in watch.sent()), "the key leaves no browser"
        assert key not in product.logs()
    with_camera.close()


def _expect_the_resume(verify: VerifyPage) -> None:
    verify.expect_verdict("확인됨")
    verify.expect_items([(*item, "확인됨") for item in HELD])
    expect(verify.page.locator(".person")).to_have_text(GRADUATE.name)
    expect(verify.page.locator(".own-words")).to_contain_text(STATEMENT)
    expect(verify.page.locator(".whose")).to_contain_text(RECIPIENT)
    shown = verify.unfold()
    assert "885" in shown
    assert not any(value in shown for value in HIDDEN)
    assert "이름 같음" in shown, "birth dates are hidden: what was compared is said"
    assert "같은 사람" not in shown
    assert "#" not in verify.page.url
