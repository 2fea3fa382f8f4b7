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
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digital_resume.core import errors
from digital_resume.web.request_limits import (
    DEFAULT_LIMITS,
    BodyLimits,
    RequestRejectedError,
    read_bounded_body,
)

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


_KINDS: dict[str, ProblemKind] = {
    "malformed": ProblemKind(
        400, "Malformed request", "형식 오류", "요청의 형식이 올바르지 않습니다. 문서의 예와 비교해 주세요."
    ),
    "too_large": ProblemKind(
        413, "Too large", "너무 큼", "요청이 허용된 크기나 깊이를 넘었습니다. 나누어 보내 주세요."
    ),
    "body_timeout": ProblemKind(
        408, "Request too slow", "시간 초과", "요청 본문이 제때 도착하지 않았습니다. 다시 보내 주세요."
    ),
    "invalidDid": ProblemKind(
        400, "Invalid identifier", "식별자 오류", "DID 또는 키 식별자를 읽을 수 없습니다. 값을 확인해 주세요."
    ),
    "proof_invalid": ProblemKind(
        400, "Proof does not hold", "증명 실패", "서명이나 키 결합이 맞지 않습니다. 새로 서명해 주세요."
    ),
    "schema_violation": ProblemKind(
        422,
        "Rules not met",
        "규칙 위반",
        "내용이 자격증명 종류의 규칙에 맞지 않습니다. 표시된 항목을 고쳐 주세요.",
    ),
    "unknown_credential_type": ProblemKind(
        422, "Unknown credential type", "모르는 종류", "이 서비스가 알지 못하는 자격증명 종류입니다."
    ),
    "status_invalid": ProblemKind(
        400, "Status not valid", "상태 오류", "상태 목록이 올바르지 않거나 체인의 기록과 다릅니다."
    ),
    "receipt_invalid": ProblemKind(
        400,
        "Receipt not valid",
        "영수증 오류",
        "앵커 영수증이 올바르지 않습니다. 발급기관에서 다시 받아 주세요.",
    ),
    "share_unreadable": ProblemKind(
        400,
        "Share cannot be opened",
        "공유를 열 수 없음",
        "링크가 손상되었거나 내용이 바뀌었습니다. 보낸 분에게 링크를 다시 받아 주세요.",
    ),
    "source_unavailable": ProblemKind(
        503,
        "Source unavailable",
        "확인할 수 없음",
        "체인이나 목록에 지금 연결할 수 없습니다. 잠시 뒤 다시 시도해 주세요.",
        {"Retry-After": "10"},
    ),
    "database_unavailable": ProblemKind(
        503,
        "Database unavailable",
        "일시적 장애",
        "데이터베이스에 연결할 수 없어 처리하지 못했고 바뀐 것은 없습니다. 잠시 뒤 다시 시도해 주세요.",
        {"Retry-After": "5"},
    ),
    "unknown_chain": ProblemKind(
        422, "Unknown chain", "모르는 체인", "이 검증기가 알지 못하는 체인이나 계약입니다."
    ),
    "request_invalid": ProblemKind(
        422,
        "Request not valid",
        "요청 오류",
        "표시된 항목이 빠졌거나 형식이 맞지 않습니다. 고쳐서 다시 보내 주세요.",
    ),
    "unauthorized": ProblemKind(
        401,
        "Not authorised",
        "인증 필요",
        "API 키가 없거나 올바르지 않습니다. 키를 확인해 주세요.",
        {"WWW-Authenticate": "Bearer"},
    ),
    "forbidden": ProblemKind(
        403, "Not allowed", "권한 없음", "이 작업을 할 권한이 없습니다. 기관 관리자에게 문의해 주세요."
    ),
    "not_found": ProblemKind(404, "Not found", "찾을 수 없음", "요청한 것이 없습니다. 주소를 확인해 주세요."),
    "method_not_allowed": ProblemKind(
        405, "Method not allowed", "허용되지 않은 방법", "이 주소에서는 쓸 수 없는 요청 방법입니다."
    ),
    "conflict": ProblemKind(
        409, "Conflict", "충돌", "지금 상태에서는 할 수 없는 작업입니다. 현재 상태를 먼저 확인해 주세요."
    ),
    "gone": ProblemKind(410, "Gone", "종료됨", "더 이상 제공되지 않습니다."),
    "unsupported_media_type": ProblemKind(
        415, "Unsupported media type", "지원하지 않는 형식", "Content-Type을 확인해 주세요."
    ),
    "rate_limited": ProblemKind(
        429,
        "Too many requests",
        "요청이 너무 많음",
        "잠시 뒤 다시 시도해 주세요.",
        {"Retry-After": "10"},
    ),
    "idempotency_key_missing": ProblemKind(
        400, "Idempotency-Key missing", "멱등 키 없음", "Idempotency-Key 헤더를 넣어 다시 보내 주세요."
    ),
    "idempotency_key_invalid": ProblemKind(
        400, "Idempotency-Key not valid", "멱등 키 오류", "Idempotency-Key는 1~255자의 ASCII 문자여야 합니다."
    ),
    "idempotency_key_reused": ProblemKind(
        422,
        "Idempotency-Key reused",
        "멱등 키 재사용",
        "같은 Idempotency-Key로 다른 내용을 보냈습니다. 새 키를 써 주세요.",
    ),
    "internal_error": ProblemKind(
        500,
        "Internal error",
        "내부 오류",
        "처리하지 못했고 바뀐 것은 없습니다. 잠시 뒤 다시 시도하고, 계속되면 참조 번호와 함께 알려 주세요.",
    ),
}

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


class ProblemCatalogue:
    """Every ``code`` an app can answer with, and how each is shown."""

    def __init__(self, extra: Mapping[str, ProblemKind] | None = None) -> None:
        self._kinds = {**_KINDS, **(extra or {})}

    def kind(self, code: str) -> ProblemKind:
        """Return how ``code`` is shown; an unknown code is an internal error."""
        return self._kinds.get(code, self._kinds["internal_error"])

    def kind_of(self, error: errors.ResumeError) -> ProblemKind:
        """Return how a domain error is shown: by its code, else by its family."""
        if error.code in self._kinds:
            return self._kinds[error.code]
        return next(self._kinds[code] for family, code in _FAMILIES if isinstance(error, family))

    def response(
        self,
        code: str,
        detail: str,
        *,
        kind: ProblemKind | None = None,
        instance: str | None = None,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> Response:
        """Build one problem document.

        Args:
            code: stable code; the type is ``urn:vdr:problem:<code>``.
            detail: English: what happened, why, what to do; safe to show to anybody.
            kind: how to show it when ``code`` is not in the catalogue.
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
            "detail_ko": shown.detail_ko,
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
            error.code, error.message, kind=self.kind_of(error), instance=instance, **members
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
    # Never the input itself: it may hold a person's data or a key.
    found = [
        {"path": "/".join(str(part) for part in item["loc"])[:200], "code": item["type"]}
        for item in error.errors()[:20]
    ]
    if any(item["code"] == "json_invalid" for item in found):
        return catalogue.response("malformed", "The body is not JSON.", instance=request.url.path)
    places = ", ".join(item["path"] for item in found)
    return catalogue.response(
        "request_invalid",
        f"The request does not have the form the API describes; see: {places}.",
        instance=request.url.path,
        errors=found,
    )


def _http_problem(catalogue: ProblemCatalogue, request: Request, error: HTTPException) -> Response:
    code = _HTTP_CODES.get(error.status_code)
    if code is None:
        title = str(error.status_code)
        kind = ProblemKind(error.status_code, title, title, "요청을 처리할 수 없습니다.")
        return catalogue.response(
            f"http_{error.status_code}",
            "The request cannot be served.",
            kind=kind,
            instance=request.url.path,
            headers=error.headers,
        )
    kind = catalogue.kind(code)
    detail = error.detail if isinstance(error.detail, str) and error.status_code < 500 else kind.title
    return catalogue.response(code, detail, instance=request.url.path, headers=error.headers)


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
                error.code, str(error), instance=scope["path"], headers={"Connection": "close"}
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
