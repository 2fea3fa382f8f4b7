"""Term plans: for each active context and term, what to write, so that a document is walked once.

Covered are the shapes of which credentials are made: strings, integers and booleans, plain or typed; IRIs;
objects, named or not; arrays of these; embedded, type-scoped and property-scoped contexts. For anything else
(and for anything wrong) ``NotPlannedError`` takes the general path, which decides and explains.
What is written here is the same as there; its tests compare the two.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

from digital_resume.core.errors import SchemaError
from digital_resume.core.securing.linked_data.active_context import Processor, RawContext, safe_json_ld
from digital_resume.core.securing.linked_data.nquads import IRI, RDF, XSD, escape

MAX_KEPT: Final = 256
"""Most active contexts kept of one kind (known contexts, inline contexts)."""

_MAX_TYPE_SETS: Final = 512
_MAX_TERMS: Final = 4_096
_MAX_VALUES: Final = 64
_MAX_SAFE: Final = 2**53 - 1

# What a plan says of a term; up to VOCABULARY are those whose values are walked.
SKIP, LITERAL, REFERENCE, VOCABULARY, IDENTIFIER, TYPES, OTHER, VALUE = range(8)

# Most IRIs are of these characters alone, which is sooner seen than that they have none of the forbidden
# ones; and what follows a scheme with // is never a prefix's.
_USUAL_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-\[\]_a-z~]*", re.ASCII)
_WEB_IRI: Final = re.compile(r"https?://[!#-;=?-\[\]_a-z~]*", re.ASCII)


class NotPlannedError(Exception):
    """The document has something that plans do not cover."""


class Plan:
    """What one term means in one active context.

    Attributes:
        kind: one of the constants above.
        predicate: ``␠<iri>␠``.
        head: predicate and the quote that opens a literal.
        tail: what follows a string: quote, datatype, end of line.
        boolean: the same for booleans.
        integer: the same for integers.
        prefixes: prefixes that may begin a value that is an IRI.
        vocabulary: IRIs of values that may be terms.
        context: active context of the term's values, before types and ``@context`` of theirs.
        unreverted: the active context that an object of at most two members might mean, or ``None``.
    """

    __slots__ = (
        "boolean",
        "context",
        "head",
        "integer",
        "kind",
        "predicate",
        "prefixes",
        "tail",
        "unreverted",
        "vocabulary",
    )

    def __init__(self, kind: int) -> None:
        self.kind = kind
        self.predicate = self.head = self.tail = self.boolean = self.integer = ""
        self.prefixes: Mapping[str, str] = {}
        self.vocabulary: Mapping[str, str] = {}
        self.context: ActiveContext | None = None
        self.unreverted: ActiveContext | None = None


_SKIP: Final = Plan(SKIP)
_IDENTIFIER: Final = Plan(IDENTIFIER)
_TYPES: Final = Plan(TYPES)
_OTHER: Final = Plan(OTHER)
_VALUE: Final = Plan(VALUE)


class _Terms(dict[str, Plan]):
    """Plans by term, made when first asked for."""

    __slots__ = ("_context",)

    def __init__(self, context: "ActiveContext") -> None:
        self._context = context

    def __missing__(self, term: str) -> Plan:
        plan = self._context.make_plan(term)
        if len(self) < _MAX_TERMS:
            self[term] = plan
        return plan


class _Vocabulary(dict[str, str]):
    """IRIs of the values of a term whose type is ``@vocab``, worked out when first asked for."""

    __slots__ = ("_context",)

    def __init__(self, context: "ActiveContext") -> None:
        self._context = context

    def __missing__(self, value: str) -> str:
        iri = self._context.meaning(value)
        if iri is None:
            raise NotPlannedError
        if len(self) < _MAX_VALUES:
            self[value] = iri
        return iri


def _alias(mappings: Mapping[str, Any], keyword: str) -> str:
    """Return the first term that stands for a keyword; a document that uses another is not planned."""
    return next((t for t, m in mappings.items() if m and m.get("@id") == keyword), keyword)


class ActiveContext:
    """An active context with the plans of its terms and the contexts that follow from it.

    Args:
        store: where contexts are kept.
        raw: the context as pyld made it.
        trusted: whether it is made of known contexts only.
    """

    __slots__ = (
        "_local",
        "_store",
        "_typed",
        "id_key",
        "prefixes",
        "previous",
        "raw",
        "terms",
        "trusted",
        "type_key",
    )

    def __init__(self, store: "ContextStore", raw: RawContext, *, trusted: bool) -> None:
        self._store = store
        self.raw = raw
        self.trusted = trusted
        self.terms = _Terms(self)
        self._typed: dict[Any, tuple[ActiveContext, list[str]]] = {}
        self._local: dict[bytes, ActiveContext] = {}
        mappings = raw["mappings"]
        self.prefixes = {t: m["@id"] for t, m in mappings.items() if m and m.get("_prefix")}
        self.type_key = _alias(mappings, "@type")
        self.id_key = _alias(mappings, "@id")
        previous = raw.get("previousContext")
        self.previous: ActiveContext | None = (
            store.wrap(previous, trusted=trusted) if previous is not None else None
        )

    def typed(self, types: Any) -> tuple["ActiveContext", list[str]]:
        """Return the context that an object's types make of this one, and the statements of its types.

        Raises:
            NotPlannedError: a type that is no IRI, or not a string.
        """
        key = types if type(types) is str else tuple(types) if type(types) is list else None
        try:
            found = self._typed.get(key)
        except TypeError:
            raise NotPlannedError from None
        if found is None:
            if key is None:
                raise NotPlannedError
            found = self._make_typed([key] if type(key) is str else list(key))
            if len(self._typed) >= _MAX_TYPE_SETS:
                self._typed.clear()
            self._typed[key] = found
        return found

    def _make_typed(self, types: list[Any]) -> tuple["ActiveContext", list[str]]:
        lines = []
        for name in types:
            iri = self.meaning(name) if type(name) is str else None
            if iri is None:
                raise NotPlannedError
            lines.append(f" <{RDF}type> <{iri}> .\n")
        raw = self.raw
        for name in sorted(set(types)):
            mapping = self.raw["mappings"].get(name)
            local = mapping.get("@context") if mapping else None
            if local is False:
                raise NotPlannedError
            if local is not None:
                raw = self._store.apply(raw, local, propagate=False)
        context = self if raw is self.raw else self._store.wrap(raw, trusted=self.trusted)
        if context.terms[self.type_key].kind != TYPES:
            raise NotPlannedError
        return context, list(dict.fromkeys(lines))

    def meaning(self, name: str) -> str | None:
        """Return the absolute IRI that a type or vocabulary value stands for, ``None`` when there is none."""
        iri = self._store.expand(self.raw, name)
        return iri if isinstance(iri, str) and IRI.fullmatch(iri) else None

    def local(self, contexts: Any) -> "ActiveContext":
        """Return the context that an embedded ``@context`` makes of this one."""
        trusted = self.trusted and (
            type(contexts) is str or (type(contexts) is list and all(type(c) is str for c in contexts))
        )
        try:
            key = orjson.dumps(contexts)
        except (TypeError, ValueError):
            raise NotPlannedError from None
        found = self._local.get(key)
        if found is None:
            _refuse_propagation(contexts)
            found = self._store.wrap(self._store.apply(self.raw, contexts), trusted=trusted)
            if len(self._local) >= _MAX_TYPE_SETS:
                self._local.clear()
            self._local[key] = found
        return found

    def make_plan(self, term: str) -> Plan:
        """Work out what a term means here."""
        if term == "@context":
            return _SKIP
        meaning = self._store.expand(self.raw, term)
        if meaning == "@id":
            return _IDENTIFIER
        if meaning == "@type":
            return _TYPES
        if meaning == "@value":
            return _VALUE
        mapping = self.raw["mappings"].get(term) or {}
        if (
            not isinstance(meaning, str)
            or not IRI.fullmatch(meaning)
            or mapping.get("reverse")
            or not set(mapping.get("@container") or ()) <= {"@set"}
            or any(name in mapping for name in ("@language", "@direction", "@nest", "@index"))
            or "@language" in self.raw
            or "@direction" in self.raw
            or "@base" in self.raw
        ):
            return _OTHER
        return self._plan_property(term, meaning, mapping)

    def _plan_property(self, term: str, iri: str, mapping: Mapping[str, Any]) -> Plan:
        datatype = mapping.get("@type", "@none")
        if datatype == "@none":
            plan = Plan(LITERAL)
            plan.tail = '" .\n'
            plan.boolean, plan.integer = (f'"^^<{XSD}{name}> .\n' for name in ("boolean", "integer"))
        elif datatype in ("@id", "@vocab"):
            plan = Plan(REFERENCE if datatype == "@id" else VOCABULARY)
        elif datatype != XSD + "double" and IRI.fullmatch(datatype):
            plan = Plan(LITERAL)
            suffix = "" if datatype == XSD + "string" else f"^^<{datatype}>"
            plan.tail = plan.boolean = plan.integer = f'"{suffix} .\n'
        else:
            return _OTHER
        plan.predicate = f" <{iri}> "
        plan.head = plan.predicate + '"'
        before = self
        scoped = mapping.get("@context")
        if scoped is not None:
            local = None if scoped is False else scoped
            raw = self._store.apply(self.raw, local, override_protected=True)
            if raw["mappings"].get(term) != mapping or any(
                name in raw for name in ("@language", "@direction", "@base")
            ):
                return _OTHER
            before = self._store.wrap(raw, trusted=self.trusted)
            reverted = before.previous or before
            plan.context = self._store.wrap(
                self._store.apply(reverted.raw, local, override_protected=True), trusted=self.trusted
            )
        else:
            plan.context = self.previous or self
        plan.unreverted = before if before.previous is not None else None
        plan.prefixes = before.prefixes
        plan.vocabulary = _Vocabulary(before)
        return plan


class ContextStore:
    """Keeps active contexts; those made of known contexts apart from those that a document brings along.

    A document's own contexts can be of any number and are thrown away together when there are too many; the
    known ones stay.
    """

    def __init__(self, processor: Processor) -> None:
        self._processor = processor
        self._roots: dict[bool, dict[Any, ActiveContext]] = {True: {}, False: {}}
        self._wrapped: dict[bool, dict[str, ActiveContext]] = {True: {}, False: {}}

    def root(self, contexts: Any) -> ActiveContext:
        """Return the active context of a document.

        Raises:
            SchemaError: a context is unknown or wrong.
            LimitError: the contexts are too much work.
        """
        key: Any = contexts
        trusted = True
        if type(contexts) is list:
            key = tuple(contexts)
            trusted = all(type(entry) is str for entry in contexts)
        elif type(contexts) is not str:
            trusted = False
        if not trusted:
            try:
                key = orjson.dumps(contexts)
            except (TypeError, ValueError) as error:
                raise SchemaError("The @context is not JSON.", code="context") from error
        found = self._roots[trusted].get(key)
        if found is None:
            _refuse_propagation(contexts)
            # One entry after the other, so that what documents have in common is processed once.
            entries = contexts if isinstance(contexts, list) else [contexts]
            if entries and len(entries) > 1:
                raw = self.apply(self.root(entries[:-1]).raw, entries[-1])
            else:
                raw = self.apply(self._processor.initial(), contexts)
            found = self.wrap(raw, trusted=trusted)
            self._roots[trusted][key] = found
        return found

    def wrap(self, raw: RawContext, *, trusted: bool) -> ActiveContext:
        """Return the one ``ActiveContext`` of a processed context."""
        kept = self._wrapped[trusted]
        key = raw.get("_uuid")
        found = kept.get(key) if key is not None else None
        if found is None:
            if len(kept) >= MAX_KEPT or len(self._roots[trusted]) >= MAX_KEPT:
                kept.clear()
                self._roots[trusted].clear()
            found = ActiveContext(self, raw, trusted=trusted)
            if key is not None:
                kept[key] = found
        return found

    def apply(
        self, raw: RawContext, local: Any, *, override_protected: bool = False, propagate: bool = True
    ) -> RawContext:
        """Return what a local context makes of an active one; errors as ``root``."""
        found: RawContext = safe_json_ld(
            lambda: self._processor.apply(
                raw, local, override_protected=override_protected, propagate=propagate
            )
        )
        return found

    def expand(self, raw: RawContext, term: str) -> Any:
        """Return the IRI or keyword that a term or compact IRI stands for, or whatever pyld makes of it."""
        return safe_json_ld(lambda: self._processor._expand_iri(raw, term, vocab=True))


def _refuse_propagation(contexts: Any) -> None:
    """Leave a context with @propagate to the general path: its place in an array changes its effect."""
    for entry in contexts if isinstance(contexts, list) else [contexts]:
        if isinstance(entry, dict) and "@propagate" in entry:
            raise NotPlannedError


class Blank:
    """An object without identifier: it has no name before its label is known.

    Attributes:
        label: its term, once labelled.
        tails: its statements without the subject.
        links: predicate and object of the statements about other unnamed objects.
        parent: the object that refers to it (its term, when it has one), or ``None`` for the document itself.
        predicate: with which predicate.
    """

    __slots__ = ("label", "links", "parent", "predicate", "tails")

    def __init__(self, parent: "str | Blank | None", predicate: str) -> None:
        self.label = ""
        self.tails: list[str] = []
        self.links: list[tuple[str, Blank]] = []
        self.parent = parent
        self.predicate = predicate


class Walk:
    """One pass over one document; afterwards ``lines`` and ``blank`` hold what it says.

    Attributes:
        lines: the statements about named objects whose object is no unnamed one.
        blank: the unnamed objects with theirs, and with who refers to them.

    Args:
        verbatim: whether no string of the document needs an escape, which one look at all of it tells.
    """

    __slots__ = ("_verbatim", "blank", "lines")

    def __init__(self, *, verbatim: bool = False) -> None:
        self.lines: list[str] = []
        self.blank: list[Blank] = []
        self._verbatim = verbatim

    def node(
        self,
        members: dict[str, Any],
        context: ActiveContext,
        parent: str | Blank | None = None,
        predicate: str = "",
    ) -> str | Blank:
        """Walk one object; ``parent`` is ``None`` for the document itself, whose context is known.

        Raises:
            NotPlannedError: it has something that plans do not cover.
        """
        if parent is not None and "@context" in members:
            context = context.local(members["@context"])
        type_key = context.type_key
        types = members.get(type_key)
        type_lines: list[str] = []
        if types is not None:
            context, type_lines = context.typed(types)
        id_key = context.id_key
        identifier = members.get(id_key)
        this: str | Blank
        if identifier is not None:
            this = subject = f"<{_iri(identifier, context.prefixes)}>"
            out = self.lines
            for line in type_lines:
                out.append(subject + line)
        else:
            this, subject = Blank(parent, predicate), ""
            self.blank.append(this)
            out = this.tails
            out += type_lines
        verbatim, terms = self._verbatim, context.terms
        for name, value in members.items():
            plan = terms[name]
            kind = plan.kind
            if kind == LITERAL and type(value) is str:
                text = value if verbatim else escape(value)
                out.append(f"{subject}{plan.head}{text}{plan.tail}")
            elif kind <= VOCABULARY:
                if kind != SKIP:
                    self._value(this, plan, value)
            elif kind == IDENTIFIER:
                if name != id_key or value is None:
                    raise NotPlannedError
            elif kind != TYPES or name != type_key or value is None:
                raise NotPlannedError
        return this

    def _value(self, this: str | Blank, plan: Plan, value: Any) -> None:
        kind = type(value)
        if kind is dict:
            self._object(this, plan, value)
        elif kind is list:
            for entry in value:
                if type(entry) is list:
                    raise NotPlannedError
                self._value(this, plan, entry)
        elif kind is str:
            if plan.kind == LITERAL:
                tail = f"{plan.head}{value if self._verbatim else escape(value)}{plan.tail}"
            elif plan.kind == REFERENCE:
                tail = f"{plan.predicate}<{_iri(value, plan.prefixes)}> .\n"
            else:
                tail = f"{plan.predicate}<{plan.vocabulary[value]}> .\n"
            self._say(this, tail)
        elif kind is bool and plan.kind == LITERAL:
            self._say(this, plan.head + ("true" if value else "false") + plan.boolean)
        elif kind is int and plan.kind == LITERAL and -_MAX_SAFE <= value <= _MAX_SAFE:
            self._say(this, plan.head + str(value) + plan.integer)
        elif value is not None:
            raise NotPlannedError

    def _say(self, this: str | Blank, tail: str) -> None:
        if isinstance(this, str):
            self.lines.append(this + tail)
        else:
            this.tails.append(tail)

    def _object(self, this: str | Blank, plan: Plan, value: dict[str, Any]) -> None:
        context = plan.context
        assert context is not None
        if plan.unreverted is not None and len(value) <= 2:
            # A value object or a mere reference keeps the type-scoped context; only here it could matter.
            for name in value:
                meaning = plan.unreverted.terms[name].kind
                if meaning == VALUE:
                    raise NotPlannedError
                if meaning == IDENTIFIER and len(value) == 1:
                    context = plan.unreverted
        child = self.node(value, context, this, plan.predicate)
        if isinstance(child, str):
            self._say(this, f"{plan.predicate}{child} .\n")
        elif isinstance(this, Blank):
            this.links.append((plan.predicate, child))


def _iri(value: Any, prefixes: Mapping[str, str]) -> str:
    if type(value) is not str:
        raise NotPlannedError
    if _WEB_IRI.fullmatch(value):
        return value
    if not _USUAL_IRI.fullmatch(value) and not IRI.fullmatch(value):
        raise NotPlannedError
    scheme, _, rest = value.partition(":")
    if scheme not in prefixes or rest.startswith("//"):
        return value
    expanded = prefixes[scheme] + rest
    if not IRI.fullmatch(expanded):
        raise NotPlannedError
    return expanded
