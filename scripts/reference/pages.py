"""Pages with generated blocks: which pages there are, how their blocks are renewed."""

import re
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
DOCS: Final = ROOT / "docs"
#: What pymarkdown allows.
COLUMNS: Final = 120

_BLOCK: Final = re.compile(r"(<!-- generated: ([a-z-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


class UndocumentedError(Exception):
    """Something that a person uses has no description in the code."""


def renew(text: str, blocks: Mapping[str, Callable[[], str]]) -> str:
    """Return a page with its generated blocks written from the code.

    Args:
        text: the page.
        blocks: what writes each block, by its name.

    Raises:
        UndocumentedError: something has no description, or the page names a block that nothing writes.
    """

    def block(match: re.Match[str]) -> str:
        if match[2] not in blocks:
            raise UndocumentedError(f"Nothing writes the block {match[2]!r}.")
        return f"{match[1]}\n{blocks[match[2]]().strip()}\n\n{match[4]}"

    return _BLOCK.sub(block, text)


def blocks_of(text: str) -> list[str]:
    """Return the names of a page's generated blocks."""
    return [match[2] for match in _BLOCK.finditer(text)]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; ``|`` in a cell is escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def first_paragraph(docstring: str | None, of: str) -> str:
    """Return a docstring's first paragraph on one line.

    Raises:
        UndocumentedError: there is none; ``of`` says what it is missing on.
    """
    if not docstring or not docstring.strip():
        raise UndocumentedError(f"{of} has no description.")
    return plain(docstring.strip().split("\n\n", maxsplit=1)[0])


def plain(text: str) -> str:
    """Return text of a docstring as Markdown on one line: its double backticks are single there."""
    return " ".join(text.split()).replace("``", "`")


def paragraph(text: str) -> str:
    """Return text on lines no longer than a page's."""
    return textwrap.fill(" ".join(text.split()), COLUMNS, break_long_words=False, break_on_hyphens=False)
