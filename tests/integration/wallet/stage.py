"""The wallet's page in Chromium, with institutions that sign for real: what tests of the page share."""

from dataclasses import dataclass, field
from urllib.parse import quote

from playwright.sync_api import Page, expect

from tests.fakes.openid4vci_server import HeldRecord, OpenId4VciServer

NAMES = {
    "mobile-id": ("한빛모바일신분증원(시연용)", "Hanbit Mobile ID Agency (demo)"),
    "saebyeok": ("새벽대학교(시연용)", "Saebyeok University (demo)"),
    "nuri": ("누리어학평가원(시연용)", "Nuri Language Testing Agency (demo)"),
}
PERSON = {"name": "김하늘", "birthDate": "2001-03-14"}
IDENTITY = HeldRecord("mobile-id", "IdentityCredential", {**PERSON, "nationality": "KOR"})
DEGREE = HeldRecord(
    "saebyeok",
    "UniversityDegree",
    {
        **PERSON,
        "degree": "공학사",
        "degreeLevel": "학사",
        "major": "컴퓨터공학",
        "admissionDate": "2020-03-02",
        "graduationDate": "2026-02-20",
        "gradeAverage": "3.87",
        "degreeRegistrationNumber": "새벽대2026(학)0412",
        "studentNumber": "2020101234",
    },
)
SCORE = HeldRecord(
    "nuri",
    "LanguageTestScore",
    {
        **PERSON,
        "test": "누리영어능력시험(시연용)",
        "listening": 455,
        "reading": 430,
        "total": 885,
        "testDate": "2026-08-23",
        "issueNumber": "NELT-2608-004417",
    },
)


@dataclass
class Stage:
    """A wallet and its institutions, and what the page complained about."""

    url: str
    institutions: OpenId4VciServer
    page: Page
    complaints: list[str] = field(default_factory=list)

    def offer_link(self, record: HeldRecord, tx_code: str | None) -> str:
        uri = self.institutions.counter_offer(record, tx_code)
        return f"{self.url}/#credential_offer_uri={quote(uri, safe='')}"

    def take_identity(self) -> None:
        self.page.goto(self.offer_link(IDENTITY, "123456"))
        self.page.click("[data-action=begin]")
        self.page.fill("input.code", "123456")
        self.page.click("[data-slot=form] button")
        expect(self.page.locator("article.credential")).to_have_count(1)

    def take_everything(self) -> None:
        self.take_identity()
        self.page.goto(f"{self.url}/#/receive")
        expect(self.page.locator("[data-action=claim]")).to_have_count(2)
        for button in self.page.locator("[data-action=claim]").all():
            button.click()
        expect(self.page.locator(".line .result")).to_have_count(2)
        self.page.goto(f"{self.url}/#/")
        expect(self.page.locator("article.credential .tone-pass")).to_have_count(3, timeout=30_000)

    def share(self) -> str:
        """Compose with the usual choices and share; returns the link."""
        self.page.goto(f"{self.url}/#/compose")
        self.page.click("[data-action=next]")
        self.page.fill("textarea", "문제를 끝까지 파고듭니다.")
        self.page.fill("[name=recipient]", "푸른숲소프트 채용팀")
        self.page.click("button[type=submit]")
        self.page.click("[data-action=share]")
        return self.page.inner_text("[data-slot=link]")
