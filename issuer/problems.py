"""The issuer's own problem codes and the status of each (RFC 9457); ``error_words.json`` has their words."""

from typing import Final

from digital_resume.web.problems import problem_kinds

_BEARER: Final = {"WWW-Authenticate": "Bearer"}

KINDS: Final = problem_kinds(
    ("api_key_invalid", 401, _BEARER),
    ("scope_missing", 403),
    ("type_not_allowed", 422),
    ("record_already_issued", 409),
    ("record_withdrawn", 409),
    ("cursor_invalid", 422),
    ("status_change_refused", 409),
    ("holder_invalid", 422),
    ("validity_invalid", 422),
    ("time_out_of_range", 422),
    ("open_badge_unavailable", 422),
    ("institution_not_registered", 409),
    ("institution_suspended", 409),
    ("institution_closed", 409),
    ("type_not_accredited", 409),
    ("signing_key_not_registered", 409),
    ("signing_key_retired", 409),
    ("signing_key_missing", 409),
    ("signing_key_compromised", 409),
    ("standing_unknown", 503, {"Retry-After": "10"}),
    ("proofs_busy", 503, {"Retry-After": "5"}),
    ("identity_refused", 403),
    ("nonce_invalid", 400),
    ("offer_ended", 410),
    ("status_not_published", 503, {"Retry-After": "5"}),
)
