"""A stranger's machine: an empty environment in another folder with the built wheel and nothing else."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from scripts.setup_steps import registry_environment

ROOT = Path(__file__).resolve().parents[3]
#: What a distribution is built of; the set-up made some of it.
SOURCES = ("digital_resume", "scripts/build_hook.py", "pyproject.toml", "README.md", "LICENSE", ".gitignore")
SECONDS = 120


def uv() -> Path:
    """Return the locked uv of this checkout."""
    return Path(sys.prefix) / "bin" / "uv"


def build(source: Path, target: Path, *more: str) -> Path:
    """Build source distribution and wheel of a folder, with the locked backend; return the wheel."""
    line = [uv(), "build", "--offline", "--no-build-isolation", "--python", sys.executable, *more]
    done = subprocess.run(
        [*line, "--out-dir", target, source], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    return next(target.glob("*.whl"))


def copy_sources(target: Path) -> Path:
    """Copy what a distribution is built of into a folder."""
    for name in SOURCES:
        source, place = ROOT / name, target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, place, ignore=shutil.ignore_patterns("__pycache__", ".setup"))
        else:
            shutil.copyfile(source, place)
    return target


def locked_versions() -> str:
    """Return the versions that are tested, as constraints: what the wheel wants is its own to say."""
    text = (ROOT / "requirements" / "dev.txt").read_text("utf-8")
    lines = (line.removesuffix("\\").strip() for line in text.splitlines())
    return "\n".join(line for line in lines if "==" in line and not line.startswith(("#", "--"))) + "\n"


@dataclass(frozen=True)
class Stranger:
    """An environment with the wheel, and a folder to work in that is not the checkout."""

    environment: Path
    folder: Path

    def variables(self, **more: str) -> dict[str, str]:
        """Return the variables of a process: nothing of the checkout's or the caller's."""
        return {"PATH": f"{self.environment / 'bin'}:/usr/bin:/bin", "HOME": str(self.folder), **more}

    def run(
        self, command: str, *arguments: str | Path, **variables: str
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command of the environment from the folder."""
        return subprocess.run(
            [self.environment / "bin" / command, *arguments],
            cwd=self.folder,
            env=self.variables(**variables),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )


def install(folder: Path, *wanted: str | Path) -> Stranger:
    """Make an empty environment and install wheels, and what they want, into it.

    Args:
        folder: the stranger's.
        wanted: wheels that were built, and further requirements.
    """
    environment, work = folder / "environment", folder / "work"
    work.mkdir(parents=True)
    constraints = folder / "constraints.txt"
    constraints.write_text(locked_versions())
    subprocess.run(
        [uv(), "venv", "--quiet", "--python", sys.executable, environment], timeout=SECONDS, check=True
    )
    line: list[str | Path] = [uv(), "pip", "install", "--quiet", "--python", environment / "bin" / "python"]
    line += ["--constraint", constraints, *wanted]
    # What this checkout was installed of is in uv's cache; a registry is asked where it is not.
    for attempt in (["--offline"], []):
        done = subprocess.run(
            [*line, *attempt],
            env={**os.environ, **registry_environment()},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if done.returncode == 0:
            return Stranger(environment, work)
    raise AssertionError(done.stderr)
