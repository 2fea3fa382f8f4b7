"""From a JSON-LD document to canonical N-Quads: the planned way when it can be gone, the general way else."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from core.errors import MalformedError, SchemaError
from core.securing.encoding import check_json_value
from core.securing.linked_data.active_context import Processor, safe_json_ld
from core.securing.linked_data.contexts import ContextLoader, default_loader
from core.securing.linked_data.nquads import Quad
from core.securing.linked_data.rdfc import Canonical, HashName, canonicalize_quads
from core.securing.linked_data.term_plan import ContextStore, Node, NotPlannedError, Walk
from core.securing.linked_data.to_rdf import quads_of


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
            lines = self._planned(document, hash_name)
        except (NotPlannedError, RecursionError):
            lines = self.canonicalize_generally(document, hash_name=hash_name).lines
        try:
            return "".join(lines).encode()
        except UnicodeEncodeError as error:
            raise MalformedError("A string has a lone surrogate, which is no character.") from error

    def canonicalize_generally(
        self, document: Mapping[str, Any], *, hash_name: HashName = "sha256"
    ) -> Canonical:
        """Canonicalise the general way, with the labels given to the blank nodes of ``quads``."""
        quads = self.quads(document)
        if not quads:
            raise SchemaError("The document says nothing.", code="json_ld")
        return canonicalize_quads(quads, hash_name=hash_name)

    def quads(self, document: Mapping[str, Any]) -> list[Quad]:
        """Return a document's quads, unlabelled, the general way; errors as ``canonicalize``."""
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

    def _planned(self, document: Mapping[str, Any], hash_name: HashName) -> list[str]:
        if "@context" not in document or type(document) is not dict:
            raise NotPlannedError
        walk = Walk()
        top = walk.node(document, self._store.root(document["@context"]), root=True)
        if not top.tails and not top.links:
            raise NotPlannedError
        blank = walk.blank
        if len(blank) == 1:
            blank[0].subject = "_:c14n0"
        elif blank and not _label(blank, hash_name):
            return canonicalize_quads(_quads(walk.nodes), hash_name=hash_name).lines
        lines: list[str] = []
        for node in walk.nodes:
            subject = node.subject
            lines += [subject + tail for tail in node.tails]
            for predicate, child in node.links:
                lines.append(f"{subject}{predicate}{child.subject} .\n")
                # Parent and child would keep each other until the garbage collector comes.
                child.parent = None
        return sorted(set(lines))


def _label(blank: list[Node], hash_name: HashName) -> bool:
    """Label blank nodes whose first-degree hashes all differ (RDFC-1.0, section 4.4.3, steps 3 and 4)."""
    digests: dict[str, Node] = {}
    new = hashlib.sha256 if hash_name == "sha256" else hashlib.sha384
    for node in blank:
        lines = ["_:a" + tail for tail in dict.fromkeys(node.tails)]
        lines += [f"_:a{predicate}_:z .\n" for predicate, _ in node.links]
        if node.parent is not None:
            parent, predicate = node.parent
            lines.append(f"{parent.subject or '_:z'}{predicate}_:a .\n")
        lines.sort()
        digests[new("".join(lines).encode("utf-8", "surrogatepass")).hexdigest()] = node
    if len(digests) != len(blank):
        return False
    for number, digest in enumerate(sorted(digests)):
        digests[digest].subject = f"_:c14n{number}"
    return True


def _quads(nodes: list[Node]) -> list[Quad]:
    names = {id(node): node.subject or f"_:b{number}" for number, node in enumerate(nodes)}
    quads = []
    for node in nodes:
        subject = names[id(node)]
        for tail in node.tails:
            # ␠<predicate>␠object␠.\n
            predicate, object_ = tail[1:-3].split(" ", 1)
            quads.append(Quad(subject, predicate, object_))
        quads += [Quad(subject, predicate.strip(), names[id(child)]) for predicate, child in node.links]
    return quads


@lru_cache(maxsize=1)
def default_canonicalizer() -> Canonicalizer:
    """Return the canonicaliser of the installed contexts."""
    return Canonicalizer()
