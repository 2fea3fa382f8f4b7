"""Look through the contracts with slither: ``python -m scripts.slither``.

Slither pins web3 below the version that we use, so it has an environment of its own, ``build/slither/venv``,
made from ``requirements/slither.txt`` when it is missing or that file changed. It wants a solc binary: it
gets the npm package, by the wrapper that compiles the contracts elsewhere, with the settings of
``contracts/compiler.json``. Any finding fails, whatever its severity; what is left out is below, with its
reason.
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from scripts.compile_contracts import ROOT, CompileError, build_request, write_solc
from scripts.contract_coverage import source_files

FOLDER: Final = ROOT / "build" / "slither"
LOCK: Final = ROOT / "requirements" / "slither.txt"

EXCLUDED: Final = {
    "timestamp": "The registries say since when something holds, so they compare block times on purpose. A "
    "block's proposer may shift its time by seconds; no rule here turns on less than the 24 hours of a "
    "report, and what happens in the very second of an anchor is not before it.",
}
"""Detector to reason."""

_SELECTION: Final = {
    "*": {"*": ["abi", "devdoc", "userdoc", "evm.bytecode", "evm.deployedBytecode"], "": ["ast"]}
}


def prepare_environment(folder: Path = FOLDER, lock: Path = LOCK) -> Path:
    """Make the environment unless it is there already, and return its slither.

    Args:
        folder: where it goes.
        lock: what is installed, by hash.
    """
    venv, stamp = folder / "venv", folder / "installed.txt"
    slither = venv / "bin" / "slither"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if slither.is_file() and stamp.is_file() and stamp.read_text("utf-8") == digest:
        return slither
    uv = Path(sys.executable).with_name("uv")
    folder.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    subprocess.run([uv, "venv", "-q", "--clear", "--python", sys.executable, venv], check=True)
    wanted = ["--require-hashes", "-r", str(lock)]
    subprocess.run([uv, "pip", "install", "-q", "--python", venv / "bin" / "python", *wanted], check=True)
    stamp.write_text(digest, "utf-8")
    return slither


def analyse(slither: Path, folder: Path = FOLDER, root: Path = ROOT) -> int:
    """Run slither over every contract and library and return its exit code: 0 when nothing is found.

    Args:
        slither: the executable.
        folder: for what slither is given.
        root: the project that is looked through.
    """
    request = folder / "request.json"
    request.write_text(json.dumps(build_request(root, source_files(root), _SELECTION)), "utf-8")
    solc = write_solc(folder, root)
    options = ["--compile-force-framework", "Solc-json", "--solc", str(solc)]
    options += ["--filter-paths", "node_modules", "--exclude", ",".join(EXCLUDED), "--fail-pedantic"]
    # its own folder first on the path, so that it starts its own helpers
    environment = {**os.environ, "PATH": f"{slither.parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run([slither, request, *options], cwd=root, env=environment, check=False)
    return done.returncode


def main() -> int:
    """Set up what is missing and look."""
    for detector, reason in EXCLUDED.items():
        print(f"left out: {detector}. {reason}")
    try:
        return analyse(prepare_environment())
    except CompileError as error:
        print(error, file=sys.stderr)
    except subprocess.CalledProcessError:
        print(
            "slither의 환경을 만들지 못했습니다. 패키지 저장소에 닿는지 확인하고 다시 하세요.\n"
            "slither's environment could not be made. Check that the package registry answers; try again.",
            file=sys.stderr,
        )
    return 1


if __name__ == "__main__":
    sys.exit(main())
