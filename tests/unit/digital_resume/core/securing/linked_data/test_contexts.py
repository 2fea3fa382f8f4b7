"""The contexts that are installed, and those of one's own."""

from pathlib import Path
from typing import Any

import pytest

from digital_resume.core.errors import (
    SourceUnavailableError,
)
from digital_resume.core.securing.linked_data.canonicalizer import Canonicalizer
from digital_resume.core.securing.linked_data.contexts import ContextLoader, default_loader

V2 = "https://www.w3.org/ns/credentials/v2"


def credential(**members: Any) -> dict[str, Any]:
    return {
        "@context": [V2, {"Degree": "urn:t:Degree", "major": "urn:t:major"}],
        "type": ["VerifiableCredential", "Degree"],
        "issuer": "did:example:issuer",
        "credentialSubject": {"id": "did:example:subject", "major": "법학"},
        **members,
    }


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
