"""Active contexts: what a document's terms mean (JSON-LD 1.1 API, section 4), processed by pyld and kept.

What pyld is not left to do:

- It loads nothing: a URL is one of the ``ContextLoader``'s contexts, or an error.
- Its own cache of processed contexts is not used: the cache does not tell whether protected terms might be
  overridden, so the first use would decide for later ones.
- It validates every scoped context when the surrounding one is defined, a cost that grows with a hostile
  context's size; here a scoped context is processed when it is used.
- It reports dropped terms after the fact; ``Processor`` refuses them by name.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson
from pyld.jsonld import JsonLdError, JsonLdProcessor
from pyld.resolved_context import ResolvedContext

from digital_resume.core.errors import LimitError, ResumeError, SchemaError
from digital_resume.core.securing.linked_data.contexts import ContextLoader, shown
from digital_resume.core.securing.linked_data.nquads import IRI

RawContext = Mapping[str, Any]
"""An active context as pyld makes it."""

MAX_CONTEXT_WORK: Final = 20_000
"""Most term definitions processed for one document; all known contexts together have about 1,500."""

_MAX_KEPT: Final = 256
_MAX_NESTED_URLS: Final = 8
_KEYWORD: Final = re.compile(r"@[a-zA-Z]+")
_PROTECTED: Final = frozenset({"protected term redefinition", "invalid context nullification"})
_BASE_OPTIONS: Final[dict[str, Any]] = {
    "isFrame": False,
    "keepFreeFloatingNodes": False,
    "processingMode": "json-ld-1.1",
    "base": "",
    "unnamed": [],
}


def safe_json_ld(work: Callable[[], Any]) -> Any:
    """Run ``work`` and turn whatever pyld raises into a ``SchemaError``.

    Raises:
        SchemaError: ``protected_term`` or ``json_ld``; core's own errors pass.
    """
    try:
        return work()
    except ResumeError:
        raise
    except JsonLdError as error:
        raise _schema_error(error) from error
    # pyld raises whatever its Python raises when a context or document has a form it does not expect.
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise SchemaError("The document or its context is not JSON-LD 1.1.", code="json_ld") from error


def _schema_error(error: JsonLdError) -> SchemaError:
    root: BaseException = error
    while isinstance(root.__cause__, JsonLdError):
        root = root.__cause__
    if isinstance(root.__cause__, ResumeError):
        raise root.__cause__
    code = str(getattr(root, "code", None) or "")
    if code in _PROTECTED:
        term = shown(str(getattr(root, "term", "")))
        return SchemaError(
            f"The context redefines the protected term '{term}'."
            if term
            else "A context takes protected terms away.",
            code="protected_term",
            term=term,
        )
    return SchemaError(
        f"The document or its context is not JSON-LD 1.1: {code or 'syntax error'}.", code="json_ld"
    )


class Processor(JsonLdProcessor):  # type: ignore[misc]  # pyld has no types
    """pyld's processor, made strict: nothing is dropped, nothing fetched, the work bounded."""

    def __init__(self, loader: ContextLoader) -> None:
        super().__init__()
        self._loader = loader
        self._kept: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
        self._allowance = threading.local()
        self.options: dict[str, Any] = {**_BASE_OPTIONS, "contextResolver": self}

    def begin(self) -> None:
        """Give the next document its full allowance of context work."""
        self._allowance.left = MAX_CONTEXT_WORK

    def initial(self) -> Any:
        """Return the initial active context."""
        return self._get_initial_context(self.options)

    def apply(
        self, active: Any, local: Any, *, override_protected: bool = False, propagate: bool = True
    ) -> Any:
        """Return the active context that a local context makes of another."""
        return self._process_context(active, local, self.options, override_protected, propagate)

    def resolve(self, _active: Any, context: Any, _base: str, _cycles: Any = None) -> list[ResolvedContext]:
        """Find the contexts of a local context; called by pyld as its context resolver."""
        return [ResolvedContext(document) for document in self._documents(context, 0)]

    def _documents(self, context: Any, depth: int) -> list[Any]:
        if depth > _MAX_NESTED_URLS:
            raise LimitError("Contexts name further contexts too deeply.")
        if isinstance(context, Mapping) and "@context" in context:
            context = context["@context"]
        found: list[Any] = []
        for entry in context if isinstance(context, list) else [context]:
            if isinstance(entry, str):
                document = self._loader.document(entry)
                found.extend(self._documents(document.get("@context", {}), depth + 1))
            elif entry is None or entry is False:
                found.append(False)
            elif isinstance(entry, Mapping):
                if "@import" in entry:
                    raise SchemaError("A context with @import is not supported here.", code="json_ld")
                self._allowance.left = left = (
                    getattr(self._allowance, "left", MAX_CONTEXT_WORK) - 1 - len(entry)
                )
                if left < 0:
                    raise LimitError("The document's contexts define too many terms.")
                found.append(entry)
            else:
                raise SchemaError("Each @context must be a URL, an object or null.", code="context")
        return found

    def _process_context(  # noqa: PLR0917 -- pyld calls it so
        self,
        active_ctx: Any,
        local_ctx: Any,
        options: Any,
        override_protected: bool = False,
        propagate: bool = True,
        validate_scoped: bool = True,
        cycles: Any = None,
    ) -> Any:
        if cycles is not None:
            return active_ctx
        key = (
            active_ctx.get("_uuid"),
            orjson.dumps(local_ctx, default=dict),
            override_protected,
            propagate,
        )
        found = self._kept.get(key)
        if found is None:
            found = super()._process_context(
                active_ctx, local_ctx, options, override_protected, propagate, validate_scoped
            )
            if key[0] is not None:
                self._kept[key] = found
                if len(self._kept) > _MAX_KEPT:
                    self._kept.popitem(last=False)
        return found

    def _create_term_definition(
        self, active_ctx: Any, local_ctx: Any, term: str, *arguments: Any, **named: Any
    ) -> None:
        try:
            super()._create_term_definition(active_ctx, local_ctx, term, *arguments, **named)
        except JsonLdError as error:
            if getattr(error, "code", None) in _PROTECTED and not hasattr(error, "term"):
                error.term = term
            raise

    def _expand_iri(  # noqa: PLR0917 -- pyld calls it so
        self,
        active_ctx: Any,
        value: Any,
        base: Any = None,
        vocab: bool = False,
        local_ctx: Any = None,
        defined: Any = None,
    ) -> Any:
        # Without a base of its own a document has no relative IRIs; pyld would invent one.
        if base == "" and "@base" not in active_ctx:
            base = None
        return super()._expand_iri(
            active_ctx, value, base=base, vocab=vocab, local_ctx=local_ctx, defined=defined
        )

    def _expand_object(  # noqa: PLR0917 -- pyld calls it so
        self,
        active_ctx: Any,
        active_property: Any,
        expanded_active_property: Any,
        element: Any,
        expanded_parent: Any,
        options: Any,
        inside_list: bool = False,
        type_key: Any = None,
        type_scoped_ctx: Any = None,
    ) -> None:
        for key, value in element.items():
            if key == "@context":
                continue
            meaning = self._expand_iri(active_ctx, key, vocab=True)
            if meaning == "@type":
                self._check_types(type_scoped_ctx, value, is_value="@value" in element)
            elif meaning == "@id" and isinstance(value, str):
                self._check_id(active_ctx, value)
            elif not isinstance(meaning, str) or not (
                IRI.fullmatch(meaning) or (meaning.startswith("@") and _KEYWORD.fullmatch(meaning))
            ):
                raise SchemaError(
                    f"The context does not define the term '{shown(key)}'.",
                    code="undefined_term",
                    term=shown(key),
                )
        super()._expand_object(
            active_ctx,
            active_property,
            expanded_active_property,
            element,
            expanded_parent,
            options,
            inside_list,
            type_key,
            type_scoped_ctx,
        )

    def _expand(
        self, active_ctx: Any, active_property: Any, element: Any, options: Any, *args: Any, **named: Any
    ) -> Any:
        if element is not None and not isinstance(element, (dict, list)) and not named.get("inside_list"):
            meaning = self._expand_iri(active_ctx, active_property, vocab=True)
            if meaning is None or meaning in ("@graph", "@included"):
                raise SchemaError("A value belongs to no property of an object.", code="json_ld")
        found = super()._expand(active_ctx, active_property, element, options, *args, **named)
        nodes: list[Any] = options["unnamed"]
        if (
            isinstance(element, dict)
            and isinstance(found, dict)
            and active_property != "@reverse"
            and not found.keys() & {"@id", "@value", "@list", "@set"}
            and set(found) != {"@graph"}
        ):
            nodes.append(element)
        return found

    def _check_types(self, active: Any, value: Any, *, is_value: bool) -> None:
        for entry in value if isinstance(value, list) else [value]:
            if not isinstance(entry, str):
                continue
            meaning = self._expand_iri(active, entry, vocab=True)
            if is_value and meaning in ("@json", "@none"):
                continue
            # pyld takes such a context for none; the specification for one that clears all terms.
            if (active["mappings"].get(entry) or {}).get("@context") is False:
                raise SchemaError("A type whose context is null is not supported here.", code="json_ld")
            if not isinstance(meaning, str) or not (IRI.fullmatch(meaning) or meaning.startswith("_:")):
                raise SchemaError(
                    f"The context does not define the type '{shown(entry)}'.",
                    code="undefined_type",
                    term=shown(entry),
                )

    def _check_id(self, active: Any, value: str) -> None:
        meaning = self._expand_iri(active, value, base="")
        if not isinstance(meaning, str) or not (IRI.fullmatch(meaning) or meaning.startswith("_:")):
            raise SchemaError("An id is not an absolute IRI.", code="relative_iri")
