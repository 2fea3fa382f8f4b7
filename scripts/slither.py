"""Look through the contracts with slither: ``python -m scripts.slither``.

Slither pins web3 below the version that we use, so it has an environment of its own, made from
``requirements/slither.txt`` and kept under ``.cache/slither`` by that file's digest: `make clean` leaves it.
It wants a solc binary: it gets the npm package, by the wrapper that compiles the contracts elsewhere, with
the settings of ``contracts/compiler.json``. Any finding fails, whatever its severity; what is left out is
below, with its reason.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from scripts.compile_contracts import ROOT, CompileError, build_request, write_solc
from scripts.contract_coverage import source_files

FOLDER: Final = ROOT / "build" / "slither"
CACHE: Final = ROOT / ".cache" / "slither"
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


def prepare_environment(cache: Path = CACHE, lock: Path = LOCK) -> Path:
    """Make the environment unless it is there already, and return its slither.

    Args:
        cache: keeps environments, each in a folder named by what it was made from.
        lock: what is installed, by hash.
    """
    made_from = lock.read_bytes() + repr(sys.version_info[:2]).encode()
    venv = cache / hashlib.sha256(made_from).hexdigest()[:32]
    slither, stamp = venv / "bin" / "slither", venv / ".complete"
    if slither.is_file() and stamp.is_file():
        return slither
    shutil.rmtree(cache, ignore_errors=True)  # those of former locks too
    cache.mkdir(parents=True)
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "-q", "--python", sys.executable, venv], check=True)
    wanted = ["--require-hashes", "-r", str(lock)]
    subprocess.run([uv, "pip", "install", "-q", "--python", venv / "bin" / "python", *wanted], check=True)
    stamp.touch()
    return slither


def analyse(slither: Path, folder: Path = FOLDER, root: Path = ROOT) -> int:
    """Run slither over every contract and library and return its exit code: 0 when nothing is found.

    Args:
        slither: the executable.
        folder: for what slither is given.
        root: the project that is looked through.
    """
    folder.mkdir(parents=True, exist_ok=True)
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
