"""Errors of our own HTTP APIs as RFC 9457 ``application/problem+json``, in Korean and English.

Purpose: one place that turns the domain's errors, request validation and the unexpected into
documents with a stable ``code``; and one middleware that refuses bodies that are too large, too
deep, too slow or not strict JSON before any handler sees them. A stack trace never leaves the
process, and neither do values of the request: messages name the place, not the content.

Left to others: OAuth/OpenID4VC endpoints render their specs' JSON themselves; verification results
are HTTP 200 with an outcome a check.
"""

import logging
import secrets
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digital_resume.core import errors
from digital_resume.error_words import all_words, particular, words_of
from digital_resume.web.request_limits import (
    DEFAULT_LIMITS,
    BodyLimits,
    RequestRejectedError,
    read_bounded_body,
)
from digital_resume.web.validation import read_faults, sentences

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """How one ``code`` is shown.

    Attributes:
        status: HTTP status.
        title: English title, the same for every occurrence.
        title_ko: Korean title.
        detail_ko: Korean: what happened and what to do.
        headers: headers every occurrence carries.
    """

    status: int
    title: str
    title_ko: str
    detail_ko: str
    headers: Mapping[str, str] | None = None


def problem_kind(code: str, status: int, headers: Mapping[str, str] | None = None) -> ProblemKind:
    """Return how a code is shown, in the words that ``digital_resume.error_words`` has for it.

    Raises:
        KeyError: there are none.
    """
    words = words_of(code)
    return ProblemKind(status, words.title, words.title_ko, words.ko, headers)


def problem_kinds(*shown: tuple[str, int] | tuple[str, int, Mapping[str, str]]) -> dict[str, ProblemKind]:
    """Return how each code is shown: its status and, where there are any, headers.

    Raises:
        KeyError: there are no words for a code.
    """
    return {entry[0]: problem_kind(*entry) for entry in shown}


_KINDS: Final = problem_kinds(
    ("malformed", 400),
    ("too_large", 413),
    ("body_timeout", 408),
    ("invalidDid", 400),
    ("proof_invalid", 400),
    ("schema_violation", 422),
    ("unknown_credential_type", 422),
    ("status_invalid", 400),
    ("receipt_invalid", 400),
    ("share_unreadable", 400),
    ("source_unavailable", 503, {"Retry-After": "10"}),
    ("database_unavailable", 503, {"Retry-After": "5"}),
    ("unknown_chain", 422),
    ("request_invalid", 422),
    ("unauthorized", 401, {"WWW-Authenticate": "Bearer"}),
    ("forbidden", 403),
    ("not_found", 404),
    ("method_not_allowed", 405),
    ("conflict", 409),
    ("gone", 410),
    ("unsupported_media_type", 415),
    ("rate_limited", 429, {"Retry-After": "10"}),
    ("idempotency_key_missing", 400),
    ("idempotency_key_invalid", 400),
    ("idempotency_key_reused", 422),
    ("internal_error", 500),
)

#: Families in the order of their subclasses first: an error with an unknown code is shown as its family.
_FAMILIES: tuple[tuple[type[errors.ResumeError], str], ...] = (
    (errors.LimitError, "too_large"),
    (errors.MalformedError, "malformed"),
    (errors.IdentifierError, "invalidDid"),
    (errors.UnknownTypeError, "unknown_credential_type"),
    (errors.SchemaError, "schema_violation"),
    (errors.ProofError, "proof_invalid"),
    (errors.StatusError, "status_invalid"),
    (errors.ReceiptError, "receipt_invalid"),
    (errors.EnvelopeError, "share_unreadable"),
    (errors.SourceUnavailableError, "source_unavailable"),
    (errors.UnknownChainError, "unknown_chain"),
    (errors.ResumeError, "conflict"),
)

_HTTP_CODES = {
    400: "malformed",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    410: "gone",
    413: "too_large",
    415: "unsupported_media_type",
    422: "request_invalid",
    429: "rate_limited",
    503: "source_unavailable",
}


#: What the framework says by itself, which only repeats the title.
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

_BARE: Final[Mapping[str, str]] = {
    "Not Found": "There is nothing at this address. Check it against the documentation.",
}


class ProblemCatalogue:
    """Every ``code`` an app can answer with, and how each is shown."""

    def __init__(self, extra: Mapping[str, ProblemKind] | None = None) -> None:
        self._kinds = {**_KINDS, **(extra or {})}

    def kind(self, code: str) -> ProblemKind:
        """Return how ``code`` is shown; an unknown code is an internal error."""
        return self._kinds.get(code, self._kinds["internal_error"])

    def kind_of(self, error: errors.ResumeError) -> ProblemKind:
        """Return how a domain error is shown: by its code, else by its family with the code's own words."""
        if error.code in self._kinds:
            return self._kinds[error.code]
        kind = next(self._kinds[code] for family, code in _FAMILIES if isinstance(error, family))
        words = all_words().get(error.code)
        if words is None:
            return kind
        return replace(
            kind,
            title=words.title or kind.title,
            title_ko=words.title_ko or kind.title_ko,
            detail_ko=words.ko,
        )

    def words(self, code: str, status: int) -> ProblemKind:
        """Return how ``code`` is shown where its family gives it its status.

        Raises:
            KeyError: there are no words for a code that the catalogue has not.
        """
        if code in self._kinds:
            return self._kinds[code]
        words = all_words()[code]
        family = next(kind for kind in self._kinds.values() if kind.status == status)
        return ProblemKind(status, words.title or family.title, words.title_ko or family.title_ko, words.ko)

    def response(
        self,
        code: str,
        detail: str,
        *,
        kind: ProblemKind | None = None,
        detail_ko: str | None = None,
        instance: str | None = None,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> Response:
        """Build one problem document.

        Args:
            code: stable code; the type is ``urn:vdr:problem:<code>``.
            detail: English: what happened, why, what to do; safe to show to anybody.
            kind: how to show it when ``code`` is not in the catalogue.
            detail_ko: the same in Korean; the words of the code when not given.
            instance: path of the request, without query.
            headers: further headers.
            members: extension members; must be JSON and safe to show.
        """
        shown = kind or self.kind(code)
        body: dict[str, Any] = {
            "type": f"urn:vdr:problem:{code}",
            "title": shown.title,
            "title_ko": shown.title_ko,
            "status": shown.status,
            "detail": detail,
            "detail_ko": detail_ko or shown.detail_ko,
            "code": code,
        }
        if instance:
            body["instance"] = instance
        body.update(members)
        return Response(
            orjson.dumps(body, default=str),
            status_code=shown.status,
            media_type=MEDIA_TYPE,
            headers={"Cache-Control": "no-store", **(shown.headers or {}), **(headers or {})},
        )

    def of_error(self, error: errors.ResumeError, *, instance: str | None = None) -> Response:
        """Build the document of a domain error; its context is shown, being safe by contract."""
        members = {"context": error.context} if error.context else {}
        return self.response(
            error.code,
            error.message,
            kind=self.kind_of(error),
            detail_ko=error.message_ko,
            instance=instance,
            **members,
        )


def install_problem_handlers(
    app: FastAPI,
    *,
    kinds: Mapping[str, ProblemKind] | None = None,
    limits: BodyLimits = DEFAULT_LIMITS,
) -> ProblemCatalogue:
    """Make ``app`` answer every error as a problem document and bound every request body.

    A handler the app adds itself for its own subclass of ``ResumeError`` goes before these.

    Args:
        app: the app; its own middleware may be added before or after.
        kinds: the service's own codes, or other words for the common ones.
        limits: bounds of request bodies.

    Returns:
        The catalogue, for code that builds a document without raising.
    """
    catalogue = ProblemCatalogue(kinds)

    async def domain_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, errors.ResumeError)
        return catalogue.of_error(error, instance=request.url.path)

    async def validation_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return _validation_problem(catalogue, request, error)

    async def database_away(request: Request, error: Exception) -> Response:
        log.error("The database does not answer (%s).", type(error).__name__)
        return catalogue.response(
            "database_unavailable",
            "The database does not answer. Nothing was changed; try again in a moment.",
            instance=request.url.path,
        )

    async def http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return _http_problem(catalogue, request, error)

    app.add_exception_handler(errors.ResumeError, domain_error)
    app.add_exception_handler(RequestValidationError, validation_error)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(OperationalError, database_away)
    app.add_exception_handler(PoolTimeoutError, database_away)
    app.add_middleware(GuardMiddleware, catalogue=catalogue, limits=limits)
    app.state.problems = catalogue
    return catalogue


def _validation_problem(
    catalogue: ProblemCatalogue, request: Request, error: RequestValidationError
) -> Response:
    instance = request.url.path
    found = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        return catalogue.response(
            "malformed",
            "The body is not JSON. Check its quotes, commas and braces.",
            detail_ko=particular("malformed", "body_json"),
            instance=instance,
        )
    if error.body and isinstance(error.body, bytes) and not _says_json(request):
        # Another media type is left as bytes, so that every rule of the body would be broken by it.
        return catalogue.response(
            "unsupported_media_type",
            "This address takes JSON only: send the body as JSON, with Content-Type: application/json.",
            detail_ko=particular("unsupported_media_type", "json_only"),
            instance=instance,
            headers={"Accept": "application/json"},
            allowed=["application/json"],
        )
    # Never the input itself: it may hold a person's data or a key.
    faults = read_faults(found)
    korean, english = sentences(faults)
    return catalogue.response(
        "request_invalid",
        english,
        detail_ko=korean,
        instance=instance,
        errors=[fault.to_json() for fault in faults],
    )


def _says_json(request: Request) -> bool:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")


def _http_problem(catalogue: ProblemCatalogue, request: Request, error: HTTPException) -> Response:
    code = _HTTP_CODES.get(error.status_code)
    if code is None:
        title = str(error.status_code)
        kind = ProblemKind(error.status_code, title, title, words_of("http_other").ko)
        return catalogue.response(
            f"http_{error.status_code}",
            "The request cannot be served.",
            kind=kind,
            instance=request.url.path,
            headers=error.headers,
        )
    kind = catalogue.kind(code)
    said = error.detail if isinstance(error.detail, str) and error.status_code < 500 else kind.title
    korean = None
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = allowed = ", ".join(_allowed_methods(request))
        said = f"This address answers {allowed} only."
        korean = particular("method_not_allowed", "allowed", allowed=allowed)
    elif said in _BARE:
        said = _BARE[said]
    return catalogue.response(code, said, detail_ko=korean, instance=request.url.path, headers=headers)


def _allowed_methods(request: Request) -> list[str]:
    """Return every method of the request's path (RFC 9110, section 15.5.6): the router names one route's."""
    asked: dict[str, Any] = {"type": "http", "path": request.scope["path"], "headers": []}
    asked["root_path"] = request.scope.get("app_root_path", "")
    allowed = []
    for method in _METHODS:
        # A scope of its own: a look at routes leaves traces in it.
        if any(
            route.matches({**asked, "method": method})[0] is Match.FULL
            for route in request.app.routes
            if not isinstance(route, Mount)
        ):
            allowed.append(method)
    if not allowed:
        allowed.append("GET")  # a folder of files
    if "GET" in allowed:
        allowed.insert(1, "HEAD")  # HeadAsGet
    return allowed


class GuardMiddleware:
    """Bounds the body of a request and catches what nothing else caught."""

    def __init__(self, app: ASGIApp, *, catalogue: ProblemCatalogue, limits: BodyLimits) -> None:
        self._app = app
        self._catalogue = catalogue
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            bounded = await read_bounded_body(scope, receive, self._limits)
        except RequestRejectedError as error:
            problem = self._catalogue.response(
                error.code,
                str(error),
                detail_ko=error.message_ko,
                instance=scope["path"],
                headers={"Connection": "close"},
            )
            await problem(scope, receive, send)
            return
        try:
            await self._app(scope, bounded, watched)
        except Exception as error:
            problem = self._unexpected(error, scope["path"])
            if started:
                raise RuntimeError("An answer was cut short; see the log above.") from None
            await problem(scope, bounded, send)

    def _unexpected(self, error: Exception, path: str) -> Response:
        reference = secrets.token_hex(6)
        # Frames only: an exception's own message may quote a row, a body or a key.
        frames = "".join(traceback.format_tb(error.__traceback__))
        log.error("Unexpected %s, reference %s\n%s", type(error).__name__, reference, frames)
        return self._catalogue.response(
            "internal_error",
            "The request could not be completed and changed nothing. Try again in a moment; "
            f"if it stays, report reference {reference}.",
            instance=path,
            reference=reference,
        )
