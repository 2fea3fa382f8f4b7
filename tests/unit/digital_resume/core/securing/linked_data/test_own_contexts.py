"""A deployment's own contexts: used as they were pinned, or the start is refused and says why."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_resume.core.errors import MalformedError, SchemaError
from digital_resume.core.securing.linked_data.canonicalizer import default_canonicalizer, use_contexts
from digital_resume.core.securing.linked_data.own_contexts import (
    MAX_CONTEXT_BYTES,
    MAX_CONTEXTS,
    MAX_LIST_BYTES,
    read_contexts,
)

URL = "https://example.org/degree/v1"
CONTEXT = json.dumps({"@context": {"grade": "urn:own:grade"}}).encode()
DOCUMENT = {"@context": URL, "grade": "A"}


@pytest.fixture(autouse=True)
def installed_only() -> Iterator[None]:
    """Leave the next test the contexts that are shipped."""
    yield
    use_contexts({})


def entry(**changes: Any) -> dict[str, Any]:
    return {"url": URL, "file": "degree.jsonld", "sha256": hashlib.sha256(CONTEXT).hexdigest(), **changes}


def folder(at: Path, listed: Any, context: bytes = CONTEXT) -> Path:
    (at / "contexts.json").write_text(json.dumps(listed), "utf-8")
    (at / "degree.jsonld").write_bytes(context)
    return at


def test_without_a_folder_there_are_none() -> None:
    assert read_contexts(None) == {}


def test_a_listed_context_may_be_named(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="never fetched"):
        default_canonicalizer().canonicalize(DOCUMENT)
    use_contexts(read_contexts(folder(tmp_path, {"contexts": [entry()]})))
    assert default_canonicalizer().canonicalize(DOCUMENT) == b'_:c14n0 <urn:own:grade> "A" .\n'
    use_contexts({})
    with pytest.raises(SchemaError):
        default_canonicalizer().canonicalize(DOCUMENT)


@pytest.mark.parametrize(
    ("listed", "why"),
    [
        ([], "not JSON"),
        ({}, "no list"),
        ({"contexts": []}, "no list"),
        ({"contexts": [entry()] * (MAX_CONTEXTS + 1)}, "no list"),
        ({"contexts": [entry(), entry()]}, "twice"),
        ({"contexts": ["x"]}, "url"),
        ({"contexts": [entry(url="http://example.org/v1")]}, "url"),
        ({"contexts": [entry(url="https://example.org/" + "a" * 300)]}, "url"),
        ({"contexts": [entry(url=7)]}, "url"),
        ({"contexts": [entry(file="../degree.jsonld")]}, "plain name"),
        ({"contexts": [entry(file="/etc/passwd")]}, "plain name"),
        ({"contexts": [entry(file="none.jsonld")]}, "cannot be read"),
        ({"contexts": [entry(sha256="00" * 32)]}, "not the file"),
        ({"contexts": [entry(sha256="00")]}, "sha256"),
        ({"contexts": [{"url": URL, "file": "degree.jsonld"}]}, "sha256"),
    ],
)
def test_a_wrong_list_is_refused_and_named(tmp_path: Path, listed: Any, why: str) -> None:
    with pytest.raises(MalformedError, match=why) as caught:
        read_contexts(folder(tmp_path, listed))
    assert caught.value.code == "contexts_dir_invalid"


@pytest.mark.parametrize(
    ("context", "why"),
    [
        (b"{", "not JSON"),
        (b'{"@context": {}, "@context": {}}', "not JSON"),
        (b'{"@context": "https://www.w3.org/ns/credentials/v2"}', "no @context"),
        (b"{}", "no @context"),
        (b'{"@context": {"a": "' + b"x" * MAX_CONTEXT_BYTES + b'"}}', "larger"),
    ],
)
def test_a_wrong_context_is_refused_and_named(tmp_path: Path, context: bytes, why: str) -> None:
    listed = {"contexts": [entry(sha256=hashlib.sha256(context).hexdigest())]}
    with pytest.raises(MalformedError, match=why):
        read_contexts(folder(tmp_path, listed, context))


def test_a_list_that_is_too_large_or_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MalformedError, match="cannot be read"):
        read_contexts(tmp_path)
    (tmp_path / "contexts.json").write_bytes(b" " * (MAX_LIST_BYTES + 1))
    with pytest.raises(MalformedError, match="larger"):
        read_contexts(tmp_path)


@pytest.mark.parametrize("pinned", ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/dcc/v1"])
def test_a_pinned_context_is_not_replaced(tmp_path: Path, pinned: str) -> None:
    before = default_canonicalizer()
    with pytest.raises(MalformedError, match="cannot be replaced") as caught:
        use_contexts(read_contexts(folder(tmp_path, {"contexts": [entry(url=pinned)]})))
    assert caught.value.code == "contexts_dir_invalid"
    assert default_canonicalizer() is before


@pytest.mark.parametrize(
    "context", [{"a": {"@id": 7}}, {"@import": "https://example.org/unknown"}, {"a": {"@type": "@nonsense"}}]
)
def test_a_context_that_cannot_be_processed_stops_the_start(context: dict[str, Any]) -> None:
    with pytest.raises(MalformedError, match="cannot be processed"):
        use_contexts({URL: {"@context": context}})


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["url", "file", "sha256", "contexts"]), inner)
        ),
    )
)
def test_any_list_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, listed: Any) -> None:
    with pytest.raises(MalformedError):
        read_contexts(folder(tmp_path_factory.mktemp("own"), listed))
