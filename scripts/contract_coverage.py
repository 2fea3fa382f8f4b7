"""Measure what the contracts' tests reach, lines and branches; ``scripts/contract_tests.py`` runs them.

Hardhat measures statements only. So the contracts are copied to ``build/contract-coverage``, and in the copy
every condition goes through a probe of its own, a function that has one line for true and one for false: the
conditions of ``if``, ``?:`` and loops, and each operand of ``&&`` and ``||``. Both lines of every probe
reached is every branch taken, and each operand having decided both ways. The copy keeps the numbers of the
lines.
"""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from scripts.compile_contracts import ROOT, CompileError, run_compiler

FOLDER: Final = ROOT / "build" / "contract-coverage"
_PROBE: Final = """
    function _probe{number}(bool met) private pure returns (bool) {{
        if (met) {{
            return true;
        }} else {{
            return false;
        }}
    }}
"""
_LINES_TO_TRUE: Final = 3
_LINES_TO_FALSE: Final = 5


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of the source, and the lines of its probe in the copy."""

    line: int
    text: str
    true_line: int
    false_line: int


@dataclass(frozen=True, slots=True)
class Missing:
    """What no test reached."""

    file: str
    line: int
    what: str


def source_files(root: Path = ROOT) -> list[str]:
    """Return the contracts and libraries that are measured, relative to ``root``."""
    folder = root / "contracts"
    return [
        f.relative_to(root).as_posix() for f in sorted([*folder.glob("*.sol"), *folder.glob("lib/*.sol")])
    ]


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if "nodeType" in node:
            yield node
        for value in node.values():
            yield from _nodes(value)
    elif isinstance(node, list):
        for value in node:
            yield from _nodes(value)


def _span(node: dict[str, Any]) -> tuple[int, int]:
    start, length, _ = (int(part) for part in node["src"].split(":"))
    return start, start + length


def _inner(node: dict[str, Any]) -> dict[str, Any]:
    """Take the brackets off."""
    while node["nodeType"] == "TupleExpression" and len(node["components"]) == 1:
        node = node["components"][0]
    return node


def _is_logical(node: dict[str, Any]) -> bool:
    return node["nodeType"] == "BinaryOperation" and node["operator"] in ("&&", "||")


def find_conditions(tree: Any) -> list[tuple[int, int]]:
    """Return the byte spans of every condition that decides something; of a logical one, its operands'."""
    found: set[tuple[int, int]] = set()
    for node in _nodes(tree):
        parts = [node["leftExpression"], node["rightExpression"]] if _is_logical(node) else []
        condition = node.get("condition")
        if isinstance(condition, dict):
            parts.append(condition)
        found.update(_span(part) for part in map(_inner, parts) if not _is_logical(part))
    return sorted(found)


def instrument(source: bytes, tree: Any) -> tuple[bytes, list[Condition]]:
    """Put a probe around every condition and append the probes to the file's contract.

    Args:
        source: the file.
        tree: its syntax tree, of the compiler.

    Raises:
        CompileError: the file does not hold one contract or library.
    """
    contracts = [n for n in _nodes(tree) if n["nodeType"] == "ContractDefinition"]
    if len(contracts) != 1:
        raise CompileError("A measured file holds exactly one contract or library.")
    spans = find_conditions(tree)
    end = _span(contracts[0])[1] - 1
    first = source[:end].count(b"\n") + 1
    height = _PROBE.count("\n")
    inserts = [(end, 0, "".join(_PROBE.format(number=n) for n in range(len(spans))).encode())]
    conditions = []
    for number, (start, stop) in enumerate(spans):
        inserts += [(start, -stop, f"_probe{number}(".encode()), (stop, -start, b")")]
        top = first + number * height
        text = re.sub(r"\s+", " ", source[start:stop].decode())
        line = source[:start].count(b"\n") + 1
        conditions.append(Condition(line, text, top + _LINES_TO_TRUE, top + _LINES_TO_FALSE))
    # from behind, so that no place moves; at one place, the wider condition opens first and closes last
    for place, _, insert in sorted(inserts, reverse=True):
        source = source[:place] + insert + source[place:]
    return source, conditions


def prepare(root: Path = ROOT, folder: Path = FOLDER) -> dict[str, list[Condition]]:
    """Make the copy with its probes and return the conditions of each file."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copytree(root / "contracts", folder / "contracts")
    shutil.copytree(root / "tests" / "vectors", folder / "tests" / "vectors")
    for name in ("hardhat.config.js", "package.json"):
        shutil.copy(root / name, folder / name)
    (folder / "node_modules").symlink_to(root / "node_modules")
    files = source_files(root)
    output = run_compiler(root, files, {"*": {"": ["ast"]}})
    found = {}
    for file in files:
        probed, found[file] = instrument((root / file).read_bytes(), output["sources"][file]["ast"])
        (folder / file).write_bytes(probed)
    return found


def read_lcov(text: str) -> dict[str, dict[int, int]]:
    """Return how often each line of each file was reached."""
    files: dict[str, dict[int, int]] = {}
    lines: dict[int, int] = {}
    for record in text.splitlines():
        key, _, value = record.partition(":")
        if key == "SF":
            lines = files.setdefault(value, {})
        elif key == "DA":
            number, _, times = value.partition(",")
            lines[int(number)] = int(times)
    return files


def find_missing(
    conditions: dict[str, list[Condition]], reached: dict[str, dict[int, int]], root: Path = ROOT
) -> list[Missing]:
    """Return every line and every outcome of a condition that was not reached or not even measured."""
    missing = []
    for file, its_conditions in conditions.items():
        lines = reached.get(file, {})
        length = (root / file).read_bytes().count(b"\n") - 1
        if not lines:
            missing.append(Missing(file, 1, "the whole file was not measured"))
        missing += [
            Missing(file, line, "this line is never reached")
            for line, times in sorted(lines.items())
            if not times and line <= length
        ]
        for condition in its_conditions:
            outcomes = (("true", condition.true_line), ("false", condition.false_line))
            missing += [
                Missing(file, condition.line, f"never {outcome}: {condition.text}")
                for outcome, line in outcomes
                if not lines.get(line)
            ]
    return missing


def summary(
    conditions: dict[str, list[Condition]], reached: dict[str, dict[int, int]], missing: list[Missing]
) -> Iterator[str]:
    """Tell in a line a file how many lines and branches were reached."""
    yield f"{'':<32}{'lines':>12}{'branches':>12}"
    for file, its_conditions in conditions.items():
        length = (ROOT / file).read_bytes().count(b"\n") - 1
        lines = [times for line, times in reached.get(file, {}).items() if line <= length]
        unreached = sum(m.file == file and m.what.startswith("never ") for m in missing)
        outcomes = 2 * len(its_conditions)
        yield f"{file:<32}{sum(map(bool, lines)):>6}/{len(lines):<5}{outcomes - unreached:>6}/{outcomes:<5}"
