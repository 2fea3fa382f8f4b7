"""RDF Dataset Canonicalization: canonical labels for blank nodes (RDFC-1.0, sections 4.4 to 4.8).

The algorithm is exponential for graphs made for it ("poison graphs"), and counting nodes does not tell them
from harmless ones. So every step is counted while it runs, and a graph that needs more than ``MAX_WORK`` of
them is refused: the same graph always, on a fast machine and on a slow one.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Final, Literal

from digital_resume.core.errors import LimitError, MalformedError
from digital_resume.core.securing.linked_data.nquads import Quad

HashName = Literal["sha256", "sha384"]

MAX_WORK: Final = 40_000
"""Steps of hashing by neighbours, about 1.7 µs each; the hardest graph of the W3C tests needs 13,000."""

MAX_NESTING: Final = 100


@dataclass(frozen=True, slots=True)
class Canonical:
    """A canonicalised dataset.

    Attributes:
        lines: canonical N-Quads in their order, each with its line end.
        labels: blank node of the input (``_:b0``) to its canonical label without ``_:`` (``c14n0``).
    """

    lines: list[str]
    labels: Mapping[str, str]


def canonicalize_quads(
    quads: Iterable[Quad], *, hash_name: HashName = "sha256", max_work: int = MAX_WORK
) -> Canonical:
    """Canonicalise a dataset.

    Args:
        quads: its quads, in any order, repetitions allowed.
        hash_name: hash of the labelling algorithm.
        max_work: steps after which the graph is refused.

    Raises:
        LimitError: ``poison_graph``.
        MalformedError: a string has a lone surrogate.
    """
    unique = list(dict.fromkeys(quads))
    try:
        "".join(map("".join, unique)).encode()
    except UnicodeEncodeError as error:
        raise MalformedError("A string has a lone surrogate, which is no character.") from error
    labels = _Labelling(unique, hash_name, max_work).run()
    names = {node: f"_:{label}" for node, label in labels.items()}
    lines = []
    for subject, predicate, object_, graph in unique:
        line = f"{names.get(subject, subject)} {predicate} {names.get(object_, object_)}"
        lines.append(f"{line} {names.get(graph, graph)} .\n" if graph else f"{line} .\n")
    lines.sort()
    return Canonical(lines, labels)


class _Issuer:
    """Issues ``prefix0``, ``prefix1`` … in order (section 4.5)."""

    __slots__ = ("issued", "prefix")

    def __init__(self, prefix: str, issued: dict[str, str] | None = None) -> None:
        self.prefix = prefix
        self.issued: dict[str, str] = issued if issued is not None else {}

    def issue(self, node: str) -> str:
        label = self.issued.get(node)
        if label is None:
            label = self.issued[node] = f"{self.prefix}{len(self.issued)}"
        return label

    def copy(self) -> "_Issuer":
        return _Issuer(self.prefix, dict(self.issued))


class _Labelling:
    def __init__(self, quads: Sequence[Quad], hash_name: HashName, max_work: int) -> None:
        self._algorithm = hash_name
        self._work = max_work
        self._quads: dict[str, list[Quad]] = {}
        for quad in quads:
            for node in {quad.subject, quad.object, quad.graph}:
                if node.startswith("_:"):
                    self._quads.setdefault(node, []).append(quad)
        self._neighbours: dict[str, list[tuple[str, str, Quad]]] = {}
        self._first: dict[str, str] = {}
        self._canonical = _Issuer("c14n")

    def run(self) -> dict[str, str]:
        """Return the canonical label of each blank node (section 4.4.3, steps 2 to 5)."""
        by_hash: dict[str, list[str]] = {}
        for node in self._quads:
            self._first[node] = first = self._hash_first_degree(node)
            by_hash.setdefault(first, []).append(node)
        shared = []
        for digest in sorted(by_hash):
            nodes = by_hash[digest]
            if len(nodes) == 1:
                self._canonical.issue(nodes[0])
            else:
                shared.append(nodes)
        for nodes in shared:
            results = []
            for node in nodes:
                if node in self._canonical.issued:
                    continue
                issuer = _Issuer("b")
                issuer.issue(node)
                results.append(self._hash_n_degree(node, issuer, 0))
            for _, issuer in sorted(results, key=lambda result: result[0]):
                for node in issuer.issued:
                    self._canonical.issue(node)
        return self._canonical.issued

    def _hash(self, text: str) -> str:
        return hashlib.new(self._algorithm, text.encode()).hexdigest()

    def _spend(self, steps: int = 1) -> None:
        self._work -= steps
        if self._work < 0:
            raise LimitError(
                "The document's unnamed objects are alike in a way that would take too long to tell apart. "
                "Give them an id.",
                code="poison_graph",
            )

    def _hash_first_degree(self, node: str) -> str:
        """Section 4.6: the node's quads, itself as ``_:a``, other blank nodes as ``_:z``."""
        lines = []
        for quad in self._quads[node]:
            subject, object_, graph = (
                term if not term.startswith("_:") else "_:a" if term == node else "_:z"
                for term in (quad.subject, quad.object, quad.graph)
            )
            line = f"{subject} {quad.predicate} {object_}"
            lines.append(f"{line} {graph} .\n" if graph else f"{line} .\n")
        lines.sort()
        return self._hash("".join(lines))

    def _hash_related(self, related: str, quad: Quad, issuer: _Issuer, position: str) -> str:
        """Section 4.7."""
        label = self._canonical.issued.get(related) or issuer.issued.get(related)
        identifier = f"_:{label}" if label else self._first[related]
        predicate = quad.predicate if position != "g" else ""
        return self._hash(f"{position}{predicate}{identifier}")

    def _neighbours_of(self, node: str) -> list[tuple[str, str, Quad]]:
        """Return the blank nodes beside one, found once: what names none costs nothing when it is visited."""
        found = self._neighbours.get(node)
        if found is None:
            found = self._neighbours[node] = [
                (position, related, quad)
                for quad in self._quads[node]
                for position, related in (("s", quad.subject), ("o", quad.object), ("g", quad.graph))
                if related != node and related.startswith("_:")
            ]
        return found

    def _hash_n_degree(self, node: str, issuer: _Issuer, depth: int) -> tuple[str, _Issuer]:
        """Section 4.8: the node's neighbourhood, over every order of neighbours that hash alike."""
        if depth > MAX_NESTING:
            self._spend(self._work + 1)
        related_by_hash: dict[str, list[str]] = {}
        for position, related, quad in self._neighbours_of(node):
            self._spend()
            digest = self._hash_related(related, quad, issuer, position)
            related_by_hash.setdefault(digest, []).append(related)
        data = []
        for digest in sorted(related_by_hash):
            data.append(digest)
            chosen_path, chosen_issuer = "", issuer
            for order in permutations(related_by_hash[digest]):
                found = self._path(order, issuer, chosen_path, depth)
                if found is not None and (not chosen_path or found[0] < chosen_path):
                    chosen_path, chosen_issuer = found
            data.append(chosen_path)
            issuer = chosen_issuer
        return self._hash("".join(data)), issuer

    def _path(
        self, order: Sequence[str], issuer: _Issuer, chosen: str, depth: int
    ) -> tuple[str, _Issuer] | None:
        """Steps 5.4.1 to 5.4.5: the path of one order, or ``None`` once it cannot be the least."""
        self._spend(1 + len(order) + len(issuer.issued) // 8)
        issuer = issuer.copy()
        path = ""
        recursion = []
        for related in order:
            label = self._canonical.issued.get(related)
            if label is None:
                if related not in issuer.issued:
                    recursion.append(related)
                label = issuer.issue(related)
            path += f"_:{label}"
            if chosen and len(path) >= len(chosen) and path > chosen:
                return None
        for related in recursion:
            digest, result = self._hash_n_degree(related, issuer, depth + 1)
            path += f"_:{issuer.issue(related)}<{digest}>"
            issuer = result
            if chosen and len(path) >= len(chosen) and path > chosen:
                return None
        return path, issuer
