"""The measurement of the contracts' branches sees every condition and misses nothing silently."""

from pathlib import Path

import pytest

from scripts.compile_contracts import ROOT, CompileError, run_compiler
from scripts.contract_coverage import (
    Condition,
    Missing,
    find_missing,
    instrument,
    read_lcov,
    source_files,
)

SOURCE = """// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Korean 한 in front of a condition: places are counted in bytes
contract Sample {
    function f(uint256 a, bool b) external pure returns (uint256 n) {
        if (a > 1 && (b || a == 3)) return 1;
        for (uint256 i = 0; i < a; ++i) {
            n += b ? (a > 5 ? 1 : 2) : 3;
        }
        while (n > 100) n /= 2;
    }
}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a project of one contract, with the real compiler."""
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "Sample.sol").write_text(SOURCE, "utf-8")
    for name in ("contracts/compiler.json", "scripts", "node_modules"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def probed(project: Path, source: str = SOURCE) -> tuple[str, list[Condition]]:
    file = "contracts/Sample.sol"
    (project / file).write_text(source, "utf-8")
    tree = run_compiler(project, [file], {"*": {"": ["ast"]}})["sources"][file]["ast"]
    text, conditions = instrument(source.encode(), tree)
    return text.decode(), conditions


def test_every_condition_and_operand_has_a_probe(project: Path) -> None:
    _, conditions = probed(project)
    assert [(c.line, c.text) for c in conditions] == [
        (7, "a > 1"),
        (7, "b"),
        (7, "a == 3"),
        (8, "i < a"),
        (9, "b"),
        (9, "a > 5"),
        (11, "n > 100"),
    ]


def test_the_copy_compiles_and_keeps_its_lines(project: Path) -> None:
    text, conditions = probed(project)
    lines = text.splitlines()
    for number, condition in enumerate(conditions):
        assert f"_probe{number}(" in lines[condition.line - 1]
        assert lines[condition.true_line - 1].strip() == "return true;"
        assert lines[condition.false_line - 1].strip() == "return false;"
    (project / "contracts" / "Sample.sol").write_text(text, "utf-8")
    output = run_compiler(project, ["contracts/Sample.sol"], {"*": {"*": ["abi"]}})
    assert not [e for e in output.get("errors", []) if e["severity"] == "error"]


def test_a_file_of_two_contracts_is_refused(project: Path) -> None:
    with pytest.raises(CompileError):
        probed(project, SOURCE + "contract Other {}\n")


def test_lines_and_outcomes_that_were_not_reached_are_named(project: Path) -> None:
    _, conditions = probed(project)
    everything = dict.fromkeys((7, 8, 9, 11), 1)
    everything |= dict.fromkeys((line for c in conditions for line in (c.true_line, c.false_line)), 1)
    files = {"contracts/Sample.sol": conditions}
    assert find_missing(files, {"contracts/Sample.sol": everything}, project) == []
    less = everything | {9: 0, conditions[2].false_line: 0}
    del less[conditions[6].true_line]
    assert find_missing(files, {"contracts/Sample.sol": less}, project) == [
        Missing("contracts/Sample.sol", 9, "this line is never reached"),
        Missing("contracts/Sample.sol", 7, "never false: a == 3"),
        Missing("contracts/Sample.sol", 11, "never true: n > 100"),
    ]


def test_a_file_that_was_not_measured_is_missing(project: Path) -> None:
    missing = find_missing({"contracts/Sample.sol": []}, {}, project)
    assert [m.what for m in missing] == ["the whole file was not measured"]


def test_lcov_is_read() -> None:
    assert read_lcov("TN:\nSF:a.sol\nDA:3,1\nDA:4,0\nend_of_record\nSF:b.sol\nDA:1,2\n") == {
        "a.sol": {3: 1, 4: 0},
        "b.sol": {1: 2},
    }


def test_all_contracts_and_libraries_are_measured() -> None:
    measured = set(source_files())
    for file in (ROOT / "contracts").rglob("*.sol"):
        inside = file.relative_to(ROOT).as_posix()
        assert inside in measured or "/test/" in inside or "/interfaces/" in inside
