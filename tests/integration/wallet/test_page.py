"""The wallet's page in real Chromium: the whole journey, storage, keyboard, languages, accessibility."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from digital_resume.core.encoding.base64url import b64u_decode
from digital_resume.core.resume.envelope import open_share, parse_link
from digital_resume.core.resume.presentation import parse_presentation
from digital_resume.core.securing.data_integrity import verify_proof
from tests.integration.wallet.stage import IDENTITY, NAMES, Stage

pytestmark = [pytest.mark.integration, pytest.mark.e2e]

# A machine that runs everything at once is slow; what never comes still fails.
expect.set_options(timeout=30_000)

ROOT = Path(__file__).parents[3]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"


def test_a_seeker_takes_credentials_shares_a_resume_and_stops_it(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(width=360)
    page = stage.page
    stage.take_everything()
    link = stage.share()

    page.wait_for_function("() => document.querySelector('.qr').width > 100")
    with page.expect_download() as download:
        page.click("[data-action=download]")
    image = Image.open(BytesIO(Path(download.value.path()).read_bytes()))
    assert [code.text for code in zxingcpp.read_barcodes(image)] == [link]
    page.click("[data-action=copy]")
    assert page.evaluate("navigator.clipboard.readText()") == link

    share = parse_link(link)
    address = f"{stage.url}/api/v1/shares/{share.share_id}"
    sealed = httpx.get(address).json()
    expires = datetime.fromtimestamp(sealed["expires"], UTC)
    opened = open_share(
        b64u_decode(sealed["ciphertext"]), key=share.key, share_id=share.share_id, expires=expires
    )
    document = json.loads(opened)
    verify_proof(
        document,
        purpose="authentication",
        now=datetime.now(UTC),
        challenge=share.share_id,
        domain="urn:vdr:recipient:" + quote("푸른숲소프트 채용팀", safe=""),
    )
    parsed = parse_presentation(document)
    assert (len(parsed.credentials), len(parsed.receipts)) == (4, 3)
    tokens = [
        c["id"].split(",", 1)[1] for c in parsed.credentials if "id" in c and c["id"].startswith("data:")
    ]
    disclosed = {json.loads(b64u_decode(part))[1] for token in tokens for part in token.split("~")[1:-1]}
    assert "graduationDate" in disclosed
    assert not disclosed & {"birthDate", "gradeAverage"}

    page.goto(f"{stage.url}/#/shares")
    expect(page.locator("[data-slot=openings]")).to_contain_text("1번 열림")
    page.click("[data-action=stop]")
    page.click("button[value=keep]")
    assert httpx.get(address).status_code == 200, "only the confirmation stops"
    page.click("[data-action=stop]")
    page.click("button[value=do]")
    expect(page.locator(".kept .badge")).to_have_text("중지함")
    assert httpx.get(address).json()["code"] == "share_stopped"
    assert stage.complaints == [], "no error and no violation of the policy on the whole way"


def test_what_is_kept_is_sealed_and_keys_cannot_leave(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage()
    stage.take_identity()
    kept = stage.page.evaluate(
        """async () => {
          const database = await new Promise((done) => {
            const opening = indexedDB.open("wallet");
            opening.onsuccess = () => done(opening.result);
          });
          const all = (name) => new Promise((done) => {
            const asked = database.transaction(name).objectStore(name).getAll();
            asked.onsuccess = () => done(asked.result);
          });
          const [ring] = await all("keys");
          const refused = [];
          for (const key of [ring.privateKey, ring.vaultKey]) {
            await crypto.subtle.exportKey("jwk", key).catch(() => refused.push(true));
          }
          const rows = await all("vault");
          const text = new TextDecoder("latin1");
          const readable = rows.map((row) => ({ ...row, iv: 0, sealed: text.decode(row.sealed) }));
          return { refused: refused.length, rows: readable };
        }"""
    )
    assert kept["refused"] == 2
    assert sorted(row["kind"] for row in kept["rows"]) == ["credential", "manifest"]
    assert "IdentityCredential" not in json.dumps(kept["rows"])
    stage.page.reload()
    expect(stage.page.locator("article.credential")).to_have_count(1)


def test_an_altered_vault_is_not_shown(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage()
    stage.take_identity()
    stage.page.evaluate(
        """() => new Promise((done) => {
          const opening = indexedDB.open("wallet");
          opening.onsuccess = () => {
            const store = opening.result.transaction("vault", "readwrite").objectStore("vault");
            store.getAll().onsuccess = (event) => {
              const row = event.target.result.find(({ kind }) => kind === "credential");
              store.put({ ...row, version: row.version + 1 }).onsuccess = done;
            };
          };
        })"""
    )
    stage.page.reload()
    expect(stage.page.locator("[data-slot=words]")).to_contain_text("이전 상태로 되돌려졌거나")


VAULT = """
  const database = await new Promise((done) => {
    const opening = indexedDB.open("wallet");
    opening.onsuccess = () => done(opening.result);
  });
  const vault = (work) => new Promise((done) => {
    const asked = work(database.transaction("vault", "readwrite").objectStore("vault"));
    asked.onsuccess = () => done(asked.result);
  });
"""


@pytest.mark.parametrize("attack", ["older", "left out", "under another id", "manifest left out"])
def test_a_value_that_is_rolled_back_is_noticed(make_stage: Callable[..., Stage], attack: str) -> None:
    stage = make_stage()
    stage.take_identity()
    page = stage.page
    first = (
        """globalThis.first = (await vault((s) => s.getAll())).find(({ kind }) => kind === "credential");"""
    )
    page.evaluate(f"async () => {{ {VAULT} {first} }}")
    # The receipt comes and the row is rewritten.
    expect(page.locator("article.credential .tone-pass")).to_have_count(1, timeout=30_000)
    steps = {
        "older": "await vault((s) => s.put(globalThis.first));",
        "left out": "await vault((s) => s.delete(globalThis.first.id));",
        "under another id": 'await vault((s) => s.put({ ...globalThis.first, id: "urn:uuid:other" }));',
        "manifest left out": 'await vault((s) => s.delete("manifest"));',
    }
    page.evaluate(f"async () => {{ {VAULT} {steps[attack]} }}")
    page.reload()
    words = "저장된 내용을 열 수 없습니다" if attack == "manifest left out" else "이전 상태로 되돌려졌거나"
    expect(page.locator("[data-slot=words]")).to_contain_text(words)
    expect(page.locator("article.credential")).to_have_count(0)


def test_a_vault_of_the_form_before_the_manifest_is_taken_over(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage()
    stage.take_identity()
    page = stage.page
    expect(page.locator("article.credential .tone-pass")).to_have_count(1, timeout=30_000)
    page.evaluate(
        f"""async () => {{ {VAULT}
          const [{{ vaultKey }}] = await new Promise((done) => {{
            const asked = database.transaction("keys").objectStore("keys").getAll();
            asked.onsuccess = () => done(asked.result);
          }});
          const row = (await vault((s) => s.getAll())).find(({{ kind }}) => kind === "credential");
          const bound = (form, version) => new TextEncoder().encode(
            `vdr-vault|${{form}}|${{row.kind}}|${{row.id}}|${{version}}`);
          const name = "AES-GCM";
          const value = await crypto.subtle.decrypt(
            {{ name, iv: row.iv, additionalData: bound(2, row.version) }}, vaultKey, row.sealed);
          const iv = crypto.getRandomValues(new Uint8Array(12));
          const old = {{ name, iv, additionalData: bound(1, 3) }};
          const sealed = await crypto.subtle.encrypt(old, vaultKey, value);
          await vault((s) => s.delete("manifest"));
          await vault((s) => s.put({{ ...row, version: 3, iv, sealed }}));
        }}"""
    )
    for _ in range(2):
        page.reload()
        expect(page.locator("article.credential")).to_have_count(1)


def test_two_tabs_that_keep_at_once_lose_nothing(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage()
    stage.take_identity()
    kept = stage.page.evaluate(
        """async () => {
          const { openVault } = await import("/static/storage/vault.js");
          const tabs = await Promise.all([openVault(), openVault(), openVault()]);
          const share = (id) => ({ id, madeAt: new Date().toISOString(), state: "prepared" });
          const three = (tab, t) => [0, 1, 2].map((n) => tab.put("share", share(`s-${t}-${n}`)));
          await Promise.all(tabs.flatMap(three));
          await tabs[0].drop("s-1-1");
          return (await tabs[2].list("share")).map(({ id }) => id).sort();
        }"""
    )
    assert kept == [f"s-{t}-{n}" for t in range(3) for n in range(3) if (t, n) != (1, 1)]


def test_a_tab_closed_while_the_credential_was_on_its_way_loses_nothing(
    make_stage: Callable[..., Stage],
) -> None:
    stage = make_stage(width=360)
    page = stage.page
    lost = f"{stage.institutions.base}/i/*/credential"
    page.route(lost, lambda route: route.abort())
    page.goto(stage.offer_link(IDENTITY, "123456"))
    page.click("[data-action=begin]")
    page.fill("input.code", "123456")
    page.click("[data-slot=form] button")
    expect(page.locator("[data-slot=problem] [role=alert]")).to_be_visible()
    context = page.context
    page.close()

    page = context.new_page()
    page.goto(f"{stage.url}/")
    expect(page.locator("[data-slot=notices]")).to_contain_text("받다가 멈춘 증명이 있습니다.")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.evaluate(AXE.read_text("utf-8"))
    assert page.evaluate("axe.run(document)")["violations"] == []
    page.get_by_role("button", name="이어서 받기").click()
    expect(page.locator("article.credential")).to_have_count(1)
    expect(page.locator("[data-slot=notices]")).to_contain_text("증명 1개를 새로 담았습니다.")
    page.reload()
    expect(page.locator("[data-action=finish]")).to_have_count(0)


def test_an_offer_leaves_the_address_at_once(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage()
    stage.page.goto(stage.offer_link(IDENTITY, None))
    stage.page.wait_for_selector("[data-action=begin]")
    assert "credential_offer" not in stage.page.url
    stage.page.click("[data-action=begin]")
    expect(stage.page.locator("h2[data-slot=issuer]")).to_have_text(NAMES["mobile-id"][0])


def test_the_language_that_a_link_asks_for_outlives_its_offer(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage()
    page = stage.page
    page.goto(stage.offer_link(IDENTITY, None).replace("/#", "/?lang=en#"))
    expect(page.get_by_role("button", name="Start the wallet")).to_be_visible()
    assert "credential_offer" not in page.url
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_a_resume_that_did_not_get_through_is_sent_again(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(width=360)
    page = stage.page
    stage.take_everything()
    expect(page.locator("article.credential h2").first).to_have_text("모바일 신분증")
    page.goto(f"{stage.url}/#/compose")
    expect(page.locator("[data-slot=summary]").first).to_contain_text("항목 고르기")
    expect(page.locator(".choice-head [data-slot=type]").first).to_have_text("모바일 신분증")
    page.click("[data-action=next]")
    page.click("button[type=submit]")
    page.route("**/api/v1/shares", lambda route: route.abort())
    page.click("[data-action=share]")
    expect(page.locator("[data-slot=problem] [role=alert]")).to_be_visible()
    page.unroute("**/api/v1/shares")

    page.goto(f"{stage.url}/#/shares")
    expect(page.locator(".kept .badge")).to_have_text("보내는 중 멈춤")
    page.click("[data-action=stop]")
    expect(page.locator("[data-slot=confirm-words]")).to_contain_text("이 이력서의 링크와 QR")
    page.click("button[value=keep]")
    page.click("[data-action=send]")
    link = parse_link(page.inner_text("[data-slot=link]"))
    assert httpx.get(f"{stage.url}/api/v1/shares/{link.share_id}").status_code == 200
    page.goto(f"{stage.url}/#/shares")
    expect(page.locator(".kept .badge")).to_have_text("공유 중")
    expect(page.locator("[data-action=send]")).to_be_hidden()


def test_a_wrong_code_or_link_says_what_to_do(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage()
    page = stage.page
    page.goto(stage.offer_link(IDENTITY, "123456"))
    page.click("[data-action=begin]")
    page.click("[data-slot=form] button")
    expect(page.locator("[role=alert]")).to_contain_text("거래 번호를 넣어")
    page.fill("input.code", "000000")
    page.click("[data-slot=form] button")
    expect(page.locator("[role=alert]")).to_contain_text("거래 번호가 틀렸거나")
    page.goto(f"{stage.url}/#/receive")
    page.fill("[name=offer]", "https://example.com/hello")
    page.click("[data-slot=paste] button")
    expect(page.locator("[role=alert]")).to_contain_text("증명을 주는 링크가 아니거나")
    page.goto(f"{stage.url}/#/")
    expect(page.locator(".empty h2")).to_be_visible()


def test_everything_is_reached_by_keyboard(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage()
    stage.page.goto(stage.offer_link(IDENTITY, "123456"))
    stage.page.wait_for_selector("[data-action=begin]")
    tab_to(stage.page, "[data-action=begin]")
    stage.page.keyboard.press("Enter")
    stage.page.wait_for_selector("input.code")
    tab_to(stage.page, "input.code")
    stage.page.keyboard.type("123456")
    stage.page.keyboard.press("Enter")
    stage.page.wait_for_selector("article.credential")
    tab_to(stage.page, '.dock a[href="#/compose"]')
    stage.page.keyboard.press("Enter")
    stage.page.wait_for_selector(".choice summary")
    tab_to(stage.page, ".choice summary")
    stage.page.keyboard.press("Enter")
    tab_to(stage.page, ".switch")
    expect(stage.page.locator(".switch").first).not_to_be_checked()
    stage.page.keyboard.press("Space")
    expect(stage.page.locator(".switch").first).to_be_checked()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the first match has the focus."""
    for _ in range(40):
        if page.evaluate("(s) => document.activeElement === document.querySelector(s)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached with the Tab key")


@pytest.mark.parametrize(("width", "locale"), [(360, "ko-KR"), (1280, "en-US")])
def test_every_screen_fits_and_axe_finds_nothing(
    make_stage: Callable[..., Stage], width: int, locale: str
) -> None:
    stage = make_stage(width=width, locale=locale)
    page = stage.page
    axe = AXE.read_text()

    def check(name: str) -> None:
        page.evaluate(axe)
        found = page.evaluate("axe.run(document)")["violations"]
        assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in found] == [], name
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name

    page.goto(stage.url)
    page.wait_for_selector("[data-action=begin]")
    check("welcome")
    stage.take_everything()
    page.click("article.credential summary")
    check("home")
    page.goto(f"{stage.url}/#/receive")
    page.wait_for_selector("[data-slot=types]:not(:empty)")
    check("receive")
    page.goto(f"{stage.url}/#/compose")
    page.click(".choice summary")
    check("compose")
    page.click("[data-action=next]")
    page.wait_for_selector("textarea")
    check("words")
    page.click("button[type=submit]")
    page.wait_for_selector(".paper")
    check("preview")
    page.click("[data-action=share]")
    page.wait_for_selector(".qr")
    check("share")
    page.goto(f"{stage.url}/#/shares")
    page.wait_for_selector(".kept")
    check("shares")


def test_the_language_changes_in_place_and_is_remembered(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage()
    stage.page.goto(stage.url)
    expect(stage.page.locator("[data-action=begin]")).to_have_text("지갑 시작하기")
    stage.page.click("#language")
    expect(stage.page.locator("[data-action=begin]")).to_have_text("Start the wallet")
    stage.page.reload()
    expect(stage.page.locator("html")).to_have_attribute("lang", "en")


def test_a_birth_date_is_the_same_day_everywhere(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(timezone_id="America/Los_Angeles")
    stage.take_identity()
    stage.page.click("article.credential summary")
    expect(stage.page.locator("article.credential .facts").first).to_contain_text("2001년 3월 14일")


def test_an_in_app_browser_is_told(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(user_agent="Mozilla/5.0 (Linux; Android 14) Chrome/126 Mobile KAKAOTALK 2410")
    stage.page.goto(stage.url)
    expect(stage.page.locator("[data-slot=in-app]")).to_contain_text("KakaoTalk")
