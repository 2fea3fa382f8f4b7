"""What can go wrong with a share, and how each is shown as a problem document."""

from typing import Final

from digital_resume.core.errors import ResumeError
from digital_resume.web.problems import ProblemKind


class ShareError(ResumeError):
    """A share that cannot be stored, read or stopped; ``code`` says why."""

    code = "share_error"


PROBLEM_KINDS: Final[dict[str, ProblemKind]] = {
    "share_unknown": ProblemKind(
        404, "Share unknown", "없는 공유", "이런 공유가 없습니다. 링크를 다시 확인해 주세요."
    ),
    "share_stopped": ProblemKind(
        410,
        "Share stopped",
        "중지된 공유",
        "이력서 주인이 공유를 중지했습니다. 필요하면 새 링크를 부탁해 주세요.",
    ),
    "share_expired": ProblemKind(
        410, "Share expired", "기간이 끝난 공유", "공유 기간이 끝났습니다. 필요하면 새 링크를 부탁해 주세요."
    ),
    "share_id_taken": ProblemKind(
        409, "Share id taken", "이미 쓰인 번호", "이 공유 번호는 이미 쓰였습니다. 공유를 새로 만들어 주세요."
    ),
    "share_expiry_invalid": ProblemKind(
        422, "Expiry out of range", "기간 오류", "공유 기간은 1일에서 200일 사이여야 합니다."
    ),
    "share_too_large": ProblemKind(
        413,
        "Share too large",
        "너무 큰 이력서",
        "이력서가 한 번에 공유할 수 있는 크기보다 큽니다. 증명서를 줄여 주세요.",
    ),
    "share_store_full": ProblemKind(
        507,
        "Share store full",
        "저장 공간 부족",
        "지금은 공유를 더 저장할 수 없습니다. 잠시 뒤 다시 시도하고, 계속되면 운영자에게 알려 주세요.",
        {"Retry-After": "600"},
    ),
    "share_ciphertext_invalid": ProblemKind(
        422, "Not a sealed resume", "암호문 오류", "암호문의 형식이나 크기가 공유 봉투와 다릅니다."
    ),
    "stop_secret_missing": ProblemKind(
        401,
        "Stop secret missing",
        "중지 열쇠 없음",
        "공유를 만든 지갑만 할 수 있는 일입니다. 그 지갑에서 다시 시도해 주세요.",
        {"WWW-Authenticate": "Bearer"},
    ),
    "stop_secret_wrong": ProblemKind(
        403,
        "Stop secret wrong",
        "중지 열쇠 불일치",
        "공유를 만든 지갑만 할 수 있는 일입니다. 그 지갑에서 다시 시도해 주세요.",
    ),
}
