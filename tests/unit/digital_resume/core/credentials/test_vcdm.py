"""Structure of VCDM 2.0 credentials and presentations."""

from typing import Any

import pytest

from digital_resume.core.credentials.vcdm import (
    read_enveloped,
    validate_credential,
    validate_linked_data,
    validate_presentation,
)
from digital_resume.core.errors import LimitError, SchemaError

V2 = "https://www.w3.org/ns/credentials/v2"


def credential(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "@context": [V2, {"@vocab": "urn:vdr:terms#"}],
        "id": "urn:uuid:58172aac-d8ba-41ed-83dd-0b3aef56cc33",
        "type": ["VerifiableCredential", "SelfDeclaration"],
        "issuer": "did:key:z6Mk",
        "validFrom": "2026-11-23T06:00:00Z",
        "credentialSubject": {"id": "did:key:z6Mk", "statement": "자기소개"},
    }
    return {name: value for name, value in {**base, **changes}.items() if value is not ...}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"id": ...},
        {"type": "VerifiableCredential"},
        {"issuer": {"id": "https://univ.example/i", "name": "새벽대학교(시연용)"}},
        {"credentialSubject": [{"a": 1}, {"id": "urn:x", "b": 2}]},
        {"validFrom": ..., "validUntil": "2026-11-23T06:00:00.5+09:00"},
        {"validUntil": "2026-11-23T06:00:00Z"},
        {"name": {"@value": "학위", "@language": "ko"}},
        {"description": [{"@value": "a", "@language": "en"}, {"@value": "ا", "@direction": "rtl"}]},
        {"credentialStatus": {"type": "OtherStatus"}},
        {"credentialSchema": [{"id": "https://x.example/s", "type": "JsonSchema"}]},
        {"evidence": [{"type": ["Evidence"]}]},
    ],
)
def test_credentials_of_the_data_model_are_accepted(changes: dict[str, Any]) -> None:
    validate_credential(credential(**changes))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"@context": ...}, "context"),
        ({"@context": []}, "context"),
        ({"@context": V2}, "context"),
        ({"@context": ["https://www.w3.org/2018/credentials/v1"]}, "context"),
        ({"@context": [{"@vocab": "urn:x#"}, V2]}, "context"),
        ({"@context": [V2, 5]}, "context"),
        ({"@context": [V2, "no url"]}, "context"),
        ({"type": ...}, "type"),
        ({"type": ["SelfDeclaration"]}, "type"),
        ({"type": ["VerifiableCredential", 1]}, "type"),
        ({"id": "not a url"}, "id"),
        ({"id": None}, "id"),
        ({"id": ["urn:x"]}, "id"),
        ({"issuer": ...}, "issuer"),
        ({"issuer": "me"}, "issuer"),
        ({"issuer": {"name": "x"}}, "issuer"),
        ({"issuer": ["urn:a", "urn:b"]}, "issuer"),
        ({"credentialSubject": ...}, "credential_subject"),
        ({"credentialSubject": {}}, "credential_subject"),
        ({"credentialSubject": []}, "credential_subject"),
        ({"credentialSubject": "did:key:z6Mk"}, "credential_subject"),
        ({"credentialSubject": {"id": "x y", "a": 1}}, "id"),
        ({"validFrom": "2026-11-23"}, "validity"),
        ({"validFrom": "2026-11-23T06:00:00"}, "validity"),
        ({"validFrom": "2026-02-30T06:00:00Z"}, "validity"),
        ({"validFrom": "2026-11-23T25:00:00Z"}, "validity"),
        ({"validFrom": "2026-11-23T06:00:00+15:00"}, "validity"),
        ({"validFrom": 5}, "validity"),
        ({"validUntil": "2026-11-23T05:59:59Z"}, "validity"),
        ({"name": 5}, "language_value"),
        ({"name": []}, "language_value"),
        ({"name": {"@language": "ko"}}, "language_value"),
        ({"name": {"@value": "a", "url": "x"}}, "language_value"),
        ({"description": {"@value": "a", "@language": "k o"}}, "language_value"),
        ({"credentialStatus": {"id": "urn:x"}}, "typed_member"),
        ({"credentialStatus": "urn:x"}, "typed_member"),
        ({"credentialSchema": {"type": "JsonSchema"}}, "typed_member"),
        ({"termsOfUse": {"type": []}}, "typed_member"),
        ({"refreshService": {"type": "R", "id": "no url"}}, "id"),
    ],
)
def test_broken_credentials_are_refused_by_rule(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(SchemaError) as caught:
        validate_credential(credential(**changes))
    assert caught.value.code == code


def test_linked_data_part_needs_no_issuer() -> None:
    validate_linked_data(credential(issuer=..., validFrom=...))


def test_too_deep_a_credential_is_refused() -> None:
    deep: Any = "x"
    for _ in range(50):
        deep = {"a": deep}
    with pytest.raises(LimitError):
        validate_credential(credential(credentialSubject=deep))


ENVELOPED = {
    "@context": V2,
    "type": "EnvelopedVerifiableCredential",
    "id": "data:application/dc+sd-jwt,eyJ.eyJ.sig~WyJ~kb.kb.kb",
}


def presentation(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "@context": [V2],
        "id": "urn:uuid:58172aac-d8ba-41ed-83dd-0b3aef56cc33",
        "type": ["VerifiablePresentation", "DigitalResume"],
        "holder": "did:key:zDn",
        "verifiableCredential": [ENVELOPED, credential()],
    }
    return {name: value for name, value in {**base, **changes}.items() if value is not ...}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"verifiableCredential": ...},
        {"verifiableCredential": ENVELOPED},
        {"holder": ..., "id": ...},
        {"holder": {"id": "did:key:zDn"}},
    ],
)
def test_presentations_of_the_data_model_are_accepted(changes: dict[str, Any]) -> None:
    validate_presentation(presentation(**changes))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"@context": [{}, V2]}, "context"),
        ({"type": "VerifiableCredential"}, "type"),
        ({"holder": "me"}, "holder"),
        ({"holder": None}, "holder"),
        ({"verifiableCredential": ["eyJ.eyJ.sig~"]}, "verifiable_credential"),
        ({"verifiableCredential": [ENVELOPED] * 65}, "verifiable_credential"),
        ({"verifiableCredential": [credential(issuer=...)]}, "issuer"),
        ({"verifiableCredential": [{**ENVELOPED, "id": "https://x.example"}]}, "enveloped"),
        ({"verifiableCredential": [{**ENVELOPED, "@context": "urn:x"}]}, "context"),
    ],
)
def test_broken_presentations_are_refused_by_rule(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(SchemaError) as caught:
        validate_presentation(presentation(**changes))
    assert caught.value.code == code


def test_envelope_is_opened() -> None:
    enveloped = read_enveloped(ENVELOPED)
    assert (enveloped.media_type, enveloped.content) == ("application/dc+sd-jwt", "eyJ.eyJ.sig~WyJ~kb.kb.kb")


@pytest.mark.parametrize(
    "identifier",
    [
        None,
        5,
        "",
        "data:,x",
        "data:text/html,x",
        "data:application/dc+sd-jwt,",
        "data:application/dc+sd-jwt;base64,eyJ",
        "data:application/dc+sd-jwt,a b",
        "data:application/dc+sd-jwt,é",
    ],
)
def test_strange_envelopes_are_refused(identifier: object) -> None:
    with pytest.raises(SchemaError):
        read_enveloped({**ENVELOPED, "id": identifier})
