"""Renew the lock files: ``python -m scripts.lock``.

Versions and hashes only: a lock file names no registry, so that any mirror may serve it.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: Lock files by what is resolved into each: lists of ``pyproject.toml``, or the names in an ``.in`` file.
#: What two of them hold has one version, since they are installed into one environment.
REQUIREMENTS: dict[str, list[str]] = {
    "runtime": ["../pyproject.toml", "--extra", "local"],
    "dev": ["../pyproject.toml", "--extra", "dev", "-c", "runtime.txt"],
    "setup": ["setup.in", "-c", "dev.txt"],
    "didkit": ["didkit.in", "-c", "dev.txt"],
    "pkcs11": ["pkcs11.in", "-c", "dev.txt"],
    "bench": ["bench.in"],
    "slither": ["slither.in"],
}
NPM = (
    ROOT,
    ROOT / "scripts" / "bench" / "peers",
    ROOT / "tests" / "integration" / "second_client" / "client",
    ROOT / "tests" / "integration" / "issuer" / "foreign_clients" / "client",
)
_UV = ["--universal", "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-header"]


def lock_python(upgrade: bool) -> None:
    """Resolve every lock file of Python packages; with ``upgrade`` to the newest versions."""
    uv = ROOT / ".venv" / "bin" / "uv"
    more = ["--upgrade"] if upgrade else []
    for name, sources in REQUIREMENTS.items():
        target = [*sources, "-o", f"{name}.txt"]
        subprocess.run(
            [str(uv), "pip", "compile", "-q", *_UV, "--python-version", "3.11", *more, *target],
            cwd=ROOT / "requirements",
            check=True,
        )


def lock_npm() -> None:
    """Resolve each ``package.json`` and take the download addresses out of the lock."""
    npm = ROOT / ".venv" / "bin" / "npm"
    for folder in NPM:
        subprocess.run(
            [npm, "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=folder,
            check=True,
        )
        strip_addresses(folder / "package-lock.json")


def strip_addresses(lock: Path) -> None:
    """Remove ``resolved`` from an npm lock; the integrity stays."""
    document = json.loads(lock.read_text("utf-8"))
    for package in document["packages"].values():
        package.pop("resolved", None)
    lock.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")


def main() -> int:
    """Lock; ``--upgrade`` takes newest versions."""
    lock_python(upgrade="--upgrade" in sys.argv[1:])
    lock_npm()
    return 0


if __name__ == "__main__":
    sys.exit(main())
