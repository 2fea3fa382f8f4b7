"""Find lines of scripts and style sheets that are too long: ``python -m scripts.line_lengths``.

The formatter breaks code at 120 columns, but neither comments nor texts. Ruff and pymarkdown look after
the lines of the rest.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
COLUMNS: Final = 120
SUFFIXES: Final = (".js", ".mjs", ".cjs", ".css")


def find_files() -> list[Path]:
    """Return every script and style sheet of the repository, those not committed yet included."""
    patterns = [f"*{suffix}" for suffix in SUFFIXES]
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return [file for name in listed.split("\0") if name and (file := ROOT / name).is_file()]


def long_lines(file: Path) -> Iterator[tuple[int, int]]:
    """Yield number and length of each line that is too long."""
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        if len(line) > COLUMNS:
            yield number, len(line)


def main() -> int:
    """Print what is too long; return 1 when anything is."""
    found = False
    for file in find_files():
        for number, length in long_lines(file):
            found = True
            print(f"{file.relative_to(ROOT)}:{number}: {length} > {COLUMNS}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
