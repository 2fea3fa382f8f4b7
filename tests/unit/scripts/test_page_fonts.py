"""The pages' font and tokens: everything that a page shows by itself is in them, and little else."""

import re
from pathlib import Path

from fontTools.ttLib import TTFont

from scripts import page_fonts


def test_each_page_has_the_letters_of_its_words(tmp_path: Path) -> None:
    page_fonts.build(tmp_path)
    for page in page_fonts.FIRST:
        sheet = (tmp_path / f"{page}.css").read_text("utf-8")
        files = re.findall(r'url\("([^"]+)"\)', sheet)
        letters: set[int] = set()
        for file in files:
            font = TTFont(tmp_path / file)
            letters |= set(font.getBestCmap())
            assert (font["fvar"].axes[0].minValue, font["fvar"].axes[0].maxValue) == page_fonts.WEIGHTS
            assert "Pretendard" not in str([record.toUnicode() for record in font["name"].names])
        hangul = {code for code in page_fonts.all_letters() if 0xAC00 <= code <= 0xD7A3}
        assert hangul <= letters
        assert len(letters) < 1_000
    assert not list(tmp_path.glob("*.ttf"))


def test_the_tokens_are_those_that_are_used() -> None:
    sheet = page_fonts.token_sheet()
    assert set(re.findall(r"(--krds-[\w-]+):#[0-9a-f]{6}", sheet)) == page_fonts.used_tokens()
    assert len(sheet) < 3_000
