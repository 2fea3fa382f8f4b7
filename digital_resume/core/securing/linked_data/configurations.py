"""Canonical proof configurations: what one key signs with differs from proof to proof in ``created`` alone.

A template is the canonical form with a hole for that moment. It is kept under everything else that the form
depends on, to the last character; nothing of a document and nothing that was checked is in it.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from digital_resume.core.encoding.dates import is_usual_stamp
from digital_resume.core.errors import ResumeError
from digital_resume.core.securing.linked_data.canonicalizer import Canonicalizer
from digital_resume.core.securing.linked_data.rdfc import HashName

MAX_TEMPLATES: Final = 1_024
MAX_TEMPLATE_CHARS: Final = 1_024
"""Longest contexts and members together of which a template is kept: 1,024 of them are a few MB."""

_KEPT: Final = ("type", "cryptosuite", "verificationMethod", "proofPurpose")
_MEMBERS: Final = frozenset({*_KEPT, "created"})
_HOLE: Final = "1970-01-01T00:00:00Z"


class _Template(NamedTuple):
    before: bytes
    after: bytes


class Configurations:
    """Canonicalises proof configurations with templates where they can be used.

    Args:
        canonicalizer: canonicalises the others, and makes the templates.
    """

    def __init__(self, canonicalizer: Canonicalizer) -> None:
        self._canonicalizer = canonicalizer
        self._template = lru_cache(maxsize=MAX_TEMPLATES)(self._make)

    def canonicalize(self, options: Mapping[str, Any], context: Any, *, hash_name: HashName) -> bytes:
        """Return the canonical N-Quads of proof options under a document's ``@context``.

        Errors as ``Canonicalizer.canonicalize``.
        """
        template = self._find(options, context, hash_name)
        if template is None:
            configuration = {**options, "@context": context}
            return self._canonicalizer.canonicalize(configuration, hash_name=hash_name)
        created: str = options["created"]
        return b"".join((template.before, created.encode("ascii"), template.after))

    def _find(self, options: Mapping[str, Any], context: Any, hash_name: HashName) -> _Template | None:
        if options.keys() != _MEMBERS or not is_usual_stamp(options["created"]):
            return None
        contexts = tuple(context) if type(context) is list else (context,)
        members = tuple(options[name] for name in _KEPT)
        try:
            # Fails unless all are strings: no context of the document's own, nothing nested.
            chars = len("".join(members + contexts))
        except TypeError:
            return None
        return self._template(members, contexts, hash_name) if chars <= MAX_TEMPLATE_CHARS else None

    def _make(
        self, members: tuple[str, ...], contexts: tuple[str, ...], hash_name: HashName
    ) -> _Template | None:
        configuration = {
            "@context": list(contexts),
            "created": _HOLE,
            **dict(zip(_KEPT, members, strict=True)),
        }
        try:
            text = self._canonicalizer.canonicalize(configuration, hash_name=hash_name)
        except ResumeError:
            # The proof itself is to say what is wrong with it.
            return None
        return _split(text)


def _split(text: bytes) -> _Template | None:
    """Cut the hole out of a canonical form, if nothing but the hole depends on what is put there."""
    before, hole, after = text.partition(b'"' + _HOLE.encode("ascii") + b'"')
    # A line's place is decided before the hole unless another line begins alike, and one blank node's label
    # by nothing.
    start = before[before.rfind(b"\n") + 1 :]
    alike = sum(line.startswith(start) for line in text.split(b"\n"))
    if not hole or _HOLE.encode("ascii") in before + after or alike != 1 or b"_:c14n1" in text:
        return None
    return _Template(before + b'"', b'"' + after)
