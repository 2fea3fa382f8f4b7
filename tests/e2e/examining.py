"""A look at one screen: does it fit, is it in one language, is it accessible; and a picture of it.

axe runs without loosening the page's content security policy: the debugger evaluates it.
"""

import base64
import re
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from playwright.sync_api import Page

from scripts.demo.cast import PEOPLE
from tests.e2e.browsers import RESULTS, ROOT

HANGUL = re.compile(r"[가-힣ㄱ-ㅎㅏ-ㅣ]")
#: What assistive technology cannot do without.
GRAVE = frozenset({"serious", "critical"})
_ALL_TEXT = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const element = node instanceof Element ? node : node.parentElement;
    if (!element || element.closest("template, noscript, script, [lang=ko]")) continue;
    if (!element.checkVisibility() && !element.closest(".visually-hidden")) continue;
    if (node instanceof Element) {
      const names = ["aria-label", "alt", "title", "placeholder"];
      found.push(...names.map((name) => node.getAttribute(name) ?? ""));
    } else found.push(node.textContent ?? "");
  }
  return [document.title, ...found];
}"""
_OVERFLOW = """(width) => {
  const wide = [...document.body.querySelectorAll("*")].filter((element) => {
    const box = element.getBoundingClientRect();
    if (box.width === 0 || box.right <= width + 1 || element.closest(".visually-hidden")) return false;
    for (let outer = element.parentElement; outer; outer = outer.parentElement) {
      if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(outer).overflowX)) return false;
    }
    return true;
  });
  const page = document.documentElement.scrollWidth;
  return page > width || wide.length > 0
    ? [`the page is ${page} wide`, ...wide.slice(0, 3).map((element) => element.outerHTML.slice(0, 120))]
    : [];
}"""

#: Headings that break although most of the window's width would be theirs.
_SQUEEZED = """(least) => [...document.querySelectorAll("h1, h2, h3, h4")].flatMap((heading) => {
  if (!heading.checkVisibility() || heading.closest(".visually-hidden")) return [];
  const words = document.createRange();
  words.selectNodeContents(heading);
  const lines = new Set([...words.getClientRects()].map(({ top }) => Math.round(top)));
  const { width } = heading.getBoundingClientRect();
  return width < least && lines.size > 1 ? [`${Math.round(width)} wide: ${heading.textContent}`] : [];
})"""
#: The part of a narrow window below which a heading that breaks is squeezed.
_LEAST_HEADING = 0.4
_NARROW = 360


class Look(NamedTuple):
    """A language and a width of the window."""

    language: str
    width: int


LOOKS = (Look("ko", 1280), Look("ko", 360), Look("en", 1280), Look("en", 360))
AXE_LOOKS = frozenset({Look("ko", 360), Look("en", 1280)})


@cache
def _axe() -> str:
    return (ROOT / "node_modules/axe-core/axe.min.js").read_text("utf-8")


@cache
def _data() -> tuple[str, ...]:
    """Return the Korean words that are people's data and stay Korean in every language."""
    words = {"한국어"}
    for person in PEOPLE:
        words |= {person.name, person.statement}
        for record in person.records:
            words |= {value for value in record.claims.values() if isinstance(value, str)}
    return tuple(sorted(words, key=len, reverse=True))


@dataclass
class Examiner:
    """Collects what is wrong with screens, so that one bad screen does not hide the next.

    Args:
        page: where the screens are shown.
        data: further Korean words that are data.
    """

    page: Page
    data: tuple[str, ...] = ()
    problems: list[str] = field(default_factory=list)

    def look(self, look: Look) -> None:
        """Make the window as wide as a look wants it."""
        self.page.set_viewport_size({"width": look.width, "height": 800})

    def examine(self, name: str, look: Look) -> None:
        """Examine and picture what is shown now."""
        page = self.page
        page.evaluate("document.fonts.ready")
        where = f"{name} {look.language} {look.width}"
        self.problems += [f"{where}: {fault}" for fault in page.evaluate(_OVERFLOW, look.width)]
        if look.width <= _NARROW:
            squeezed = page.evaluate(_SQUEEZED, look.width * _LEAST_HEADING)
            self.problems += [f"{where}: a heading is squeezed: {fault}" for fault in squeezed]
        if page.evaluate("document.documentElement.lang") != look.language:
            self.problems.append(f"{where}: the page is marked as another language")
        if look.language == "en":
            self.problems += [f"{where}: Korean: {text}" for text in self._korean()]
        if look in AXE_LOOKS:
            self.problems += [f"{where}: {fault}" for fault in self._inaccessible()]
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / f"{name}-{look.language}-{look.width}.png").write_bytes(self._picture())

    def _picture(self) -> bytes:
        """Take the whole page through the debugger: ``Page.screenshot`` adds styles, against the policy."""
        session = self.page.context.new_cdp_session(self.page)
        size = session.send("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 6000), "scale": 1}
        taken = session.send("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
        session.detach()
        return base64.b64decode(taken["data"])

    def _korean(self) -> list[str]:
        left = []
        for text in self.page.evaluate(_ALL_TEXT):
            rest = text
            for word in (*self.data, *_data()):
                rest = rest.replace(word, "")
            if HANGUL.search(rest):
                left.append(text.strip())
        return left

    def _inaccessible(self) -> list[str]:
        self.page.evaluate(_axe())
        # Without preload, which writes style elements to read style sheets of other origins.
        run = "axe.run(document, {preload: false, resultTypes: ['violations']})"
        violations = self.page.evaluate(f"{run}.then((result) => result.violations)")
        return [
            f"axe {found['impact']} {found['id']}: {[node['html'][:160] for node in found['nodes'][:3]]}"
            for found in violations
            if found["impact"] in GRAVE
        ]
