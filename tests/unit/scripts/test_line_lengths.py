"""Long lines of scripts and style sheets are found, each with its number."""

from pathlib import Path

from scripts.line_lengths import COLUMNS, find_files, long_lines


def test_a_line_that_is_too_long_is_found_by_its_characters(tmp_path: Path) -> None:
    file = tmp_path / "page.js"
    file.write_text("\n".join(["// " + "가" * (COLUMNS - 3), "// " + "x" * (COLUMNS - 2), "short"]), "utf-8")
    assert list(long_lines(file)) == [(2, COLUMNS + 1)]


def test_every_folder_with_scripts_is_looked_at() -> None:
    names = {file.name for file in find_files()}
    assert {"envelope.js", "commands.mjs", "base.css", "solc.cjs", "training.js", "landing.js"} <= names
