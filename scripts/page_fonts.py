"""The pages' font: Pretendard with just the letters of the pages' words: ``python -m scripts.page_fonts``.

Each page gets the letters of its first screen in one small file and those of all further words in another,
which a browser fetches once it shows one of them. Names, and whatever else people write beyond these, come
from Pretendard's own dynamic subset. OFL 1.1 reserves the name Pretendard for its author's own files, so
these bear another. Beside them lie the design tokens that the pages' stylesheets name, of all that KRDS has.
"""

import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
SOURCE: Final = (
    ROOT / "node_modules" / "pretendard" / "dist" / "public" / "variable" / "PretendardVariable.ttf"
)
TOKENS: Final = ROOT / "node_modules" / "krds-uiux" / "resources" / "css" / "token" / "krds_tokens.css"
FONTS: Final = ROOT / "digital_resume" / "web" / "fonts"
FAMILY: Final = "Resume Sans"
WEIGHTS: Final = (400, 700)
PAGES: Final = (
    "wallet/web",
    "verifier/web",
    "plugins/host/web",
    "plugins/training/web",
    "scripts/demo/landing/web",
)
#: By page, the beginnings of the keys whose words its first screen shows; none are all.
FIRST: Final[dict[str, tuple[str, ...]]] = {
    "wallet": ("product", "skip", "privacy", "demonstration", "nav.", "welcome."),
    "verifier": ("product", "skip", "privacy", "demonstration", "notice", "entrance."),
    "pages": ("",),
}
_FOLDERS: Final = {"wallet": "wallet/web", "verifier": "verifier/web"}
#: Beside Latin, what every first screen shows: the button that changes the language.
_LATIN: Final = "".join(chr(code) for code in range(0x20, 0x7F)) + "·…–—‘’“”한국어"
_DROPPED: Final = frozenset({0x0A, 0x0D, 0x09})


def words_of(folder: Path, beginnings: tuple[str, ...] = ("",)) -> str:
    """Return a page's words in both languages, as far as their keys begin so."""
    text = ""
    for file in sorted((folder / "messages").glob("*.json")):
        for key, words in json.loads(file.read_text("utf-8")).items():
            if key.startswith(beginnings):
                text += str(words)
    return text


def all_letters() -> set[int]:
    """Return the code points of everything that pages say by themselves."""
    text = _LATIN
    for page in PAGES:
        folder = ROOT / page
        text += words_of(folder) + "".join(file.read_text("utf-8") for file in sorted(folder.glob("*.html")))
    return {ord(letter) for letter in text} - _DROPPED


def pieces() -> dict[str, set[int]]:
    """Return the code points of each file, by its name without ending."""
    everything = all_letters()
    found: dict[str, set[int]] = {}
    for page, beginnings in FIRST.items():
        if page not in _FOLDERS:
            found[page] = everything
            continue
        first = {ord(letter) for letter in _LATIN + words_of(ROOT / _FOLDERS[page], beginnings)} - _DROPPED
        found[f"{page}-first"] = first
        found[f"{page}-rest"] = everything - first
    return found


def pieces_digest() -> str:
    """Return SHA-256 over what goes into the files: new words with known letters change nothing."""
    described = sorted((name, sorted(codes)) for name, codes in pieces().items())
    return hashlib.sha256(repr((described, sorted(used_tokens()))).encode()).hexdigest()


def used_tokens() -> set[str]:
    """Return the names of KRDS's tokens that stylesheets of ours name."""
    folders = (*(ROOT / page for page in PAGES), ROOT / "digital_resume" / "web" / "static")
    sheets = (file.read_text("utf-8") for folder in folders for file in folder.glob("*.css"))
    return {name for sheet in sheets for name in re.findall(r"--krds-[a-z0-9-]+", sheet)}


def token_sheet() -> str:
    """Return a stylesheet with just the tokens that are used.

    Raises:
        ValueError: one is not in KRDS's file, or stands there for another.
    """
    known = dict(re.findall(r"(--krds-[\w-]+):\s*([^;]+);", TOKENS.read_text("utf-8")))
    missing = sorted(name for name in used_tokens() if "var(" in known.get(name, "var("))
    if missing:
        raise ValueError(f"KRDS has no value for {', '.join(missing)}")
    return ":root{" + ";".join(f"{name}:{known[name]}" for name in sorted(used_tokens())) + "}\n"


def ranges(codes: set[int]) -> str:
    """Return a ``unicode-range``: neighbours folded."""
    folded: list[tuple[int, int]] = []
    for code in sorted(codes):
        if folded and folded[-1][1] == code - 1:
            folded[-1] = (folded[-1][0], code)
        else:
            folded.append((code, code))
    return ",".join(f"U+{low:x}" if low == high else f"U+{low:x}-{high:x}" for low, high in folded)


def build(folder: Path = FONTS) -> None:
    """Write the fonts and a stylesheet for each page."""
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    font: Any = TTFont(SOURCE)
    _subset(font, all_letters())
    font = instancer.instantiateVariableFont(font, {"wght": WEIGHTS})
    font["fvar"].instances = []  # named after the family
    font["name"].names = [one for one in font["name"].names if "Pretendard" not in one.toUnicode()]
    folder.mkdir(parents=True, exist_ok=True)
    whole = folder / "whole.ttf"
    font.save(whole)
    sheets: dict[str, str] = {}
    for name, codes in pieces().items():
        piece = TTFont(whole)
        _subset(piece, codes)
        piece.flavor = "woff2"
        piece.save(folder / f"{name}.woff2")
        page = name.partition("-")[0]
        sheets[page] = sheets.get(page, "") + (
            f'@font-face{{font-family:"{FAMILY}";font-weight:{WEIGHTS[0]} {WEIGHTS[1]};font-display:swap;'
            f'src:url("{name}.woff2") format("woff2");unicode-range:{ranges(codes)}}}\n'
        )
    whole.unlink()
    (folder / "tokens.css").write_text(token_sheet(), "utf-8")
    for page, sheet in sheets.items():
        (folder / f"{page}.css").write_text(sheet, "utf-8")


def _subset(font: Any, codes: set[int]) -> None:
    from fontTools.subset import Options, Subsetter

    options = Options()
    options.hinting = False
    options.layout_features = ["ccmp", "mark"]  # kerning would be a tenth of the file
    options.name_IDs = []  # among them the reserved name
    options.notdef_outline = True
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=sorted(codes))
    subsetter.subset(font)


if __name__ == "__main__":
    build()
    sys.exit(0)
