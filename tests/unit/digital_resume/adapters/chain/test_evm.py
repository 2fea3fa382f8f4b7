"""web3 and eth_account are imported in one place, which puts the recursion limit back, and when needed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[5]
PACKAGES = ("digital_resume", "issuer", "wallet", "verifier", "plugins", "scripts")
ONE_PLACE = ROOT / "digital_resume" / "adapters" / "chain" / "evm.py"


def _imported(path: Path) -> set[str]:
    found: set[str] = set()
    for statement in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(statement, ast.Import):
            found |= {name.name.partition(".")[0] for name in statement.names}
        elif isinstance(statement, ast.ImportFrom) and statement.level == 0:
            found.add(str(statement.module).partition(".")[0])
    return found


def test_the_libraries_that_raise_the_recursion_limit_are_imported_in_one_place() -> None:
    importers = {
        path
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "node_modules" not in path.parts and _imported(path) & {"web3", "eth_account", "py_ecc"}
    }
    assert importers == {ONE_PLACE}


def _ends_well(code: str) -> bool:
    return subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT, timeout=120).returncode == 0


@pytest.mark.parametrize(
    "use",
    [
        "from digital_resume.adapters.chain import client",
        "from digital_resume.adapters.chain import roles; roles.well_known_addresses()",
        "from digital_resume.adapters import keystore; keystore._account_of(b'1' * 32)",
        "from digital_resume.local import anvil",
    ],
)
def test_whoever_needs_them_leaves_the_recursion_limit(use: str) -> None:
    assert _ends_well(
        f"import sys\n{use}\nsys.exit('web3' not in sys.modules or sys.getrecursionlimit() > 1000)"
    )


@pytest.mark.parametrize(
    "command",
    [
        ["--help"],
        ["verify", "http://127.0.0.1:9/s/AAECAwQFBgcICQoLDA0ODw#" + "A" * 43],
        ["verify", "--offline", "--checkpoint", "none.json", "--witnesses", "none.json", "none.json"],
        ["receipt", "--help"],
        ["checkpoint", "--help"],
        ["vc-api", "--help"],
        ["institution", "--help"],
        ["index", "--help"],
    ],
)
def test_a_command_that_needs_no_chain_does_without_them(command: list[str]) -> None:
    assert _ends_well(
        "import sys\n"
        "from digital_resume.cli.app import main\n"
        f"sys.argv = ['resume', *{command!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "sys.exit(bool({'web3', 'eth_account'} & set(sys.modules)))"
    )
