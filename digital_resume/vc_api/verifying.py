"""Verifying credentials: what ``proofs`` checks, then the status."""

from typing import Any

from digital_resume.vc_api.proofs import Asked, Found, open_credential
from digital_resume.vc_api.service import Service
from digital_resume.vc_api.statuses import check_statuses


def verify_credential(service: Service, secured: dict[str, Any] | str, asked: Asked) -> Found:
    """Verify a credential with an embedded proof, enveloped, or as a token.

    Raises:
        ResumeError: it does not hold, or could not be checked.
    """
    found = open_credential(service, secured, asked)
    if "credentialStatus" in asked.checks:
        found.statuses = check_statuses(service, found)
    return found
