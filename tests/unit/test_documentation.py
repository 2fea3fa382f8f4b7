"""Documentation and code name the same things: nothing is without words, and no page names what is gone."""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from digital_resume import extensions
from digital_resume.modules import api
from scripts.reference.__main__ import BLOCKS, PAGES, stale_pages
from scripts.reference.commands import commands
from scripts.reference.pages import DOCS, ROOT, blocks_of
from scripts.reference.routes import SERVICES, routes
from scripts.reference.seam import hooks
from scripts.reference.settings import variables

DECISIONS = sorted((DOCS / "adr").glob("[0-9]*.md"))
#: Decisions keep what was true when they were made: their links must hold, their names need not.
LIVING = sorted(
    page
    for page in (*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / ".github").rglob("*.md"))
    if page not in DECISIONS
)
SOURCES = ("digital_resume", "issuer", "wallet", "verifier", "plugins", "scripts", "contracts", "tests")
_READS = re.compile(r"os\.environ\.(get|setdefault|pop)|os\.getenv")
_GROUPS = {extensions.COMMANDS, extensions.SERVICES, extensions.SCHEMAS, extensions.JOBS, extensions.MODULES}
_PACKAGES = ("digital_resume", "issuer", "wallet", "verifier", "plugins", "scripts", "tests")
#: Packages of ``digital_resume``: their modules' names begin with it.
_INSIDE = sorted(path.parent.name for path in (ROOT / "digital_resume").glob("*/__init__.py"))
SOURCE_SUFFIXES = {".py", ".sol", ".js", ".mjs", ".json", ".toml"}


# --- what is in the code has words -----------------------------------------------------------------------


def test_the_reference_pages_are_what_the_code_says() -> None:
    stale = [page.relative_to(ROOT).as_posix() for page in stale_pages()]
    assert stale == [], "run make reference"


def test_every_block_of_the_reference_stands_on_a_page() -> None:
    assert [name for page in PAGES for name in blocks_of(page.read_text("utf-8"))] == list(BLOCKS)


def test_every_variable_that_is_read_by_hand_is_described() -> None:
    described = set(
        re.findall(r"`([A-Z][A-Z0-9_]+)`", (DOCS / "reference" / "settings.md").read_text("utf-8"))
    )
    read = {
        name: path.relative_to(ROOT).as_posix()
        for folder in SOURCES[:6]
        for path in (ROOT / folder).rglob("*.py")
        for name in variables_read(path.read_text("utf-8"))
    }
    assert {name: where for name, where in read.items() if name not in described and name != "PATH"} == {}


def variables_read(source: str) -> Iterator[str]:
    """Yield the environment variables that a file reads without a settings class."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _READS.fullmatch(ast.unparse(node.func)):
            names: list[ast.expr] = node.args[:1]
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            names = [node.slice]
        elif isinstance(node, ast.Compare) and ast.unparse(node.comparators[0]) == "os.environ":
            names = [node.left]
        elif isinstance(node, ast.keyword) and node.arg == "envvar":
            names = [node.value]
        else:
            continue
        yield from (
            name.value for name in names if isinstance(name, ast.Constant) and isinstance(name.value, str)
        )


# --- what a page names is there ---------------------------------------------------------------------------


def code_of(text: str) -> list[str]:
    """Return a page's code: each span, and each line of a block."""
    found: list[str] = []
    fenced = False
    for line in text.split("\n"):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif fenced:
            found.append(line.strip())
        else:
            found.extend(re.findall(r"`([^`]+)`", line))
    return found


def missing_commands(text: str) -> Iterator[str]:
    """Yield commands that a page names and ``resume`` does not have."""
    known = commands()
    for code in code_of(text):
        for words in re.findall(r"(?<![\w/.-])resume((?: [a-z][a-z-]*(?![\w.=/]))+)", code):
            named = "resume"
            for word in words.split():
                if not hasattr(known[named], "commands"):
                    break
                named = f"{named} {word}"
                if named not in known:
                    yield named
                    break


def missing_routes(text: str) -> Iterator[str]:
    """Yield routes that a page names and no service answers."""
    for code in code_of(text):
        for method, path in re.findall(
            r"\b(GET|POST|PUT|PATCH|DELETE) ((?:\{[A-Za-z_]+\})?/?[^\s\[?`]*)", code
        ):
            full = path.replace("{uri}", "/i/{slug}/status/{number}")
            segments = re.sub(r"^(\{[A-Z_]+\}|\$[A-Z]+)", "", full).rstrip("`,;").split("/")
            if not any(_is_route(method, segments, known) for known in _all_routes()):
                yield f"{method} {path}"


@cache
def _all_routes() -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((each.method, tuple(each.path.split("/"))) for name in SERVICES for each in routes(name))


def _is_route(method: str, named: list[str], route: tuple[str, tuple[str, ...]]) -> bool:
    pairs = zip(named, route[1], strict=False)
    return (
        method == route[0]
        and len(named) == len(route[1])
        and all(theirs.startswith("{") or ours == theirs for ours, theirs in pairs)
    )


def missing_names(text: str) -> Iterator[str]:
    """Yield names in capitals, settings above all, that stand in no source file."""
    for code in code_of(text):
        for name in re.findall(r"(?<![\w<])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+|_<[A-Z]+>)+(?!\w)", code):
            if name not in variables() and name not in _words():
                yield name


@cache
def _words() -> frozenset[str]:
    files = [
        path
        for folder in SOURCES
        for path in (ROOT / folder).rglob("*")
        if path.suffix in SOURCE_SUFFIXES and path != Path(__file__)
    ]
    text = "\n".join(
        path.read_text("utf-8") for path in (*files, ROOT / "Makefile", ROOT / "hardhat.config.js")
    )
    return frozenset(re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", text))


def missing_files(text: str) -> Iterator[str]:
    """Yield paths and modules of the repository that a page names and that are not there."""
    for code in code_of(text):
        for path in re.findall(rf"(?<![\w/.-])(?:{'|'.join(SOURCES)}|docs|requirements)/[\w./*-]*", code):
            if not any(ROOT.glob(path.rstrip("./") or path)):
                yield path
        for module in re.findall(
            r"(?<![\w/.])(?:digital_resume|issuer|wallet|verifier|plugins)(?:\.\w+)+", code
        ):
            if module not in _GROUPS and not _is_module(module.split(".")):
                yield module


def _is_module(parts: list[str]) -> bool:
    """Tell whether this is a module, or a name in one."""
    for length in range(len(parts), 0, -1):
        path = ROOT.joinpath(*parts[:length])
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.is_file():
                return (
                    length == len(parts)
                    or re.search(rf"\b{parts[length]}\b", file.read_text("utf-8")) is not None
                )
    return False


def missing_hooks(text: str) -> Iterator[str]:
    """Yield hooks that a page names, such as ``Plugin.router``, and the seam for modules does not have."""
    for code in code_of(text):
        for name, hook in re.findall(rf"\b({'|'.join(api.__all__)})\.(\w+)", code):
            if hook not in {found.removesuffix("()") for found, _ in hooks(getattr(api, name))}:
                yield f"{name}.{hook}"


def missing_targets(text: str) -> Iterator[str]:
    """Yield targets of ``make`` that a page names and the Makefile does not have."""
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for code in code_of(text):
        yield from (
            f"make {name}" for name in re.findall(r"^make ([a-z][a-z-]*)", code) if name not in targets
        )


def missing_links(page: Path, text: str) -> Iterator[str]:
    """Yield links of a page that lead nowhere in the repository."""
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path) if path else page
        if not file.exists() or (anchor and anchor not in anchors_of(file.read_text("utf-8"))):
            yield target


def anchors_of(text: str) -> set[str]:
    """Return the anchors of a page's headings, as they are made of their words."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def words_of(source: str) -> Iterator[str]:
    """Yield a Python file's docstrings and runs of comments."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield text
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def missing_modules(source: str) -> Iterator[str]:
    """Yield dotted names of ours in a file's words that are no module's, or not a whole name."""
    for text in words_of(source):
        for span in re.findall(r"``([^`]+)``", text):
            for name in re.findall(rf"(?<![\w/.:@-])(?:{'|'.join(_PACKAGES)})(?:\.\w+)+", span):
                if name not in _GROUPS and not _is_module(name.split(".")):
                    yield name
            if re.match(rf"(?:{'|'.join(_INSIDE)})\.[a-z_]\w*", span):
                yield span


CHECKS: dict[str, Callable[[str], Iterator[str]]] = {
    "commands": missing_commands,
    "routes": missing_routes,
    "names": missing_names,
    "files": missing_files,
    "hooks": missing_hooks,
    "targets": missing_targets,
}


@pytest.mark.parametrize("page", LIVING, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_page_names_what_is_gone(page: Path) -> None:
    text = page.read_text("utf-8")
    gone = {name: sorted(set(check(text))) for name, check in CHECKS.items()}
    assert {name: found for name, found in gone.items() if found} == {}


def test_no_docstring_and_no_comment_names_a_module_that_is_gone() -> None:
    gone = {
        path.relative_to(ROOT).as_posix(): found
        for folder in SOURCES
        for path in (ROOT / folder).rglob("*.py")
        if "node_modules" not in path.parts
        if (found := sorted(set(missing_modules(path.read_text("utf-8")))))
    }
    assert gone == {}


def test_a_module_that_is_gone_is_found_in_words() -> None:
    source = '"""See ``digital_resume.core.errors``, ``verifier.index.auditing``."""\n# ``core.errors``\n'
    assert list(missing_modules(source)) == ["verifier.index.auditing", "core.errors"]


@pytest.mark.parametrize("page", [*LIVING, *DECISIONS], ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    assert list(missing_links(page, page.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    ("check", "text", "gone"),
    [
        (
            "commands",
            "`resume verify LINK` and `resume index mend` and `resume sing`",
            ["index mend", "sing"],
        ),
        (
            "routes",
            "`GET /receipts/{leaf}`, `GET {ISSUER_URL}/receipts/{leaf}/fee`",
            ["/receipts/{leaf}/fee"],
        ),
        ("routes", "`DELETE /api/v1/records`", ["DELETE /api/v1/records"]),
        ("routes", "```sh\ncurl -X POST $ISSUER/api/v1/records/$RECORD/gifts\n```", ["/$RECORD/gifts"]),
        ("names", "`RPC_QUORUM`, `PLUGIN_<NAME>_DATABASE_URL`, `RPC_NODES=2`", ["RPC_NODES"]),
        ("files", "`issuer/app.py`, `issuer/ape.py`, `docs/adr/*.md`", ["issuer/ape.py"]),
        ("files", "`digital_resume.core.errors.ResumeError`, `digital_resume.core.error`", ["core.error"]),
        ("hooks", "`Plugin.jobs`, `IssuerClient.record`, `Plugin.cron`", ["Plugin.cron"]),
        ("targets", "```sh\nmake up\nmake down\n```", ["make down"]),
    ],
)
def test_a_name_that_is_gone_is_found(check: str, text: str, gone: list[str]) -> None:
    found = list(CHECKS[check](text))
    assert len(found) == len(gone)
    assert all(name.endswith(end) for name, end in zip(found, gone, strict=True))


# --- the indexes are whole --------------------------------------------------------------------------------


def test_the_index_lists_every_page() -> None:
    listed = set(re.findall(r"\]\(([\w./-]+\.md)", (DOCS / "README.md").read_text("utf-8")))
    pages = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md") if page not in DECISIONS}
    assert pages - {"README.md"} - listed == set()


def test_every_decision_has_its_number_and_stands_in_the_index() -> None:
    index = (DOCS / "adr" / "README.md").read_text("utf-8")
    listed = re.findall(r"^- \[(\d+)\. (.+)\]\((.+)\)$", index, re.MULTILINE)
    titles = [page.read_text("utf-8").partition("\n")[0] for page in DECISIONS]
    assert sorted(f"# {number}. {title}" for number, title, _ in listed) == sorted(titles)
    assert sorted(name for _, _, name in listed) == [page.name for page in DECISIONS]
    assert [int(page.name[:4]) for page in DECISIONS] == [int(title.split()[1][:-1]) for title in titles]
    assert len({page.name[:4] for page in DECISIONS}) == len(DECISIONS)


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.name)
def test_a_decision_has_its_form(page: Path) -> None:
    text = page.read_text("utf-8")
    assert re.search(r"^(Accepted|Superseded by \[.+\]\(.+\)) · 20\d\d-\d\d-\d\d$", text, re.MULTILINE)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [
        "Context",
        "Options considered",
        "Decision",
        "Consequences",
    ]
