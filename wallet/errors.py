"""What can go wrong with a share, and how each is shown as a problem document."""

from typing import Final

from digital_resume.core.errors import ResumeError
from digital_resume.web.problems import problem_kinds


class ShareError(ResumeError):
    """A share that cannot be stored, read or stopped; ``code`` says why."""

    code = "share_error"


PROBLEM_KINDS: Final = problem_kinds(
    ("share_unknown", 404),
    ("share_stopped", 410),
    ("share_expired", 410),
    ("share_id_taken", 409),
    ("share_expiry_invalid", 422),
    ("share_too_large", 413),
    ("share_key_missing", 503, {"Retry-After": "600"}),
    ("share_store_full", 507, {"Retry-After": "600"}),
    ("share_ciphertext_invalid", 422),
    ("stop_secret_missing", 401, {"WWW-Authenticate": "Bearer"}),
    ("stop_secret_wrong", 403),
)
