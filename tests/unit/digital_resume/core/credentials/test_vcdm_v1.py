"""Structure of VCDM 1.1 credentials and presentations."""

from typing import Any

import pytest

from digital_resume.core.credentials.vcdm_v1 import (
    CONTEXT_V1,
    validate_credential_v1,
    validate_presentation_v1,
)
from digital_resume.core.errors import SchemaError


def credential(**changes: Any) -> dict[str, Any]:
    """Return a credential; a member changed to ``None`` is left out."""
    document = {
        "@context": [CONTEXT_V1],
        "type": ["VerifiableCredential"],
        "issuer": "did:example:issuer",
        "issuanceDate": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:example:subject"},
        **changes,
    }
    return {name: value for name, value in document.items() if value is not None}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"expirationDate": "2026-01-01T00:00:01Z"},
        {"credentialStatus": {"id": "https://a.example/1", "type": "RevocationList2020Status"}},
        {"evidence": {"type": "DocumentVerification"}},
    ],
)
def test_credentials_of_version_1_are_accepted(changes: dict[str, Any]) -> None:
    validate_credential_v1(credential(**changes))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"issuanceDate": None}, "validity"),
        ({"expirationDate": "2025-12-31T00:00:00Z"}, "validity"),
        ({"@context": ["https://www.w3.org/ns/credentials/v2"]}, "context"),
        ({"type": ["VerifiablePresentation"]}, "type"),
    ],
)
def test_what_breaks_a_rule_is_refused_by_its_name(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(SchemaError) as caught:
        validate_credential_v1(credential(**changes))
    assert caught.value.code == code


@pytest.mark.parametrize("member", ["credentialStatus", "credentialSchema", "refreshService"])
def test_unlike_in_version_2_a_service_needs_an_id(member: str) -> None:
    with pytest.raises(SchemaError):
        validate_credential_v1(credential(**{member: {"type": "Something"}}))


@pytest.mark.parametrize(
    ("holder", "accepted"),
    [("did:example:holder", True), ({"id": "did:example:holder"}, True), ("me", False), ({}, False)],
)
def test_a_holder_is_a_url(holder: Any, accepted: bool) -> None:
    presentation = {"@context": [CONTEXT_V1], "type": ["VerifiablePresentation"], "holder": holder}
    if accepted:
        validate_presentation_v1(presentation)
    else:
        with pytest.raises(SchemaError) as caught:
            validate_presentation_v1(presentation)
        assert caught.value.code == "holder"
