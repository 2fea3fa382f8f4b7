"""Nothing that a signature would not cover passes: safe mode, protected terms, contexts."""

from typing import Any

import pytest

from digital_resume.core.errors import (
    ResumeError,
    SchemaError,
)
from digital_resume.core.securing.linked_data.canonicalizer import default_canonicalizer

V2 = "https://www.w3.org/ns/credentials/v2"
BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"


def credential(**members: Any) -> dict[str, Any]:
    return {
        "@context": [V2, {"Degree": "urn:t:Degree", "major": "urn:t:major"}],
        "type": ["VerifiableCredential", "Degree"],
        "issuer": "did:example:issuer",
        "credentialSubject": {"id": "did:example:subject", "major": "법학"},
        **members,
    }


def test_credential_is_canonicalised() -> None:
    text = default_canonicalizer().canonicalize(credential()).decode()
    assert '<did:example:subject> <urn:t:major> "법학" .\n' in text


@pytest.mark.parametrize(
    ("document", "code", "named"),
    [
        (credential(grade="A+"), "undefined_term", "grade"),
        (credential(credentialSubject={"minor": "x"}), "undefined_term", "minor"),
        (credential(type=["VerifiableCredential", "Diploma"]), "undefined_type", "Diploma"),
        (credential(credentialSubject={"type": "Diploma", "major": "x"}), "undefined_type", "Diploma"),
        (credential(id="not-absolute"), "relative_iri", None),
        (credential(issuer="issuer"), "relative_iri", None),
        (credential(issuer={"id": "issuer"}), "relative_iri", None),
        (credential(id="urn:x> <urn:p> <urn:o"), "relative_iri", None),
        (credential(issuer="urn:x>.<urn:y"), "relative_iri", None),
        (credential(**{"@context": [V2, {"name": "urn:t:other"}]}), "protected_term", "name"),
        (
            credential(credentialSubject={"@context": {"name": "urn:t:name"}, "name": "x"}),
            "protected_term",
            "name",
        ),
        (credential(credentialSubject={"@context": None, "urn:a": "x"}), "protected_term", None),
        (credential(**{"@context": [V2, "https://unknown.example/v1"]}), "context_unknown", None),
        (credential(**{"@context": [V2, 7]}), "context", None),
        (credential(**{"@context": [V2, {"@import": V2}]}), "json_ld", None),
        (credential(**{"@context": [V2, {"a": {"@id": 7}}]}), "json_ld", None),
        (credential(name={"@value": "x", "@language": "not a tag"}), "language_value", None),
        (credential(name={"@value": "x", "@type": "urn:t", "@language": "ko"}), "json_ld", None),
        ({"@context": V2}, "json_ld", None),
        ({"type": "VerifiableCredential"}, "context", None),
    ],
)
def test_refused_and_named(document: dict[str, Any], code: str, named: str | None) -> None:
    with pytest.raises(SchemaError) as caught:
        default_canonicalizer().canonicalize(document)
    assert caught.value.code == code
    if named is not None:
        assert caught.value.context["term"] == named
        assert named in caught.value.message


@pytest.mark.parametrize(
    "document",
    [
        credential(**{"@context": [V2, "urn:\ud800"]}),
        credential(**{"@context": [V2, {"\ud800": "urn:a"}]}),
        credential(**{"@context": [V2, {"a": 2**70}]}),
        credential(credentialSubject={"@context": {"\ud800": "urn:a"}, "major": "x"}),
        credential(credentialSubject={"@context": {"a": "\ud800"}, "major": "x"}),
        credential(credentialSubject={"\ud800": "x"}),
        credential(type=["VerifiableCredential", "\ud800"]),
        credential(id="urn:\ud800"),
        credential(**{"@context": [V2, {"a": {"@id": "urn:a", "@context": 7}}]}, a={"b": "x"}),
        credential(**{"@context": {"@context": {"@context": "x"}}}),
    ],
)
def test_errors_can_be_shown_whatever_the_document_holds(document: dict[str, Any]) -> None:
    with pytest.raises(ResumeError) as caught:
        default_canonicalizer().canonicalize(document)
    assert caught.value.message.encode()
    assert str(caught.value.context).encode()


def test_deep_documents_are_refused() -> None:
    document: dict[str, Any] = {"a": "x"}
    for _ in range(2_000):
        document = {"a": document}
    with pytest.raises(ResumeError):
        default_canonicalizer().canonicalize({**document, "@context": {"a": "urn:a"}})
