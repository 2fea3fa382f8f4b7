"""Renew the reference pages: ``python -m scripts.reference``; with ``--check`` only say which are stale."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from scripts.reference.commands import commands_block
from scripts.reference.limits import limits_block
from scripts.reference.pages import DOCS, UndocumentedError, renew
from scripts.reference.routes import routes_block
from scripts.reference.seam import modules_block
from scripts.reference.settings import settings_block

PAGES: Final = tuple(
    DOCS / "reference" / f"{name}.md" for name in ("settings", "commands", "routes", "limits", "modules")
)
BLOCKS: Final[Mapping[str, Callable[[], str]]] = {
    "settings": settings_block,
    "commands": commands_block,
    "routes": routes_block,
    "limits": limits_block,
    "modules": modules_block,
}


def stale_pages() -> list[Path]:
    """Return the pages whose blocks are not what the code says.

    Raises:
        UndocumentedError: something has no description.
    """
    return [page for page in PAGES if renew(page.read_text("utf-8"), BLOCKS) != page.read_text("utf-8")]


def main(arguments: list[str]) -> int:
    """Renew the pages, or check them."""
    try:
        stale = stale_pages()
        if arguments == ["--check"]:
            for page in stale:
                print(f"{page} is stale: run make reference.", file=sys.stderr)
            return 1 if stale else 0
        for page in stale:
            page.write_text(renew(page.read_text("utf-8"), BLOCKS), "utf-8")
            print(f"renewed {page}")
    except UndocumentedError as error:
        print(f"{error} Describe it where it is declared.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
