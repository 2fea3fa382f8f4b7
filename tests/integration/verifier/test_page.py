"""The verify page in a real Chromium, on the real verifier, wallet server, chain and database."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import qrcode
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from digital_resume.web.hosting import VENDOR
from scripts.setup_steps import place_web_files
from tests.e2e.browsers import camera_flags, launch
from tests.fakes import Issued
from tests.integration.verifier.conftest import Running
from tests.integration.verifier.rig import put_share

pytestmark = [pytest.mark.integration, pytest.mark.e2e]

ROOT = Path(__file__).parents[3]

# A machine that runs everything at once is slow; what never comes still fails.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def playwright_driver() -> Iterator[Playwright]:
    """Start Playwright's driver."""
    if not (VENDOR / "zxing-wasm").is_dir():
        place_web_files()
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def browser(playwright_driver: Playwright) -> Iterator[Browser]:
    """Start Chromium."""
    started = launch(playwright_driver)
    yield started
    started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open a Korean page that fails the test when the browser refuses or reports anything."""
    context = browser.new_context(locale="ko-KR", viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on(
        "console",
        lambda message: (
            faults.append(message.text)
            if message.type == "error" and "Failed to load resource" not in message.text
            else None
        ),
    )
    yield opened
    context.close()
    assert faults == []


@pytest.fixture(scope="module")
def degree(running: Running) -> Issued:
    """Give the holder an identity credential and a degree, anchored, with a published status list."""
    rig = running.rig
    identity, issued = rig.issue("IdentityCredential"), rig.issue("UniversityDegree")
    rig.publish()
    rig.anchor(identity, issued)
    return issued


@pytest.fixture
def link(running: Running, degree: Issued) -> str:
    """Share the holder's resume."""
    made, _, _ = put_share(
        running.rig,
        wallet_url=running.wallet_url,
        verifier_url=running.verifier_url,
        hide=("birthDate",),
        statements=("<img src=x onerror=alert(1)> 성실한 개발자입니다.",),
    )
    return made


def test_a_link_is_opened_by_a_press_only_and_leaves_no_key(page: Page, link: str) -> None:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_contain_text("봉인된 디지털 이력서")
    key = link.partition("#")[2]
    assert key not in page.url
    assert not any("/api/v1/shares/" in url for url in requests), "a preview must spend nothing"
    page.get_by_role("button", name="열어서 확인하기").click()
    expect(page.locator(".verdict-word")).to_have_text("확인됨")
    expect(page.locator(".person")).to_have_text("김하늘")
    expect(page.locator("article.item")).to_have_count(2)
    expect(page.locator("article.item").nth(1)).to_contain_text("새벽대학교(시연용)")
    expect(page.locator(".own-words")).to_contain_text("<img src=x onerror=alert(1)>")
    assert not any(key in url for url in requests)
    assert page.evaluate("JSON.stringify([localStorage, sessionStorage, history.state])").find(key) == -1


def test_checks_and_receipt_open_from_the_keyboard(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="열어서 확인하기").press("Enter")
    item = page.locator("article.item").nth(1)
    expect(item.locator(".check-cell")).to_have_count(9)
    item.locator(".checks > summary").press("Enter")
    expect(item.locator(".check-list li")).to_have_count(9)
    item.locator(".receipt > summary").press("Enter")
    expect(item.locator("svg.receipt-drawing")).to_be_visible()
    assert item.locator(".sibling").count() >= 1


def test_the_language_changes_in_place(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="열어서 확인하기").click()
    expect(page.locator(".verdict-word")).to_have_text("확인됨")
    page.get_by_role("button", name="English").click()
    expect(page.locator(".verdict-word")).to_have_text("Verified")
    expect(page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_runs_over_and_axe_finds_nothing(
    browser: Browser, link: str, width: int, language: str
) -> None:
    # axe writes inline styles while it measures, which the page's own policy refuses
    context = browser.new_context(viewport={"width": width, "height": 800}, bypass_csp=True)
    context.add_init_script(path=str(ROOT / "node_modules/axe-core/axe.min.js"))
    page = context.new_page()
    head, _, key = link.partition("#")
    for address in (f"{head.partition('/v/')[0]}/?lang={language}", f"{head}?lang={language}#{key}"):
        page.goto(address)
        expect(page.locator("h1")).to_be_visible()
        _accessible(page, width)
    page.locator("#open").click()
    expect(page.locator("[data-verdict=verified]").first).to_be_visible()
    for details in page.locator("details").all():
        details.evaluate("element => { element.open = true }")
    page.evaluate("Promise.all(document.getAnimations().map((animation) => animation.finished))")
    _accessible(page, width)
    context.close()


def _accessible(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)")
    assert found == [], json.dumps([(v["id"], [n["html"] for n in v["nodes"]]) for v in found], indent=1)


def test_the_verdict_of_another_day_is_asked_for_and_named(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="열어서 확인하기").click()
    expect(page.locator(".verdict-word")).to_have_text("확인됨")
    expect(page.locator(".as-of-notice")).to_have_count(0)
    page.locator(".as-of > summary").press("Enter")
    yesterday = (datetime.now(UTC) + timedelta(hours=9) - timedelta(days=1)).date().isoformat()
    page.get_by_label("어느 날 기준으로 볼까요?").fill(yesterday)
    page.get_by_role("button", name="이 날 기준으로 확인").press("Enter")
    # Yesterday this verifier had not seen the institution yet.
    expect(page.locator(".as-of-notice")).to_contain_text("기준의 판정입니다")
    expect(page.locator(".verdict-word")).not_to_have_text("확인됨")
    expect(page.get_by_label("어느 날 기준으로 볼까요?")).to_have_value(yesterday)
    page.get_by_role("button", name="지금 기준으로 보기").click()
    expect(page.locator(".verdict-word")).to_have_text("확인됨")
    expect(page.locator(".as-of-notice")).to_have_count(0)


def test_an_image_of_the_qr_is_read_here(page: Page, link: str, running: Running, tmp_path: Path) -> None:
    qrcode.make(link).save(tmp_path / "qr.png")
    page.goto(running.verifier_url)
    page.locator("#file").set_input_files(tmp_path / "qr.png")
    page.get_by_role("button", name="열어서 확인하기").click()
    expect(page.locator(".verdict-word")).to_have_text("확인됨")
    assert "#" not in page.url


def test_an_image_without_qr_says_what_to_do(page: Page, running: Running, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (300, 200), "white").save(tmp_path / "blank.png")
    page.goto(running.verifier_url)
    page.locator("#file").set_input_files(tmp_path / "blank.png")
    expect(page.locator("#entrance-problem")).to_contain_text("QR을 찾지 못했습니다")


def test_a_pasted_link_is_taken_and_another_address_refused(page: Page, link: str, running: Running) -> None:
    page.goto(running.verifier_url)
    page.locator("#link").fill("https://example.org/")
    page.get_by_role("button", name="이 링크 확인하기").click()
    expect(page.locator("#entrance-problem")).to_contain_text("디지털 이력서의 링크가 아닙니다")
    page.locator("#link").fill(link)
    page.get_by_role("button", name="이 링크 확인하기").click()
    expect(page.get_by_role("button", name="열어서 확인하기")).to_be_focused()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda link: link[:-2], "key_damaged"),
        (lambda link: link.partition("#")[0], "key_missing"),
        (lambda link: link.replace("/v/", "/v/x"), "link_damaged"),
    ],
)
def test_a_damaged_link_has_a_screen_of_its_own(page: Page, link: str, change, code: str) -> None:
    page.goto(change(link))
    expect(page.locator(f"[data-problem={code}]")).to_be_visible()


def test_a_wrong_key_has_a_screen_of_its_own(page: Page, link: str) -> None:
    head, _, key = link.partition("#")
    page.goto(f"{head}#{'B' if key[0] == 'A' else 'A'}{key[1:]}")
    page.locator("#open").click()
    expect(page.locator("[data-problem=key_damaged]")).to_be_visible()


def test_an_unknown_share_has_a_screen_of_its_own(page: Page, link: str, running: Running) -> None:
    page.goto(f"{running.verifier_url}/v/AAAAAAAAAAAAAAAAAAAAAA#{link.partition('#')[2]}")
    page.locator("#open").click()
    expect(page.locator("[data-problem=share_unknown]")).to_be_visible()


def test_a_stopped_share_has_ended(page: Page, running: Running, degree: Issued) -> None:
    from base64 import urlsafe_b64encode

    made, share_id, secret = put_share(
        running.rig, wallet_url=running.wallet_url, verifier_url=running.verifier_url
    )
    token = urlsafe_b64encode(secret).rstrip(b"=").decode()
    httpx.delete(
        f"{running.wallet_url}/api/v1/shares/{share_id}", headers={"authorization": f"Bearer {token}"}
    ).raise_for_status()
    page.goto(made)
    page.locator("#open").click()
    expect(page.locator("[data-problem=share_stopped]")).to_contain_text("공유 종료")


def test_when_the_wallet_server_is_away_the_screen_offers_to_try_again(page: Page, link: str) -> None:
    page.route("**/api/v1/shares/**", lambda route: route.abort())
    page.goto(link)
    page.locator("#open").click()
    expect(page.locator("[data-problem=wallet_unreachable]")).to_be_visible()
    page.unroute("**/api/v1/shares/**")
    page.get_by_role("button", name="다시 시도").click()
    expect(page.locator(".verdict-word")).to_have_text("확인됨")


def test_a_revoked_degree_is_not_in_force(page: Page, running: Running) -> None:
    rig = running.rig
    before = len(rig.wallet.tokens)
    extra = rig.issue("UniversityDegree", major="폐기학과")
    rig.anchor(extra)
    made, _, _ = put_share(rig, wallet_url=running.wallet_url, verifier_url=running.verifier_url)
    rig.revoke(extra)
    del rig.wallet.tokens[before:], rig.wallet.receipts[before:]
    page.goto(made)
    page.locator("#open").click()
    expect(page.locator(".verdict-word")).to_have_text("효력 없음")
    expect(page.locator("[data-check=status][data-outcome=fail]")).to_have_count(1)
    expect(page.locator("article.item").first).to_have_attribute("data-verdict", "not_in_force")


def test_an_altered_credential_stands_first_and_is_named_by_what_failed(page: Page, running: Running) -> None:
    rig = running.rig
    before = len(rig.wallet.tokens)
    rig.anchor(rig.issue("AcademicTranscript"), rig.issue("UniversityDegree"))
    signed, _, disclosures = rig.wallet.tokens[-1].partition("~")
    head, payload, signature = signed.split(".")
    rig.wallet.tokens[-1] = f"{head}.{payload}.AAAA{signature[4:]}~{disclosures}"
    made, _, _ = put_share(rig, wallet_url=running.wallet_url, verifier_url=running.verifier_url)
    count = len(rig.wallet.tokens)
    del rig.wallet.tokens[before:], rig.wallet.receipts[before:]
    page.goto(made)
    page.locator("#open").click()
    expect(page.locator(".verdict-word")).to_have_text("진본 아님")
    first = page.locator("article.item").first
    expect(first.get_by_role("heading")).to_have_text(f"서명이 맞지 않는 증명서 ({count}번째)")
    expect(page.get_by_role("columnheader")).to_have_text(["학기", "이수구분", "교과목", "성적", "학점"])
    page.get_by_role("button", name="English").click()
    expect(first.get_by_role("heading")).to_have_text(
        f"Credential whose signature does not hold (no. {count})"
    )
    expect(page.locator("h2.person [lang=ko]")).to_be_visible()


def test_the_camera_reads_the_qr(
    playwright_driver: Playwright, running: Running, link: str, tmp_path: Path
) -> None:
    video = tmp_path / "camera.y4m"
    _film(link, video)
    browser = launch(playwright_driver, *camera_flags(video))
    page = browser.new_context(locale="ko-KR").new_page()
    page.goto(running.verifier_url)
    page.get_by_role("button", name="카메라 켜기").click()
    page.get_by_role("button", name="열어서 확인하기").click(timeout=30_000)
    expect(page.locator(".verdict-word")).to_have_text("확인됨")
    browser.close()


def _film(text: str, path: Path) -> None:
    """Write a few frames of YUV4MPEG2 that show a QR code."""
    from PIL import Image

    code = qrcode.make(text, border=4).get_image().convert("L").resize((400, 400))
    frame = Image.new("L", (640, 480), 200)
    frame.paste(code, (120, 40))
    with path.open("wb") as file:
        file.write(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n")
        for _ in range(5):
            file.write(b"FRAME\n" + frame.tobytes() + b"\x80" * (640 * 480 // 2))
