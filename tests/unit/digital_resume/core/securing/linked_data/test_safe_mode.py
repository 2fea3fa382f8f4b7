"""Nothing that a signature would not cover passes: safe mode, protected terms, contexts."""

import time
from pathlib import Path
from typing import Any

import pytest

from digital_resume.core.errors import (
    LimitError,
    MalformedError,
    ResumeError,
    SchemaError,
    SourceUnavailableError,
)
from digital_resume.core.securing.linked_data.canonicalizer import Canonicalizer, default_canonicalizer
from digital_resume.core.securing.linked_data.contexts import ContextLoader, default_loader

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


def test_protected_terms_may_change_where_the_context_says_so_and_only_there() -> None:
    scoped = {"name": "urn:t:name"}
    context = [V2, {"inner": {"@id": "urn:t:inner", "@context": scoped}}]
    allowed = credential(**{"@context": context}, inner={"name": "x"})
    allowed["type"], allowed["credentialSubject"] = "VerifiableCredential", {"id": "did:example:s"}
    canonicalizer = Canonicalizer()
    assert b'<urn:t:name> "x"' in canonicalizer.canonicalize(allowed)
    # The same definition as an embedded context: what is remembered of the first must not let it pass.
    embedded = credential(**{"@context": context}, inner={"@context": scoped, "name": "x"})
    embedded["type"] = "VerifiableCredential"
    embedded["credentialSubject"] = {"@context": scoped, "id": "did:example:s", "name": "x"}
    with pytest.raises(SchemaError) as caught:
        canonicalizer.canonicalize(embedded)
    assert caught.value.code == "protected_term"


def test_null_and_empty_values_say_nothing() -> None:
    plain = default_canonicalizer().canonicalize(credential())
    assert default_canonicalizer().canonicalize(credential(name=None, evidence=[])) == plain


def test_values_that_plans_leave_to_the_general_way() -> None:
    document = credential(
        name=[
            {"@value": "법학사", "@language": "ko"},
            {"@value": "שם", "@language": "he", "@direction": "rtl"},
        ],
        credentialSubject={"id": "did:example:subject", "major": [1.5, 5.0, 1e21, -0.0, True, 7]},
    )
    text = default_canonicalizer().canonicalize(document).decode()
    for wanted in (
        '"법학사"@ko',
        '"שם"^^<https://www.w3.org/ns/i18n#he_rtl>',
        '"1.5E0"^^<http://www.w3.org/2001/XMLSchema#double>',
        '"5"^^<http://www.w3.org/2001/XMLSchema#integer>',
        '"1.0E21"^^<http://www.w3.org/2001/XMLSchema#double>',
        '"0"^^<http://www.w3.org/2001/XMLSchema#integer>',
        '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>',
    ):
        assert wanted in text
    with pytest.raises(MalformedError):
        default_canonicalizer().canonicalize(credential(credentialSubject={"major": 2**53 + 1}))


def test_lone_surrogate_is_refused() -> None:
    with pytest.raises(MalformedError):
        default_canonicalizer().canonicalize(credential(name="\ud800"))


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


def test_context_work_is_bounded() -> None:
    terms = {f"t{i}": "urn:t" for i in range(2_000)}
    inner = [{"@context": {**terms, f"x{i}": "urn:x"}, "t0": "v"} for i in range(20)]
    begun = time.process_time()
    with pytest.raises(LimitError):
        default_canonicalizer().canonicalize({"@context": {"a": "urn:a"}, "a": inner})
    assert time.process_time() - begun < 5.0


def test_memory_does_not_grow_with_the_contexts_that_documents_bring() -> None:
    canonicalizer = Canonicalizer()
    for number in range(600):
        canonicalizer.canonicalize(
            {"@context": {f"t{number}": "urn:t"}, f"t{number}": {"@context": {"u": "urn:u"}, "u": "x"}}
        )
    store = canonicalizer._store
    assert all(len(kept) <= 256 for kept in (*store._wrapped.values(), *store._roots.values()))
    assert len(canonicalizer._processor._kept) <= 256


def test_every_known_context_is_installed_and_processed() -> None:
    loader = default_loader()
    for url in loader.urls():
        assert url in loader
        document = {"@context": [url, {"own-term": "urn:own:term"}], "own-term": "x"}
        assert Canonicalizer().canonicalize(document) == b'_:c14n0 <urn:own:term> "x" .\n'


def test_contexts_that_are_missing_or_altered(tmp_path: Path) -> None:
    loader = ContextLoader(tmp_path)
    with pytest.raises(SourceUnavailableError) as caught:
        loader.text(V2)
    assert caught.value.code == "contexts_missing"
    assert "make setup" in caught.value.message
    (tmp_path / "credentials-v2.jsonld").write_text('{"@context": {}}', "utf-8")
    with pytest.raises(SourceUnavailableError):
        loader.text(V2)
    with pytest.raises(SourceUnavailableError):
        Canonicalizer(loader).canonicalize(credential())


def test_contexts_of_ones_own_are_added_and_replace_none() -> None:
    own = {"urn:own:context": {"@context": {"grade": "urn:own:grade"}}}
    canonicalizer = Canonicalizer(ContextLoader(extra=own))
    document = {"@context": "urn:own:context", "grade": "A"}
    assert canonicalizer.canonicalize(document) == b'_:c14n0 <urn:own:grade> "A" .\n'
    with pytest.raises(ValueError, match="cannot be replaced"):
        ContextLoader(extra={V2: {"@context": {}}})


def test_deep_documents_are_refused() -> None:
    document: dict[str, Any] = {"a": "x"}
    for _ in range(2_000):
        document = {"a": document}
    with pytest.raises(ResumeError):
        default_canonicalizer().canonicalize({**document, "@context": {"a": "urn:a"}})


@pytest.mark.parametrize("text", ["45", "4_5", "٤٥", "４５", " 45\n", "45.0", "4.5E1"])
def test_a_string_typed_as_a_double_stays_as_it_is_written(text: str) -> None:
    double = "http://www.w3.org/2001/XMLSchema#double"
    document = credential(credentialSubject={"major": {"@value": text, "@type": double}})
    written = text.replace("\n", "\\n")
    assert f'"{written}"^^<{double}>' in default_canonicalizer().canonicalize(document).decode()


def test_an_integer_that_is_a_double_is_written_in_full() -> None:
    document = credential(credentialSubject={"major": [10**20, 2**68]})
    text = default_canonicalizer().canonicalize(document).decode()
    for wanted in ("100000000000000000000", str(2**68)):
        assert f'"{wanted}"^^<http://www.w3.org/2001/XMLSchema#integer>' in text
