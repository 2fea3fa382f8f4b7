"""Put the JSON-LD contexts of npm packages into the package, each checked against its digest.

Standard library only, as all of the set-up. Which they are is the manifest's
(``core/securing/linked_data/contexts.json``): a file of JSON is copied as it is; of a ``.js`` module the
object literal that it exports is written as JSON, without running it.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

_EXPORT = "module.exports = "


class ContextsError(Exception):
    """A package has not the context that was pinned."""


def place_contexts(manifest: Path, packages: Path, target: Path) -> None:
    """Write every context of ``manifest`` from ``packages`` into the folder ``target``, replacing it.

    Raises:
        ContextsError: a context is missing or is not the pinned one.
    """
    scratch = target.with_name(target.name + ".new")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    for entry in json.loads(manifest.read_text("utf-8"))["contexts"]:
        try:
            text = context_text(packages / entry["source"])
        except (OSError, ValueError):
            text = b""
        if hashlib.sha256(text).hexdigest() != entry["sha256"]:
            raise ContextsError(
                f"{entry['source']} 파일이 고정된 것과 다릅니다. node_modules를 지우고 다시 설치하세요. · "
                "is not the pinned file: remove node_modules and run make setup again."
            )
        (scratch / entry["file"]).write_bytes(text)
    shutil.rmtree(target, ignore_errors=True)
    scratch.rename(target)


def context_text(source: Path) -> bytes:
    """Return a context's text from a file of JSON, or from a module that exports one object literal.

    Raises:
        OSError: the file cannot be read.
        ValueError: it has no such literal.
    """
    raw = source.read_bytes()
    if source.suffix != ".js":
        return raw
    text = raw.decode("utf-8")
    literal = text[text.index(_EXPORT) + len(_EXPORT) :].rstrip().rstrip(";")
    # The literals differ from JSON in unquoted names, single quotes and last commas only.
    literal = re.sub(r"'([^'\"\\\n]*)'", r'"\1"', literal)
    literal = re.sub(r"(?m)^(\s*)([A-Za-z_]\w*):", r'\1"\2":', literal)
    literal = re.sub(r",(\s*[}\]])", r"\1", literal)
    return (json.dumps(json.loads(literal), indent=2, ensure_ascii=False) + "\n").encode()
