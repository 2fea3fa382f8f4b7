"""No page knows a credential type: what it shows of one comes from the issuer's metadata and the verdict."""

import re
from pathlib import Path

from digital_resume.core.credentials.catalog import TONES, all_types
from digital_resume.web.hosting import SHARED

ROOT = Path(__file__).parents[3]
FOLDERS = ("digital_resume", "issuer", "wallet", "verifier", "plugins", "scripts")
PAGES = (ROOT / "wallet", ROOT / "verifier", SHARED)


def scripts_of(*folders: Path) -> dict[Path, str]:
    """Return the text of every script, page and style sheet in folders."""
    return {
        file: file.read_text("utf-8")
        for folder in folders
        for file in folder.rglob("*")
        if file.suffix in {".js", ".mjs", ".cjs", ".html", ".css"} and "node_modules" not in file.parts
    }


def test_no_script_names_a_type() -> None:
    sources = scripts_of(*(ROOT / folder for folder in FOLDERS))
    assert len(sources) > 40
    names = re.compile("|".join(rf"\b{kind.name}\b|{re.escape(kind.vct)}" for kind in all_types()))
    assert {file: found for file, text in sources.items() if (found := names.findall(text))} == {}


def test_no_page_names_a_claim_of_a_type() -> None:
    sources = scripts_of(*PAGES)
    # Names of one small word are words of other things too; ``asOf`` is a word of the verification API.
    claims = {claim.name for kind in all_types() for claim in kind.claims if re.search("[A-Z]", claim.name)}
    names = re.compile("|".join(rf"\b{name}\b" for name in claims - {"asOf"}))
    assert {file: found for file, text in sources.items() if (found := names.findall(text))} == {}


def test_every_tone_of_a_picture_has_its_colours() -> None:
    styles = (SHARED / "base.css").read_text("utf-8")
    script = (SHARED / "protocol" / "type_display.js").read_text("utf-8")
    listed = re.search(r"const TONES = \[(.*)\];", script)
    assert listed is not None
    assert tuple(re.findall(r'"(\w+)"', listed[1])) == TONES
    for tone in TONES:
        assert tone == "grey" or f".tile-{tone} {{" in styles
