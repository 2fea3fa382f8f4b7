"""Contexts as they are processed: protected terms, bounds on work and memory."""

import time
from typing import Any

import pytest

from digital_resume.core.errors import (
    LimitError,
    SchemaError,
)
from digital_resume.core.securing.linked_data.canonicalizer import Canonicalizer, default_canonicalizer

V2 = "https://www.w3.org/ns/credentials/v2"


def credential(**members: Any) -> dict[str, Any]:
    return {
        "@context": [V2, {"Degree": "urn:t:Degree", "major": "urn:t:major"}],
        "type": ["VerifiableCredential", "Degree"],
        "issuer": "did:example:issuer",
        "credentialSubject": {"id": "did:example:subject", "major": "법학"},
        **members,
    }


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
