"""The JSON-LD contexts this product knows: an allow-list pinned by digest, never fetched.

The manifest ``contexts.json`` is committed; the texts are third parties' and are put beside it, into
``contexts/``, by the set-up (step "contexts"). A loader checks each text against its digest when it is
first asked for it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from digital_resume.core.errors import SchemaError, SourceUnavailableError

MANIFEST: Final = Path(__file__).with_name("contexts.json")
FOLDER: Final = Path(__file__).with_name("contexts")


def shown(name: str) -> str:
    """Return a name out of a foreign document as an error may show it: short, and always encodable."""
    return name[:200].encode("utf-8", "replace").decode()


class ContextLoader:
    """Gives a context's text and document by URL.

    Args:
        folder: where the set-up put the texts.
        extra: further contexts by URL, e.g. of a deployment's own credential types. They are trusted like
            those of the manifest, and cannot replace one of them.

    Raises:
        ValueError: ``extra`` names a URL of the manifest.
    """

    def __init__(self, folder: Path = FOLDER, extra: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        manifest = json.loads(MANIFEST.read_text("utf-8"))
        self._folder = folder
        self._files: dict[str, tuple[str, str]] = {
            entry["url"]: (entry["file"], entry["sha256"]) for entry in manifest["contexts"]
        }
        own = {entry["url"]: entry["document"] for entry in manifest["inline"]}
        taken = (self._files.keys() | own.keys()) & set(extra or {})
        if taken:
            raise ValueError(f"these contexts cannot be replaced: {sorted(taken)}")
        self._texts: dict[str, bytes] = {
            url: json.dumps(document, ensure_ascii=False).encode()
            for url, document in {**own, **(extra or {})}.items()
        }
        self._documents: dict[str, Any] = {}

    def urls(self) -> Iterable[str]:
        """Return the URLs of all contexts."""
        return [*self._files, *(url for url in self._texts if url not in self._files)]

    def __contains__(self, url: object) -> bool:
        return url in self._files or url in self._texts

    def text(self, url: str) -> bytes:
        """Return a context's text.

        Raises:
            SchemaError: ``context_unknown``: no such context.
            SourceUnavailableError: ``contexts_missing``: the set-up did not put it there, or it was altered.
        """
        found = self._texts.get(url)
        if found is not None:
            return found
        if url not in self._files:
            raise SchemaError(
                f"The JSON-LD context {shown(url)} is not one this product knows, and contexts are never "
                "fetched. Use a known context, or define the terms inline.",
                code="context_unknown",
                context=shown(url),
            )
        name, digest = self._files[url]
        try:
            found = (self._folder / name).read_bytes()
        except OSError as error:
            raise SourceUnavailableError(
                "The JSON-LD contexts are not installed. Run 'make setup'.", code="contexts_missing"
            ) from error
        if hashlib.sha256(found).hexdigest() != digest:
            raise SourceUnavailableError(
                f"The installed JSON-LD context {url} is not the pinned one. Run 'make setup' again.",
                code="contexts_missing",
            )
        self._texts[url] = found
        return found

    def document(self, url: str) -> Any:
        """Return a context document, parsed once; errors as ``text``. It must not be changed."""
        found = self._documents.get(url)
        if found is None:
            found = self._documents[url] = json.loads(self.text(url))
        return found


@lru_cache(maxsize=1)
def default_loader() -> ContextLoader:
    """Return the loader of the installed contexts."""
    return ContextLoader()
