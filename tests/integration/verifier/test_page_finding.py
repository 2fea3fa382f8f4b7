"""The verify page finds a share in what people have: text as it was delivered, pictures with other codes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import qrcode
from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.e2e.browsers import camera_flags, launch
from tests.integration.verifier import test_page_recovery
from tests.integration.verifier.conftest import Running

pytestmark = [pytest.mark.integration, pytest.mark.e2e]

links = test_page_recovery.links
MENU = "https://restaurant.example/menu/table/12?lang=ko"


@pytest.fixture(scope="module")
def playwright_driver() -> Iterator[Playwright]:
    """Start Playwright's driver."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def browser(playwright_driver: Playwright) -> Iterator[Browser]:
    """Start Chromium."""
    started = launch(playwright_driver)
    yield started
    started.close()


@pytest.fixture
def page(browser: Browser, running: Running) -> Iterator[Page]:
    """Open the entrance."""
    context = browser.new_context(locale="ko-KR", viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(running.verifier_url)
    yield page
    context.close()


def qr(text: str, side: int) -> Image.Image:
    return qrcode.make(text, border=4).get_image().convert("L").resize((side, side))


def beside(left: tuple[str, int], right: tuple[str, int], turned: bool = False) -> Image.Image:
    """Put two codes beside each other, or one above the other."""
    first, second = qr(*left), qr(*right)
    size = (first.width + second.width + 60, max(first.height, second.height) + 40)
    picture = Image.new("L", size[::-1] if turned else size, 230)
    picture.paste(first, (20, 20))
    picture.paste(second, (20, first.height + 40) if turned else (first.width + 40, 20))
    return picture


LAYOUTS: dict[str, Callable[[str], Image.Image]] = {
    "ours left": lambda link: beside((link, 320), (MENU, 320)),
    "ours right": lambda link: beside((MENU, 320), (link, 320)),
    "ours below": lambda link: beside((MENU, 320), (link, 320), turned=True),
    "ours small": lambda link: beside((MENU, 700), (link, 220)),
    "ours large below a small one": lambda link: beside((MENU, 160), (link, 700), turned=True),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_of_two_codes_in_a_picture_ours_is_taken(
    page: Page, links: tuple[str, str], tmp_path: Path, layout: str
) -> None:
    LAYOUTS[layout](links[0]).save(tmp_path / "two.png")
    page.locator("#file").set_input_files(tmp_path / "two.png")
    page.get_by_role("button", name="열어서 확인하기").click()
    expect(page.locator(".own-words")).to_contain_text("첫째")


def test_a_picture_with_foreign_codes_only_says_so(page: Page, tmp_path: Path) -> None:
    beside((MENU, 300), ("https://company.example", 300)).save(tmp_path / "two.png")
    page.locator("#file").set_input_files(tmp_path / "two.png")
    expect(page.locator("#entrance-problem")).to_contain_text("디지털 이력서의 링크가 아닙니다")


def film(path: Path, *shots: Image.Image) -> Path:
    """Write what a camera sees, a second and a half each, as YUV4MPEG2."""
    with path.open("wb") as file:
        file.write(b"YUV4MPEG2 W960 H480 F10:1 Ip A1:1 C420jpeg\n")
        for shot in shots:
            frame = Image.new("L", (960, 480), 200)
            frame.paste(shot, (30, 30))
            for _ in range(15):
                file.write(b"FRAME\n" + frame.tobytes() + b"\x80" * (960 * 480 // 2))
    return path


@pytest.mark.parametrize("order", ["both in view", "a foreign one first"])
def test_a_foreign_code_does_not_stop_the_camera(
    playwright_driver: Playwright, running: Running, links: tuple[str, str], tmp_path: Path, order: str
) -> None:
    both = [beside((MENU, 380), (links[0], 380))]
    shots = both if order == "both in view" else [qr(MENU, 400)] * 2 + [qr(links[0], 400)]
    browser = launch(playwright_driver, *camera_flags(film(tmp_path / "camera.y4m", *shots)))
    page = browser.new_context(locale="ko-KR").new_page()
    page.goto(running.verifier_url)
    page.get_by_role("button", name="카메라 켜기").click()
    if order != "both in view":
        expect(page.locator("#viewfinder-words")).to_have_text("다른 QR입니다. 이력서의 QR을 비춰 주세요")
    page.get_by_role("button", name="열어서 확인하기").click(timeout=30_000)
    expect(page.locator(".own-words")).to_contain_text("첫째")
    browser.close()


@pytest.mark.parametrize(
    "delivered",
    [
        "[김하늘] [오후 3:04] {link}",
        "제 이력서입니다.\n{link}\n확인 부탁드립니다.",
        "<{link}>.",
        "{bare}",
        "{escaped}",
    ],
)
def test_a_link_is_found_in_pasted_text(page: Page, links: tuple[str, str], delivered: str) -> None:
    text = delivered.format(
        link=links[0], bare=links[0].partition("://")[2], escaped=links[0].replace("#", "%23")
    )
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.locator("#link").press("Control+V")
    page.get_by_role("button", name="이 링크 확인하기").click()
    page.get_by_role("button", name="열어서 확인하기").click()
    expect(page.locator(".own-words")).to_contain_text("첫째")


@pytest.mark.parametrize("mark", ["%23", "/%23", "/#", "?utm_source=mail#"])
def test_an_address_that_was_altered_on_the_way_opens(page: Page, links: tuple[str, str], mark: str) -> None:
    page.goto(links[0].replace("#", mark))
    expect(page.locator("#open")).to_be_visible()
    assert links[0].partition("#")[2] not in page.url
    page.locator("#open").click()
    expect(page.locator(".own-words")).to_contain_text("첫째")


def test_a_key_that_came_in_the_path_is_answered_like_any_other(
    running: Running, links: tuple[str, str]
) -> None:
    answer = httpx.get(links[0].replace("#", "%23"))
    assert answer.status_code == 200
    assert links[0].partition("#")[2] not in answer.text
