"""From an expanded document to quads (JSON-LD 1.1 API, section 7), refusing whatever would be dropped.

Differs from the specification's deserialisation on purpose: a relative IRI, a blank node as a predicate and a
malformed language tag are errors, since a signature would not cover them. Base direction is kept as an
``i18n`` datatype, as the suites in use do. Nodes need not be merged first: a dataset is a set.
"""

import math
import re
from typing import Any, Final

from digital_resume.core.encoding.jcs import canonicalize, is_double
from digital_resume.core.errors import LimitError, MalformedError, SchemaError
from digital_resume.core.securing.linked_data.contexts import shown
from digital_resume.core.securing.linked_data.nquads import IRI, MAX_QUADS, RDF, XSD, Quad, literal

_MAX_SAFE: Final = 2**53 - 1
_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*", re.ASCII)
_TYPE: Final = f"<{RDF}type>"
_KEYWORDS: Final = frozenset({"@id", "@type", "@index", "@graph", "@reverse", "@included"})


def quads_of(expanded: list[Any]) -> list[Quad]:
    """Return the quads of an expanded document; blank nodes are named ``_:b0``, ``_:b1`` …

    Raises:
        SchemaError: ``relative_iri``, ``language_value``, ``json_ld``: something would be lost.
        MalformedError: a number without a canonical form.
        LimitError: more than ``MAX_QUADS``.
    """
    writer = _Writer()
    for node in expanded:
        writer.top_level(node, "")
    return writer.quads


def format_double(value: float) -> str:
    """Return the canonical form of an xsd:double, e.g. ``5.3E0``."""
    if not math.isfinite(value):
        raise MalformedError("JSON has no NaN and no Infinity.")
    mantissa, exponent = f"{value:.15E}".split("E")
    mantissa = mantissa.rstrip("0")
    return f"{mantissa}{'0' if mantissa.endswith('.') else ''}E{int(exponent)}"


class _Writer:
    def __init__(self) -> None:
        self.quads: list[Quad] = []
        self._names: dict[str, str] = {}
        self._count = 0

    def _blank(self, name: str = "") -> str:
        if name:
            found = self._names.get(name)
            if found is None:
                found = self._names[name] = self._blank()
            return found
        label = f"_:b{self._count}"
        self._count += 1
        return label

    def _add(self, subject: str, predicate: str, object_: str, graph: str) -> None:
        if len(self.quads) >= MAX_QUADS:
            raise LimitError(f"The document makes more than {MAX_QUADS} statements.")
        self.quads.append(Quad(subject, predicate, object_, graph))

    def top_level(self, node: Any, graph: str) -> None:
        """Write a node that nothing refers to; one that says nothing would be lost."""
        if not isinstance(node, dict) or not node.keys() - {"@id", "@index"}:
            raise SchemaError("An object of a graph says nothing, so no signature covers it.", code="json_ld")
        if "@value" in node or "@list" in node:
            raise SchemaError("A graph holds a value that belongs to no object.", code="json_ld")
        self._node(node, graph)

    def _name(self, value: Any, what: str) -> str:
        if isinstance(value, str):
            if value.startswith("_:"):
                return self._blank(value)
            if IRI.fullmatch(value):
                return f"<{value}>"
        raise SchemaError(f"{what} is not an absolute IRI.", code="relative_iri")

    def _node(self, node: dict[str, Any], graph: str) -> str:
        subject = self._name(node["@id"], "An id") if "@id" in node else self._blank()
        for kind in node.get("@type", ()):
            self._add(subject, _TYPE, self._name(kind, "A type"), graph)
        for inner in node.get("@graph", ()):
            self.top_level(inner, subject)
        for included in node.get("@included", ()):
            self.top_level(included, graph)
        for name, items in node.get("@reverse", {}).items():
            predicate = self._predicate(name)
            for item in items:
                self._add(self._node(item, graph), predicate, subject, graph)
        for name, items in node.items():
            if name not in _KEYWORDS:
                predicate = self._predicate(name)
                for item in items:
                    self._add(subject, predicate, self._object(item, name, graph), graph)
        return subject

    def _predicate(self, name: str) -> str:
        if not IRI.fullmatch(name):
            raise SchemaError(f"The property '{shown(name)}' is not an absolute IRI.", code="relative_iri")
        return f"<{name}>"

    def _object(self, item: Any, name: str, graph: str) -> str:
        if not isinstance(item, dict):
            raise SchemaError(f"A value of {shown(name)} cannot be expressed in RDF.", code="json_ld")
        if "@value" in item:
            return _value(item)
        if "@list" in item:
            return self._list(item["@list"], name, graph)
        if "@id" in item and not isinstance(item["@id"], str):
            raise SchemaError(f"A value of {shown(name)} is not an absolute IRI.", code="relative_iri")
        return self._node(item, graph)

    def _list(self, items: list[Any], name: str, graph: str) -> str:
        # From the end, so that each element knows what follows it.
        following = f"<{RDF}nil>"
        for item in reversed(items):
            cell = self._blank()
            self._add(cell, f"<{RDF}first>", self._object(item, name, graph), graph)
            self._add(cell, f"<{RDF}rest>", following, graph)
            following = cell
        return following


def _value(item: dict[str, Any]) -> str:
    value, datatype = item["@value"], item.get("@type", "")
    if isinstance(value, list) and len(value) == 1 and datatype != "@json":
        value = value[0]
    if datatype == "@json":
        return literal(canonicalize(value).decode(), RDF + "JSON")
    if not isinstance(datatype, str) or (datatype and not IRI.fullmatch(datatype)):
        raise SchemaError("A value's type is not an absolute IRI.", code="relative_iri")
    if isinstance(value, bool):
        return literal("true" if value else "false", datatype or XSD + "boolean")
    if isinstance(value, (int, float)):
        return _number(value, datatype)
    if not isinstance(value, str):
        raise SchemaError("A value cannot be expressed in RDF.", code="json_ld")
    # A string stays as it is, whatever its type (step 10 of JSON-LD's Object to RDF is about numbers): two
    # texts of one number are two statements, and the signature covers one of them.
    language = item.get("@language", "")
    if isinstance(language, list):
        language = language[0] if len(language) == 1 else None
    if language and not (isinstance(language, str) and _LANGUAGE.fullmatch(language)):
        raise SchemaError("A value's @language is not a language tag (BCP 47).", code="language_value")
    direction = item.get("@direction", "")
    if isinstance(direction, list):
        direction = direction[0] if direction else ""
    if direction:
        return literal(value, f"https://www.w3.org/ns/i18n#{language or ''}_{direction}")
    return literal(value, datatype, language or "")


def _number(value: float, datatype: str) -> str:
    # A JSON number has no kind: 5.0 is the integer 5, and 1e21 is beyond what is written as an integer.
    if isinstance(value, float) and (not math.isfinite(value) or not value.is_integer()):
        return literal(format_double(value), datatype or XSD + "double")
    if isinstance(value, int) and not is_double(value):
        raise MalformedError("An integer that is not exactly a double has no canonical form; use a string.")
    if abs(value) >= 10**21 or datatype == XSD + "double":
        return literal(format_double(float(value)), datatype or XSD + "double")
    exact = int(value) if -_MAX_SAFE <= value <= _MAX_SAFE else int(float(value))
    return literal(str(exact), datatype or XSD + "integer")
