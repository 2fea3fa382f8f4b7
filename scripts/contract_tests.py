"""Run every test of the contracts once: ``python -m scripts.contract_tests``.

Unit and fuzz tests run on the copy with probes of ``scripts/contract_coverage.py``, and every line and branch
must be reached. The invariants, and the table of gas, which the probes would change, run on the contracts as
they are; what hardhat compiled for them must be, byte for byte, what the Python side deploys. Both runs go
side by side. Exits with 1 when a test fails, something is never reached, or the bytes differ.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from scripts.compile_contracts import BUILD, CONTRACTS, ROOT, CompileError, compile_contracts
from scripts.contract_coverage import FOLDER, find_missing, prepare, read_lcov, summary

#: Tests that run on the contracts as they are; all others run on the copy with probes.
_AS_THEY_ARE: Final = ("invariant_", "GasOfEveryOperation")
_TESTS: Final = ROOT / "contracts" / "test"
_ARTIFACTS: Final = ROOT / "build" / "hardhat" / "artifacts"

Run = subprocess.Popen[str]


def start(folder: Path, *options: str | Path) -> Run:
    """Start hardhat on a project's Solidity tests.

    Args:
        folder: the project, or its copy.
        options: of ``hardhat test solidity``.
    """
    path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.Popen(
        ["npx", "--no-install", "hardhat", "test", "solidity", *options],
        cwd=folder,
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def files_of(*names: str, folder: Path = _TESTS) -> list[Path]:
    """Return the test files that hold tests of these names, so that no others are compiled for them."""
    files = sorted(folder.glob("*.t.sol"))
    return [file for file in files if any(name in file.read_text("utf-8") for name in names)]


def differing_contracts(artifacts: Path = _ARTIFACTS, build: Path = BUILD) -> list[str]:
    """Return the contracts whose bytes in hardhat's last run are not those that the Python side deploys.

    Args:
        artifacts: hardhat's.
        build: those of ``scripts/compile_contracts.py``.
    """
    (test,) = (artifacts / "contracts" / "test" / "Gas.t.sol").glob("*.json")
    build_info = json.loads(test.read_text("utf-8"))["buildInfoId"]
    compiled = json.loads((artifacts / "build-info" / f"{build_info}.output.json").read_text("utf-8"))
    differing = []
    for name, file in CONTRACTS.items():
        if file.startswith("@"):
            continue
        evm = compiled["output"]["contracts"][f"project/{file}"][name]["evm"]
        ours = json.loads((build / f"{name}.json").read_text("utf-8"))
        if any(ours[kind] != "0x" + evm[kind]["object"] for kind in ("bytecode", "deployedBytecode")):
            differing.append(name)
    return differing


def main() -> int:
    """Run the tests, print what they reached and everything that is wrong."""
    pattern = "|".join(_AS_THEY_ARE)
    try:
        compile_contracts()
        conditions = prepare()
    except CompileError as error:
        print(error, file=sys.stderr)
        return 1
    runs = [
        start(FOLDER, "--coverage", "--grep-exclude", pattern),
        start(ROOT, "--grep", pattern, *files_of(*_AS_THEY_ARE)),
    ]
    said = [run.communicate()[0] for run in runs]
    for run, text in zip(runs, said, strict=True):
        passing = [line.strip() for line in text.splitlines() if "passing" in line]
        print(text if run.returncode else "\n".join(passing))
    if any(run.returncode for run in runs):
        return 1
    reached = read_lcov((FOLDER / "coverage" / "lcov.info").read_text("utf-8"))
    missing = find_missing(conditions, reached)
    print("\n".join(summary(conditions, reached, missing)))
    for entry in missing:
        print(f"{entry.file}:{entry.line}: {entry.what}", file=sys.stderr)
    differing = differing_contracts()
    for name in differing:
        print(f"{name}: hardhat and scripts/compile_contracts.py compile different bytes", file=sys.stderr)
    return 1 if missing or differing else 0


if __name__ == "__main__":
    sys.exit(main())
