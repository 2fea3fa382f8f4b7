"""The OpenAPI document of a service, as true as its answers; and the page that shows it.

FastAPI describes bodies and parameters, and invents a 422 that no service of ours gives. Here every operation
is given the errors that it can answer with, as RFC 9457 problems with their stable codes: those that follow
from what it is (a body, a key, a limit), and those that its route names with ``problems(...)``. What a route
answers in another specification's JSON it describes itself, with ``responses``.
"""

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import orjson
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import HTMLResponse

from digital_resume.web.hosting import SHARED, mount_shared
from digital_resume.web.problems import MEDIA_TYPE, ProblemCatalogue

CODES: Final = "x-problem-codes"
FOREIGN: Final = "x-foreign-errors"
"""Marks an operation, in its ``openapi_extra``, whose every error is in another specification's JSON."""
#: Whatever source is away has a code of its own: beside these a client may meet others.
_FAMILIES: Final = frozenset({"source_unavailable"})
_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch")
_PAGE: Final = SHARED / "docs" / "index.html"

#: What a problem document has (``ProblemCatalogue.response``).
_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457 problem document; `detail` and `detail_ko` say the same in English and Korean.",
    "required": ["type", "title", "title_ko", "status", "detail", "detail_ko", "code"],
    "properties": {
        "type": {"type": "string", "pattern": "^urn:vdr:problem:"},
        "title": {"type": "string"},
        "title_ko": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "what happened, why, and what to do"},
        "detail_ko": {"type": "string", "description": "무슨 일이, 왜 일어났고, 무엇을 하면 되는지"},
        "code": {"type": "string", "description": "stable, for programs"},
        "instance": {"type": "string", "description": "path of the request"},
        "errors": {
            "type": "array",
            "description": "with `request_invalid`: every place that is wrong",
            "items": {"$ref": "#/components/schemas/RequestFault"},
        },
        "context": {"type": "object", "description": "values that help, safe to show to anybody"},
        "reference": {"type": "string", "description": "with `internal_error`: name it when you report it"},
    },
}
_FAULT: Final[dict[str, Any]] = {
    "type": "object",
    "title": "RequestFault",
    "required": ["path", "code", "message"],
    "properties": {
        "path": {"type": "string", "examples": ["body/validFrom"]},
        "code": {"type": "string"},
        "message": {
            "type": "object",
            "required": ["ko", "en"],
            "properties": {"ko": {"type": "string"}, "en": {"type": "string"}},
        },
        "allowed": {
            "type": "array",
            "items": {"type": "string"},
            "description": "values that may stand there",
        },
    },
}

Extend = Callable[[dict[str, Any]], None]


def problems(*codes: str | tuple[str, int]) -> dict[str, Any]:
    """Return a route's ``openapi_extra`` that names the problems it can answer with.

    Args:
        codes: of the service's catalogue; one that is shown as its family says its status too.
    """
    return {CODES: [list(code) if isinstance(code, tuple) else code for code in codes]}


def document_of(media_type: str, description: str) -> dict[int | str, dict[str, Any]]:
    """Return the ``responses`` of a route that answers a document of another media type than JSON's."""
    return {200: {"description": description, "content": {media_type: {}}}}


def describe(app: FastAPI, *, extend: Extend | None = None) -> None:
    """Let a service serve a true OpenAPI document, and a page at ``/docs`` that shows it.

    The last thing that is done with an app, when all of its routes and limits are there.

    Args:
        app: has problem handlers, and an ``openapi_url``.
        extend: adds to the finished document, such as schemas that the deployment's files describe.
    """

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                summary=app.summary,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
            )
            _correct(document, app)
            if extend is not None:
                extend(document)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's documentation wants it
    _serve_page(app)


def _serve_page(app: FastAPI) -> None:
    mount_shared(app)
    page = _PAGE.read_text("utf-8").replace("{openapi}", app.openapi_url or "")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        """Show the service's OpenAPI document, with files of its own only."""
        return HTMLResponse(page, headers={"cache-control": "no-cache"})


def _correct(document: dict[str, Any], app: FastAPI) -> None:
    catalogue: ProblemCatalogue = app.state.problems
    limited = {rule.route for rule in getattr(app.state, "rate_rules", ())}
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas |= {"Problem": copy.deepcopy(_PROBLEM), "RequestFault": copy.deepcopy(_FAULT)}
    for path, item in document["paths"].items():
        for method in _METHODS:
            operation = item.get(method)
            if operation is not None:
                _drop_invented(operation["responses"])
                named = operation.pop(CODES, [])
                if operation.pop(FOREIGN, False):
                    operation["responses"].pop("422", None)
                    continue
                implied = _implied(operation, limited=f"{method.upper()} {path}" in limited)
                _add_problems(operation["responses"], catalogue, [*named, *implied])


def _drop_invented(responses: Mapping[str, Any]) -> None:
    """Drop the JSON that FastAPI adds to an answer whose media type its route names."""
    for answer in responses.values():
        content = answer.get("content", {})
        if len(content) > 1 and content.get("application/json") == {"schema": {}}:
            del content["application/json"]


def _implied(operation: Mapping[str, Any], *, limited: bool) -> list[str]:
    """Return the codes that follow from what an operation is."""
    codes = ["rate_limited"] if limited else []
    content = operation.get("requestBody", {}).get("content", {})
    if content:
        codes += ["malformed", "body_timeout", "too_large"]
    if "422" in operation["responses"]:
        codes.append("request_invalid")
        if "application/json" in content:
            codes.append("unsupported_media_type")
    if any("apiKey" in entry for entry in operation.get("security", ())):
        codes += ["api_key_invalid", "scope_missing"]
    return codes


def _add_problems(
    responses: dict[str, Any], catalogue: ProblemCatalogue, named: Iterable[str | list[Any]]
) -> None:
    # FastAPI's own: no service of ours answers it.
    responses.pop("422", None)
    by_status: dict[int, list[str]] = {}
    for entry in named:
        code, status = entry if isinstance(entry, list) else (entry, catalogue.kind(entry).status)
        codes = by_status.setdefault(status, [])
        if code not in codes:
            codes.append(code)
    for status, codes in sorted(by_status.items()):
        _add(responses, catalogue, status, codes)
    responses["default"] = {
        "description": "Anything else that went wrong: another method (405), a host that is not ours (421), "
        "the database or the chain away (503), an error of ours (500). · 그 밖의 오류",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _add(responses: dict[str, Any], catalogue: ProblemCatalogue, status: int, codes: list[str]) -> None:
    told = [catalogue.words(code, status) for code in codes]
    answer = responses.setdefault(str(status), {"description": ""})
    lines = [f"`{code}`: {kind.title} · {kind.title_ko}" for code, kind in zip(codes, told, strict=True)]
    answer["description"] = "\n\n".join(filter(None, (answer["description"], *lines)))
    answer.setdefault("content", {})[MEDIA_TYPE] = {
        "schema": {
            "allOf": [{"$ref": "#/components/schemas/Problem"}],
            "properties": {
                "status": {"const": status},
                "code": {"examples": codes} if _FAMILIES.intersection(codes) else {"enum": codes},
            },
        },
        "example": orjson.loads(
            bytes(catalogue.response(codes[0], told[0].title, kind=told[0], instance="/…").body)
        ),
    }
    if any("Retry-After" in (kind.headers or {}) for kind in told):
        answer["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "seconds"}}
