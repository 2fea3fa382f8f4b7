"""The issuer's own problem codes: status and words of each (RFC 9457)."""

from typing import Final

from digital_resume.web.problems import ProblemKind

_BEARER: Final = {"WWW-Authenticate": "Bearer"}

KINDS: Final = {
    "api_key_invalid": ProblemKind(
        401,
        "API key not valid",
        "API 키 오류",
        "API 키가 없거나 틀렸거나 폐기되었습니다. 'Authorization: Bearer vdr_…'로 기관의 키를 보내 주세요.",
        _BEARER,
    ),
    "scope_missing": ProblemKind(
        403,
        "Scope missing",
        "권한 범위 부족",
        "이 API 키로는 할 수 없는 작업입니다. 해당 권한 범위가 있는 키를 쓰거나 운영자에게 요청해 주세요.",
    ),
    "idempotency_key_invalid": ProblemKind(
        400,
        "Idempotency-Key not valid",
        "멱등 키 오류",
        "Idempotency-Key는 8~128자의 보이는 ASCII 문자여야 합니다. 무작위 UUID를 쓰면 됩니다.",
    ),
    "type_not_allowed": ProblemKind(
        422,
        "Type not among the institution's",
        "기관이 발급하지 않는 종류",
        "이 기관에 허용되지 않은 자격증명 종류입니다. 종류를 확인하거나 운영자에게 추가를 요청해 주세요.",
    ),
    "record_already_issued": ProblemKind(
        409,
        "Record already issued",
        "이미 발급됨",
        "이 기록의 자격증명은 이미 발급되었습니다. 다시 필요하면 새 기록을 등록해 주세요.",
    ),
    "status_change_refused": ProblemKind(
        409,
        "Status cannot change so",
        "상태 변경 불가",
        "폐기되었거나 정정된 자격증명은 되돌릴 수 없습니다. 새 자격증명을 발급해 주세요.",
    ),
    "holder_invalid": ProblemKind(
        422,
        "Holder key not valid",
        "소지자 키 오류",
        "소지자 키를 읽을 수 없습니다. P-256 공개키(JWK) 또는 did:key를 보내 주세요.",
    ),
    "validity_invalid": ProblemKind(
        422,
        "Validity not valid",
        "유효기간 오류",
        "유효기간의 끝은 시작보다 뒤이고 지금보다 뒤여야 합니다.",
    ),
    "identity_refused": ProblemKind(
        403,
        "Identity not accepted",
        "본인확인 실패",
        "제시한 신원 자격증명을 확인하지 못했습니다. 신원확인기관의 유효한 자격증명을 다시 제시해 주세요.",
    ),
    "nonce_invalid": ProblemKind(
        400,
        "Nonce not valid",
        "일회용 값 오류",
        "일회용 값이 틀렸거나 이미 쓰였거나 만료되었습니다. 새 값을 받아 다시 시도해 주세요.",
    ),
    "offer_ended": ProblemKind(
        410,
        "Offer ended",
        "제안 종료",
        "이 발급 제안은 사용되었거나 만료되었습니다. 기관에 새 제안을 요청해 주세요.",
    ),
    "status_not_published": ProblemKind(
        503,
        "Status not published yet",
        "상태 목록 준비 중",
        "상태 목록이 아직 체인에 기록되지 않았습니다. 잠시 뒤 다시 시도해 주세요.",
        {"Retry-After": "5"},
    ),
    "database_unavailable": ProblemKind(
        503,
        "Database unavailable",
        "일시적 장애",
        "데이터베이스에 연결할 수 없어 처리하지 못했고 바뀐 것은 없습니다. 잠시 뒤 다시 시도해 주세요.",
        {"Retry-After": "5"},
    ),
}
