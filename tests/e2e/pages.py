"""The pages as people use them: the seeker's wallet and the employer's verify page, in Korean."""

import contextlib
import re
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Locator, Page, expect


class WalletPage:
    """The wallet in one browser."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    def begin(self) -> None:
        """Open the wallet for the first time: it makes its key."""
        self.page.goto(self.url)
        self.page.get_by_role("button", name="지갑 시작하기").click()
        expect(self.page.get_by_text("아직 담은 증명이 없습니다")).to_be_visible()

    def paste(self, link: str) -> None:
        """Paste what should be an offer's link."""
        self.page.goto(f"{self.url}/#/receive")
        self.page.get_by_label(re.compile("받은 링크")).fill(link)
        self.page.get_by_role("button", name="링크 열기").click()

    def see_offer(self, link: str) -> None:
        """Paste an offer's link and see what it offers."""
        self.paste(link)
        expect(self.page.get_by_role("heading", name="이 증명을 받으시겠어요?")).to_be_visible()

    def take(self, code: str) -> None:
        """Enter a transaction code and take the offer that is shown."""
        self.page.get_by_label(re.compile("거래 번호")).fill(code)
        self.page.get_by_role("button", name="받아서 담기").click()

    def ask(self, institution: str) -> None:
        """Ask an institution for one's records by presenting the identity credential."""
        self.page.goto(f"{self.url}/#/receive")
        self.page.get_by_role("button", name=f"{institution} · 내 기록 받기").click()
        line = self.page.get_by_role("listitem").filter(has_text=institution)
        expect(line).to_contain_text("1개를 받았습니다")

    def home(self) -> None:
        """Go to the list of credentials."""
        self.page.get_by_role("link", name="내 증명", exact=True).click()
        expect(self.page.get_by_role("heading", level=1, name="내 증명")).to_be_visible()

    def cards(self) -> Locator:
        """Return the credentials in the list."""
        return self.page.get_by_role("article")

    def share(self, statement: str, recipient: str = "") -> str:
        """Compose with the defaults, add own words, sign and share; returns the link that is shown."""
        page = self.page
        page.get_by_role("link", name="이력서 만들기", exact=True).first.click()
        page.get_by_role("button", name="다음").click()
        page.get_by_label(re.compile("자기소개")).fill(statement)
        if recipient:
            page.get_by_label(re.compile("받는 곳")).fill(recipient)
        page.get_by_role("button", name="미리보기").click()
        expect(page.locator(".paper")).to_contain_text(statement)
        page.get_by_role("button", name="서명하고 공유하기").click()
        expect(page.get_by_role("heading", name="공유할 준비가 됐습니다")).to_be_visible()
        return page.get_by_label("공유 링크").inner_text().strip()

    def download_qr(self, png: Path) -> None:
        """Save the QR that is shown."""
        with self.page.expect_download() as coming:
            self.page.get_by_role("button", name="QR 내려받기").click()
        coming.value.save_as(png)

    def expect_openings(self, recipient: str, count: int) -> None:
        """Look at a share until it tells how often it was opened."""
        words = self.cards().filter(has_text=recipient).get_by_text(f"{count}번 열림")
        for _ in range(10):
            self.page.goto(f"{self.url}/#/")
            self.page.get_by_role("link", name="내 공유", exact=True).click()
            expect(self.page.get_by_role("heading", level=1, name="내 공유")).to_be_visible()
            with contextlib.suppress(AssertionError):
                expect(words).to_be_visible(timeout=700)
                return
        expect(words).to_be_visible()

    def stop_share(self, recipient: str) -> None:
        """Stop a share in the list of shares."""
        page = self.page
        page.get_by_role("link", name="내 공유", exact=True).click()
        page.get_by_role("article").filter(has_text=recipient).get_by_role(
            "button", name="공유 멈추기"
        ).click()
        page.get_by_role("dialog").get_by_role("button", name="멈추기", exact=True).click()
        expect(page.get_by_role("status").filter(has_text="공유를 멈췄습니다")).to_be_visible()


class VerifyPage:
    """The verify page in one browser."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    def scan(self) -> None:
        """Read the QR that the camera sees."""
        self.page.goto(self.url)
        self.page.get_by_role("button", name="카메라 켜기").click()
        self.open_seal()

    def upload(self, image: Path) -> None:
        """Read the QR of an image file."""
        self.page.goto(self.url)
        self.page.locator("input[type=file]").set_input_files(image)
        self.open_seal()

    def follow(self, link: str) -> None:
        """Open a link as it was received."""
        # The same address with another fragment would be no navigation.
        self.page.goto("about:blank")
        self.page.goto(link)
        self.open_seal()

    def open_seal(self) -> None:
        """Press the button that opens what has arrived; the key has left the address by then."""
        button = self.page.get_by_role("button", name="열어서 확인하기")
        expect(button).to_be_visible()
        assert "#" not in self.page.url
        assert self.page.evaluate("location.hash") == ""
        button.click()

    def expect_verdict(self, word: str) -> None:
        """Wait for a verdict."""
        expect(self.page.locator(".verdict-word")).to_have_text(word)

    def expect_items(self, expected: Sequence[tuple[str, str, str]]) -> None:
        """Compare type, issuer and verdict of every item, in any order."""
        items = self.page.locator("article.item")
        expect(items).to_have_count(len(expected))
        for type_name, issuer, verdict in expected:
            item = items.filter(has=self.page.get_by_role("heading", name=type_name, exact=True))
            expect(item).to_contain_text(issuer)
            expect(item.locator(".item-verdict")).to_contain_text(verdict)

    def expect_problem(self, code: str, words: str) -> None:
        """Wait for a screen that says why there is no verdict."""
        expect(self.page.locator(f"[data-problem={code}]")).to_contain_text(words)

    def unfold(self) -> str:
        """Open everything that is folded; returns all the text of the page."""
        for details in self.page.locator("details").all():
            details.evaluate("element => { element.open = true }")
        return self.page.locator("body").inner_text()
