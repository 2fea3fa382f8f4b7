"""Files written atomically, and files that nobody else may read: keys, URLs, logs, bundles."""

import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def open_private(path: Path) -> BinaryIO:
    """Open a file of mode 0600 for appending bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600), "ab")


def write_private(path: Path, content: str | bytes) -> None:
    """Write a file of mode 0600 atomically, surviving a power cut."""
    write_whole(path, content.encode() if isinstance(content, str) else content, mode=0o600)


def write_whole(path: Path, data: bytes, *, mode: int) -> None:
    """Write a file atomically, surviving a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(handle, mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def secret_file(path: Path, make: Callable[[], str] = lambda: secrets.token_urlsafe(32)) -> str:
    """Return the secret in ``path``; make it first when there is none."""
    try:
        return path.read_text("utf-8").strip()
    except FileNotFoundError:
        write_private(path, make() + "\n")
        return path.read_text("utf-8").strip()
