"""What the training module refuses, and how each refusal is shown."""

from digital_resume.core.errors import ResumeError
from digital_resume.modules.api import ProblemKind


class ProviderUnknownError(ResumeError):
    """The caller did not identify as a course provider."""

    code = "unauthorized"


class IdempotencyError(ResumeError):
    """An ``Idempotency-Key`` that is missing, malformed or used for something else."""

    code = "idempotency_key_missing"


class CourseError(ResumeError):
    """A course that cannot have been completed, or to which no rule applies."""

    code = "course_not_ended"


PROBLEMS = {
    "course_not_ended": ProblemKind(
        422,
        "Course has not ended",
        "끝나지 않은 과정",
        "과정이 끝난 다음 날부터 수료를 등록할 수 있습니다. 종료일을 확인해 주세요.",
    ),
    "no_rule_in_force": ProblemKind(
        422,
        "No rule in force",
        "적용할 기준 없음",
        "그 종료일에 시행 중인 수료 기준이 등록되어 있지 않습니다. 관리자에게 알려 주세요.",
    ),
}
