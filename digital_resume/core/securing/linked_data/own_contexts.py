"""Contexts of a deployment's own: a folder with a list of them, each bounded and pinned by its digest.

``contexts.json`` in the folder has the form of the product's own list: ``{"contexts": [{"url": "https://…",
"file": "name.jsonld", "sha256": "64 digits"}]}``. A context decides what a signature covers, so that a file
is used only if it is the one whose digest somebody wrote down.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from digital_resume.core.encoding.bounded_json import parse_json_object
from digital_resume.core.errors import MalformedError, ResumeError
from digital_resume.core.securing.linked_data.contexts import shown

LIST: Final = "contexts.json"
MAX_CONTEXTS: Final = 64
MAX_LIST_BYTES: Final = 65_536
MAX_CONTEXT_BYTES: Final = 262_144
_URL: Final = re.compile(r"(?:https://|urn:)[!-~]{1,248}")
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def read_contexts(folder: Path | None) -> Mapping[str, Mapping[str, Any]]:
    """Return the context documents of a folder by URL; none when there is no folder.

    Args:
        folder: what ``CONTEXTS_DIR`` names.

    Raises:
        MalformedError: ``contexts_dir_invalid``; the message names the file and what is wrong with it.
    """
    if folder is None:
        return {}
    listed = _parsed(folder / LIST, MAX_LIST_BYTES).get("contexts")
    if not isinstance(listed, list) or not 0 < len(listed) <= MAX_CONTEXTS:
        raise _invalid(f'{folder / LIST} has no list "contexts" of at most {MAX_CONTEXTS}')
    found: dict[str, Mapping[str, Any]] = {}
    for entry in listed:
        url, file, digest = _members(entry, folder)
        if url in found:
            raise _invalid(f"{folder / LIST} lists {url} twice")
        document = _parsed(folder / file, MAX_CONTEXT_BYTES, digest)
        if not isinstance(document.get("@context"), dict):
            raise _invalid(f"{folder / file} has no @context that is an object")
        found[url] = document
    return found


def _members(entry: object, folder: Path) -> tuple[str, str, str]:
    members = entry if isinstance(entry, dict) else {}
    values = [members.get(name) for name in ("url", "file", "sha256")]
    for value, form in zip(values, (_URL, _FILE, _DIGEST), strict=True):
        if not isinstance(value, str) or not form.fullmatch(value):
            raise _invalid(
                f"{folder / LIST}: {shown(str(members.get('url')))} is not url (https:// or urn:), file (a "
                "plain name in the folder) and sha256 (64 small hexadecimal digits)"
            )
    url, file, digest = map(str, values)
    return url, file, digest


def _parsed(file: Path, most: int, digest: str | None = None) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            text = stream.read(most + 1)
    except OSError as error:
        raise _invalid(f"{file} cannot be read ({type(error).__name__})") from None
    if len(text) > most:
        raise _invalid(f"{file} is larger than {most:,} bytes")
    if digest is not None and not hmac.compare_digest(hashlib.sha256(text).hexdigest(), digest):
        raise _invalid(f"{file} is not the file whose sha256 {LIST} names")
    try:
        return parse_json_object(text)
    except ResumeError as error:
        raise _invalid(f"{file} is not JSON: {error.message}") from None


def _invalid(what: str) -> MalformedError:
    return MalformedError(f"CONTEXTS_DIR: {what}.", code="contexts_dir_invalid")
