"""Structure of VCDM 1.1 credentials and presentations, where a mechanism is still used with them.

Verifiable Credentials Data Model 1.1, sections 4 and 5: what Data Integrity suites and status lists of other
ecosystems come with. New credentials of this product are 2.0 only.
"""

from collections.abc import Mapping
from typing import Any, Final

from digital_resume.core.credentials.vcdm_values import (
    check_contexts,
    check_id,
    check_issuer,
    check_period,
    check_subjects,
    check_typed,
    check_types,
    is_url,
    read_date,
)
from digital_resume.core.encoding.bounded_json import check_json_value
from digital_resume.core.errors import SchemaError

CONTEXT_V1: Final = "https://www.w3.org/2018/credentials/v1"

# Sections 4.9 and 5.4 to 5.6: in 1.1 status, schema and refresh service need an id as well.
_TYPED: Final[Mapping[str, bool]] = {
    "credentialStatus": True,
    "credentialSchema": True,
    "refreshService": True,
    "termsOfUse": False,
    "evidence": False,
}


def validate_credential_v1(credential: Mapping[str, Any]) -> None:
    """Accept a document that has the structure of a VCDM 1.1 credential.

    Raises:
        SchemaError: ``code`` names the rule, as for 2.0.
        MalformedError: not JSON, or out of bounds.
    """
    check_json_value(dict(credential))
    check_contexts(credential, CONTEXT_V1)
    check_types(credential, "VerifiableCredential")
    check_id(credential)
    check_issuer(credential.get("issuer"), language_values=False)
    check_subjects(credential)
    if read_date(credential, "issuanceDate") is None:
        raise SchemaError("A version 1.1 credential needs an issuanceDate.", code="validity")
    check_period(credential, "issuanceDate", "expirationDate")
    for name, needs_id in _TYPED.items():
        check_typed(credential, name, needs_id=needs_id)


def validate_presentation_v1(presentation: Mapping[str, Any]) -> None:
    """Accept a document that has the structure of a VCDM 1.1 presentation, its credentials left out.

    Errors as ``validate_credential_v1``; also ``holder``.
    """
    check_json_value(dict(presentation))
    check_contexts(presentation, CONTEXT_V1)
    check_types(presentation, "VerifiablePresentation")
    check_id(presentation)
    holder = presentation.get("holder")
    if "holder" in presentation and not is_url(holder.get("id") if isinstance(holder, dict) else holder):
        raise SchemaError("The presentation's holder must be a URL.", code="holder")
