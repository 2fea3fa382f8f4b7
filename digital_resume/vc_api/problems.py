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
from digital_resume.error_words import words_for
from digital_resume.web.problems import MEDIA_TYPE, problem_kinds

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

# Whatever is wrong with a request is a 400 here: that is what the VC-API's clients know.
KINDS: Final = problem_kinds(("too_large", 400), ("request_invalid", 400))


def problem_details(error: ResumeError) -> dict[str, Any]:
    """Return one error as problem details."""
    _, kind, title = next(entry for entry in _BY_FAMILY if isinstance(error, entry[0]))
    return {
        "type": _BY_CODE.get(error.code, kind),
        "title": title,
        "detail": error.message,
        "detail_ko": words_for(error).ko,
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
