"""Selecting statements of a document with JSON pointers (vc-di-ecdsa sections 3.4.1 to 3.4.16).

To tell an object of a selection from an object of the whole, every unnamed object first gets a name that only
lives here (skolemisation). The specification expands and compacts the document for that, which also changes
arrays of one element and so what a pointer means; here pyld says which objects are nodes, and they are named
where they stand.
"""

import copy
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from digital_resume.core.errors import LimitError, MalformedError, SchemaError
from digital_resume.core.securing.linked_data.canonicalizer import Canonicalizer
from digital_resume.core.securing.linked_data.nquads import Quad, format_quad
from digital_resume.core.securing.linked_data.rdfc import canonicalize_quads

MAX_POINTERS: Final = 512
_MAX_POINTER_CHARS: Final = 1_024
_POINTER: Final = re.compile(r"(?:/(?:[^~/]|~[01])*)*", re.DOTALL)
_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,6}", re.ASCII)

LabelMap = Callable[[Mapping[str, str]], Mapping[str, str]]
"""Makes final labels of canonical ones: of blank node → ``c14n0`` blank node → label without ``_:``."""


def parse_pointer(pointer: object) -> list[str]:
    """Return the reference tokens of a JSON pointer (RFC 6901).

    Raises:
        MalformedError: not a JSON pointer.
    """
    if (
        not isinstance(pointer, str)
        or len(pointer) > _MAX_POINTER_CHARS
        or _POINTER.fullmatch(pointer) is None
    ):
        raise MalformedError("A pointer is not a JSON pointer (RFC 6901).", code="pointer")
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def select(document: Mapping[str, Any], pointers: Sequence[str]) -> dict[str, Any] | None:
    """Return the part of a document that pointers select, with the ids and types on the way (3.4.13).

    Args:
        document: compact JSON-LD.
        pointers: JSON pointers; the empty one is the whole document.

    Returns:
        The selection, or ``None`` when there are no pointers.

    Raises:
        MalformedError: ``pointer``: not a pointer, or it leads nowhere.
        LimitError: too many pointers.
    """
    if len(pointers) > MAX_POINTERS:
        raise LimitError(f"There are more than {MAX_POINTERS} pointers.")
    if not pointers:
        return None
    selection: dict[str, Any] = {"@context": copy.deepcopy(document.get("@context")), **_identity(document)}
    for pointer in pointers:
        tokens = parse_pointer(pointer)
        if not tokens:
            return copy.deepcopy(dict(document))
        _select_path(document, tokens, selection)
    return {name: _dense(value) for name, value in selection.items()}


class _Sparse(dict[int, Any]):
    """An array of which only some elements are selected."""


def _identity(source: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name in ("id", "@id", "type", "@type"):
        value = source.get(name)
        if value and not (name in ("id", "@id") and isinstance(value, str) and value.startswith("_:")):
            found[name] = copy.deepcopy(value)
    return found


def _select_path(document: Mapping[str, Any], tokens: Sequence[str], selection: Any) -> None:
    value: Any = document
    selected: Any = selection
    for position, token in enumerate(tokens):
        key: Any = token
        if isinstance(value, list):
            key = int(token) if _INDEX.fullmatch(token) else -1
            found = 0 <= key < len(value)
        else:
            found = isinstance(value, Mapping) and token in value
        if not found:
            raise MalformedError("A pointer does not lead to a value of the document.", code="pointer")
        value = value[key]
        if not isinstance(selected, (dict, _Sparse)):
            return  # an enclosing array was selected as a whole
        if position == len(tokens) - 1:
            _put(selected, key, value)
            return
        if key not in selected:
            selected[key] = _Sparse() if isinstance(value, list) else _start(value)
        selected = selected[key]


def _start(value: Any) -> Any:
    return _identity(value) if isinstance(value, Mapping) else value


def _put(selected: Any, key: Any, value: Any) -> None:
    if isinstance(value, Mapping):
        selected[key] = {**selected.get(key, {}), **copy.deepcopy(dict(value))}
    else:
        selected[key] = copy.deepcopy(value)


def _dense(value: Any) -> Any:
    if isinstance(value, _Sparse):
        return [_dense(value[index]) for index in sorted(value)]
    if isinstance(value, dict):
        return {name: _dense(item) for name, item in value.items()}
    return value


@dataclass(frozen=True, slots=True)
class Group:
    """The statements that one set of pointers selects.

    Attributes:
        matching: index in all canonical statements, and the statement, in order.
        quads: the selected statements with the blank nodes of the whole document.
    """

    matching: Mapping[int, str]
    quads: Sequence[Quad]


@dataclass(frozen=True, slots=True)
class Grouped:
    """A document's canonical statements and how pointers divide them.

    Attributes:
        lines: all statements with their final labels, in order.
        labels: blank node of the quads → final label, without ``_:``.
        groups: by the name of the set of pointers.
    """

    lines: Sequence[str]
    labels: Mapping[str, str]
    groups: Mapping[str, Group]


def relabel(quads: Sequence[Quad], labels: Mapping[str, str]) -> list[str]:
    """Return the lines of quads whose blank nodes get new labels."""
    names = {node: f"_:{label}" for node, label in labels.items()}
    return [
        format_quad(
            Quad(
                names.get(quad.subject, quad.subject),
                quad.predicate,
                names.get(quad.object, quad.object),
                names.get(quad.graph, quad.graph),
            )
        )
        for quad in dict.fromkeys(quads)
    ]


def group_statements(
    document: Mapping[str, Any],
    pointers: Mapping[str, Sequence[str]],
    make_labels: LabelMap,
    canonicalizer: Canonicalizer,
) -> Grouped:
    """Canonicalise a document with labels of one's own and divide its statements (section 3.4.16).

    Raises:
        SchemaError: as ``Canonicalizer.canonicalize``; ``not_selectable``: a pointer selects an RDF list, a
            graph or a blank node's identifier, which the other side could not tell apart.
        MalformedError: a pointer leads nowhere.
    """
    skolemised, prefix = _skolemise(document, canonicalizer)
    quads = _deskolemised(canonicalizer.quads(skolemised), prefix)
    labels = make_labels(canonicalize_quads(quads).labels)
    lines = sorted(relabel(quads, labels))
    index_of = {line: index for index, line in enumerate(lines)}
    groups = {}
    for name, chosen in pointers.items():
        selection = select(skolemised, chosen)
        selected = _deskolemised(canonicalizer.quads(selection), prefix) if selection is not None else []
        found = relabel(selected, labels)
        if any(_has_other_blank(quad) for quad in selected) or not all(line in index_of for line in found):
            raise SchemaError(
                "A part of the document that a pointer selects cannot be disclosed on its own.",
                code="not_selectable",
            )
        groups[name] = Group({i: lines[i] for i in sorted({index_of[line] for line in found})}, selected)
    return Grouped(lines, labels, groups)


def _skolemise(document: Mapping[str, Any], canonicalizer: Canonicalizer) -> tuple[dict[str, Any], str]:
    named = copy.deepcopy(dict(document))
    prefix = f"urn:bnid:{secrets.token_hex(16)}:"
    for number, node in enumerate(canonicalizer.unnamed_nodes(named)):
        node["@id"] = f"{prefix}{number}"
    return named, prefix


def _has_other_blank(quad: Quad) -> bool:
    return any(term.startswith("_:") and not term.startswith("_:s") for term in quad)


def _deskolemised(quads: Sequence[Quad], prefix: str) -> list[Quad]:
    start = f"<{prefix}"

    def blank(term: str) -> str:
        return f"_:s{term[len(start) : -1]}" if term.startswith(start) else term

    return [Quad(blank(s), p, blank(o), blank(g)) for s, p, o, g in quads]
