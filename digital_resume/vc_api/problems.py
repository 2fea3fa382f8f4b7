"""How the VC-API says what is wrong: 400 with problem details, whose types are the specifications'.

RFC 9457 with the types of VCDM 2.0 section 7.2, Data Integrity section 4.7, Controlled Identifiers section
3.4 and Bitstring Status List section 3.4. Verification failures are a 400 with ``verified: false``, never a
200.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from starlette.responses import Response

from digital_resume.core.errors import (
    IdentifierError,
    LimitError,
    MalformedError,
    ProofError,
    ResumeError,
    SchemaError,
    SourceUnavailableError,
    StatusError,
)
from digital_resume.web.problems import MEDIA_TYPE, ProblemKind

_VCDM: Final = "https://www.w3.org/TR/vc-data-model#"
_SECURITY: Final = "https://w3id.org/security#"
_STATUS: Final = "https://www.w3.org/ns/credentials/status-list#"

_BY_CODE: Final[Mapping[str, str]] = {
    "domain_mismatch": _SECURITY + "INVALID_DOMAIN_ERROR",
    "audience_mismatch": _SECURITY + "INVALID_DOMAIN_ERROR",
    "challenge_mismatch": _SECURITY + "INVALID_CHALLENGE_ERROR",
    "nonce_mismatch": _SECURITY + "INVALID_CHALLENGE_ERROR",
    "undefined_term": _SECURITY + "DATA_LOSS_DETECTION_ERROR",
    "undefined_type": _SECURITY + "DATA_LOSS_DETECTION_ERROR",
    "relative_iri": _SECURITY + "DATA_LOSS_DETECTION_ERROR",
    "proof_generation": _SECURITY + "PROOF_GENERATION_ERROR",
    "invalidDidUrl": _SECURITY + "INVALID_VERIFICATION_METHOD_URL",
    "invalidVerificationMethod": _SECURITY + "INVALID_VERIFICATION_METHOD",
    "invalidRelationship": _SECURITY + "INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD",
    "invalidDidDocument": _SECURITY + "INVALID_CONTROLLED_IDENTIFIER_DOCUMENT",
    "status_entry": _STATUS + "MALFORMED_VALUE_ERROR",
    "status_index": _STATUS + "RANGE_ERROR",
    "status_list_length": _STATUS + "STATUS_LIST_LENGTH_ERROR",
    "status_unavailable": _STATUS + "STATUS_RETRIEVAL_ERROR",
    "validity": _VCDM + "RANGE_ERROR",
    "expired": _VCDM + "RANGE_ERROR",
    "not_yet_valid": _VCDM + "RANGE_ERROR",
}
_BY_FAMILY: Final[tuple[tuple[type[ResumeError], str, str], ...]] = (
    (LimitError, _VCDM + "RANGE_ERROR", "Out of range"),
    (MalformedError, _VCDM + "PARSING_ERROR", "Cannot be parsed"),
    (SchemaError, _VCDM + "MALFORMED_VALUE_ERROR", "Malformed value"),
    (ProofError, _SECURITY + "PROOF_VERIFICATION_ERROR", "Proof does not hold"),
    (IdentifierError, _SECURITY + "INVALID_VERIFICATION_METHOD", "Verification method cannot be used"),
    (StatusError, _STATUS + "STATUS_VERIFICATION_ERROR", "Status cannot be relied on"),
    (SourceUnavailableError, _STATUS + "STATUS_RETRIEVAL_ERROR", "Could not be retrieved"),
    (ResumeError, _VCDM + "CRYPTOGRAPHIC_SECURITY_ERROR", "Not verified"),
)
_KOREAN: Final[Mapping[type[ResumeError], str]] = {
    LimitError: "허용된 범위를 넘었습니다. 더 작게 보내 주세요.",
    MalformedError: "형식을 읽을 수 없습니다. 문서의 예와 비교해 주세요.",
    SchemaError: "데이터 모델의 규칙에 맞지 않습니다. 표시된 항목을 고쳐 주세요.",
    ProofError: "서명이나 증명이 맞지 않습니다. 발급자에게 다시 받아 주세요.",
    IdentifierError: "검증 키를 쓸 수 없습니다. DID와 키 식별자를 확인해 주세요.",
    StatusError: "자격증명의 상태를 믿을 수 없거나 효력이 없습니다.",
    SourceUnavailableError: "필요한 문서를 가져올 수 없습니다. 잠시 뒤 다시 시도해 주세요.",
    ResumeError: "검증하지 못했습니다.",
}

# Whatever is wrong with a request is a 400 here: that is what the VC-API's clients know.
KINDS: Final[Mapping[str, ProblemKind]] = {
    "too_large": ProblemKind(
        400, "Too large", "너무 큼", "요청이 허용된 크기나 깊이를 넘었습니다. 나누어 보내 주세요."
    ),
    "request_invalid": ProblemKind(
        400, "Request not valid", "요청 오류", "표시된 항목이 빠졌거나 형식이 맞지 않습니다."
    ),
}


def problem_details(error: ResumeError) -> dict[str, Any]:
    """Return one error as problem details."""
    family, kind, title = next(entry for entry in _BY_FAMILY if isinstance(error, entry[0]))
    return {
        "type": _BY_CODE.get(error.code, kind),
        "title": title,
        "detail": error.message,
        "detail_ko": _KOREAN[family],
        "code": error.code,
    }


def problem_response(errors: list[ResumeError], *, verified: bool | None = None, **members: Any) -> Response:
    """Answer 400 with the first error as the problem and all of them as ``problemDetails``.

    Args:
        errors: at least one.
        verified: ``False`` for a verification's answer.
        members: further members, safe to show.
    """
    details = [problem_details(error) for error in errors]
    body: dict[str, Any] = {**details[0], "status": 400}
    if verified is not None:
        body["verified"] = verified
    body |= {"problemDetails": details, "errors": [detail["detail"] for detail in details], **members}
    return Response(
        orjson.dumps(body), status_code=400, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"}
    )
