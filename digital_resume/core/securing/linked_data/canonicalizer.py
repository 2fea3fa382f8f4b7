"""From a JSON-LD document to canonical N-Quads, on a planned path or, where there is none, the general."""

import hashlib
from collections.abc import Mapping
from itertools import islice
from operator import eq
from typing import Any

import orjson

from digital_resume.core.encoding.bounded_json import as_list, check_json_value
from digital_resume.core.errors import MalformedError, ResumeError, SchemaError
from digital_resume.core.securing.linked_data.active_context import Processor, safe_json_ld
from digital_resume.core.securing.linked_data.contexts import ContextLoader, default_loader, shown
from digital_resume.core.securing.linked_data.nquads import Quad
from digital_resume.core.securing.linked_data.rdfc import Canonical, HashName, canonicalize_quads
from digital_resume.core.securing.linked_data.term_plan import Blank, ContextStore, NotPlannedError, Walk
from digital_resume.core.securing.linked_data.to_rdf import quads_of


class _Everything:
    """The terms of a vocabulary, which are all names."""

    def __contains__(self, name: object) -> bool:
        return True


class Canonicalizer:
    """Canonicalises JSON-LD documents in safe mode: what a signature would not cover is refused by name.

    Args:
        loader: the contexts that documents may name.
    """

    def __init__(self, loader: ContextLoader | None = None) -> None:
        self.loader = loader or default_loader()
        self._processor = Processor(self.loader)
        self._store = ContextStore(self._processor)

    def canonicalize(self, document: Mapping[str, Any], *, hash_name: HashName = "sha256") -> bytes:
        """Return a document's canonical N-Quads as UTF-8 (RDFC-1.0).

        Args:
            document: JSON-LD with ``@context``, bounded as ``check_json_value`` wants it.
            hash_name: hash of the labelling algorithm.

        Raises:
            SchemaError: ``context_unknown``, ``undefined_term``, ``undefined_type``, ``relative_iri``,
                ``protected_term``, ``language_value`` or ``json_ld``; ``context`` names the term.
            LimitError: ``poison_graph``, or too large.
            MalformedError: not I-JSON.
        """
        self._processor.begin()
        try:
            try:
                return self._planned(document, hash_name)
            except (NotPlannedError, RecursionError):
                return "".join(self.canonicalize_generally(document, hash_name=hash_name).lines).encode()
        except UnicodeEncodeError as error:
            raise MalformedError("A string has a lone surrogate, which is no character.") from error

    def canonicalize_generally(
        self, document: Mapping[str, Any], *, hash_name: HashName = "sha256"
    ) -> Canonical:
        """Canonicalise on the general path, with the labels given to the blank nodes of ``quads``."""
        quads = self.quads(document)
        if not quads:
            raise SchemaError("The document says nothing.", code="json_ld")
        return canonicalize_quads(quads, hash_name=hash_name)

    def quads(self, document: Mapping[str, Any]) -> list[Quad]:
        """Return a document's quads, unlabelled, on the general path; errors as ``canonicalize``."""
        self._processor.begin()
        return quads_of(self.expand(document))

    def expand(self, document: Mapping[str, Any]) -> list[Any]:
        """Return a document's expanded form (JSON-LD 1.1 API, section 5.1); errors as ``canonicalize``."""
        return self._expand(document, [])

    def unnamed_nodes(self, document: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the objects of a document that are nodes without an id; errors as ``canonicalize``.

        They are the document's own objects, so that ``selective`` can name them.
        """
        nodes: list[dict[str, Any]] = []
        self._processor.begin()
        self._expand(document, nodes)
        return nodes

    def defined_terms(self, document: Mapping[str, Any]) -> frozenset[str] | _Everything:
        """Return the terms that a document's contexts and types define at its top; all, with an ``@vocab``.

        Raises:
            SchemaError, LimitError: as ``canonicalize``, of the contexts.
        """
        self._processor.begin()
        processor = self._processor

        def active() -> Any:
            base = whole = processor.apply(processor.initial(), document.get("@context"))
            for name in sorted(each for each in as_list(document.get("type")) if isinstance(each, str)):
                scoped = (base["mappings"].get(name) or {}).get("@context")
                if scoped is not None:
                    whole = processor.apply(whole, scoped, propagate=False)
            return whole

        found = safe_json_ld(active)
        return _Everything() if found.get("@vocab") else frozenset(found["mappings"])

    def _expand(self, document: Mapping[str, Any], unnamed: list[Any]) -> list[Any]:
        if not isinstance(document, dict) or "@context" not in document:
            raise SchemaError("The document has no @context.", code="context")
        check_json_value(document)
        processor = self._processor
        options = {**processor.options, "unnamed": unnamed}
        expanded = safe_json_ld(lambda: processor._expand(processor.initial(), None, document, options))
        if isinstance(expanded, dict) and set(expanded) == {"@graph"}:
            expanded = expanded["@graph"]
        if not expanded:
            raise SchemaError("The document says nothing.", code="json_ld")
        return expanded if isinstance(expanded, list) else [expanded]

    def _planned(self, document: Mapping[str, Any], hash_name: HashName) -> bytes:
        if "@context" not in document or type(document) is not dict:
            raise NotPlannedError
        walk = Walk(verbatim=_is_verbatim(document))
        walk.node(document, self._store.root(document["@context"]))
        blank = walk.blank
        if blank and not _label(blank, hash_name):
            for number, node in enumerate(blank):
                node.label = f"_:b{number}"
            canonical = canonicalize_quads([_quad(line) for line in _lines(walk)], hash_name=hash_name)
            return "".join(canonical.lines).encode()
        # The order of UTF-8 bytes is that of code points, and bytes are sooner sorted and joined.
        lines = list(map(str.encode, _lines(walk)))
        if not lines:
            raise NotPlannedError
        lines.sort()
        # Equal neighbours are sooner found than a set of long lines is made.
        if any(map(eq, lines, islice(lines, 1, None))):
            lines = sorted(set(lines))
        return b"".join(lines)


def _is_verbatim(document: dict[str, Any]) -> bool:
    """Tell whether a document's strings stand in N-Quads as they are: none has an escape in JSON either.

    What N-Quads escapes and JSON does not is DEL and two characters that begin with the byte EF, as do some
    that need none.
    """
    try:
        text = orjson.dumps(document)
    except TypeError:
        raise NotPlannedError from None
    return b"\\" not in text and b"\x7f" not in text and b"\xef" not in text


def _label(blank: list[Blank], hash_name: HashName) -> bool:
    """Label blank nodes whose first-degree hashes all differ (RDFC-1.0, section 4.4.3, steps 3 and 4)."""
    if len(blank) == 1:
        blank[0].label = "_:c14n0"
        return True
    digests: dict[str, Blank] = {}
    new = hashlib.sha256 if hash_name == "sha256" else hashlib.sha384
    for node in blank:
        tails = node.tails
        if len(tails) > 1:
            tails = sorted(set(tails))
        if node.links:
            tails = sorted([*tails, *[f"{predicate}_:z .\n" for predicate, _ in node.links]])
        text = "_:a" + "_:a".join(tails) if tails else ""
        parent = node.parent
        if isinstance(parent, str):
            # An IRI's < comes before the _ of all other lines, and _:z after _:a.
            text = f"{parent}{node.predicate}_:a .\n{text}"
        elif parent is not None:
            text = f"{text}_:z{node.predicate}_:a .\n"
        digests[new(text.encode()).hexdigest()] = node
    if len(digests) != len(blank):
        return False
    for number, digest in enumerate(sorted(digests)):
        digests[digest].label = f"_:c14n{number}"
    return True


def _lines(walk: Walk) -> list[str]:
    """Return the statements of a walk whose unnamed objects are labelled."""
    lines = walk.lines
    for node in walk.blank:
        label, parent = node.label, node.parent
        lines += [label + tail for tail in node.tails]
        if parent is not None:
            subject = parent if isinstance(parent, str) else parent.label
            lines.append(f"{subject}{node.predicate}{label} .\n")
            # Parent and child would keep each other until the garbage collector comes.
            node.parent = None
    return lines


def _quad(line: str) -> Quad:
    subject, predicate, object_ = line[:-3].split(" ", 2)
    return Quad(subject, predicate, object_)


class _Default:
    """The canonicaliser of this process's documents, made when it is first asked for."""

    canonicalizer: Canonicalizer | None = None


def default_canonicalizer() -> Canonicalizer:
    """Return the canonicaliser of the installed contexts, and of the deployment's own (``use_contexts``)."""
    if _Default.canonicalizer is None:
        _Default.canonicalizer = Canonicalizer()
    return _Default.canonicalizer


def use_contexts(own: Mapping[str, Mapping[str, Any]]) -> None:
    """Let documents name contexts of the deployment's own too; called when a process starts.

    Args:
        own: context documents by URL; none takes those of an earlier call away.

    Raises:
        MalformedError: ``contexts_dir_invalid``: one is a pinned context's URL, or cannot be processed.
    """
    if not own:
        _Default.canonicalizer = None
        return
    try:
        canonicalizer = Canonicalizer(ContextLoader(extra=own))
    except ValueError as error:
        raise MalformedError(f"CONTEXTS_DIR: {error}.", code="contexts_dir_invalid") from None
    for url in own:
        try:
            canonicalizer.canonicalize({"@context": [url, {"a": "urn:a"}], "a": ""})
        except ResumeError as error:
            message = f"CONTEXTS_DIR: the context {shown(url)} cannot be processed: {error.message}"
            raise MalformedError(message, code="contexts_dir_invalid") from None
    _Default.canonicalizer = canonicalizer
