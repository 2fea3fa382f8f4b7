"""The metadata of SD-JWT VC types: what it extends, its integrity, and the rules it sets."""

import base64
import hashlib
import json
from typing import Any

import pytest

from digital_resume.core.credentials.catalog import all_types
from digital_resume.core.credentials.sd_jwt_type_metadata import (
    build_type_metadata,
    check_claims,
    parse_type_metadata,
    resolve_type_metadata,
)
from digital_resume.core.errors import (
    LimitError,
    MalformedError,
    ProofError,
    SchemaError,
    SourceUnavailableError,
)

VCT = "https://types.example/degree"
BASE = "https://types.example/base"


class Shelf:
    def __init__(self, documents: dict[str, Any]) -> None:
        self.documents = {url: json.dumps(document).encode() for url, document in documents.items()}

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> bytes:
        if url not in self.documents:
            raise SourceUnavailableError("not there")
        return self.documents[url]


def claim(*path: Any, **more: Any) -> dict[str, Any]:
    return {"path": list(path), **more}


def test_metadata_of_what_is_extended_is_merged() -> None:
    base = {"vct": BASE, "claims": [claim("name", mandatory=True), claim("grades", None, sd="allowed")]}
    own = {
        "vct": VCT,
        "extends": BASE,
        "display": [{"locale": "ko", "name": "학위"}],
        "claims": [
            claim("name", mandatory=True, sd="never"),
            claim("degree", display=[{"lang": "en", "label": "Degree"}]),
        ],
    }
    found = resolve_type_metadata(VCT, Shelf({BASE: base, VCT: own}))
    assert found.extends == (BASE,)
    assert found.labels == {"ko": "학위"}
    assert found.claims["name",].disclosable == "never"
    assert set(found.claims) == {("name",), ("grades", None), ("degree",)}


@pytest.mark.parametrize(
    ("documents", "error"),
    [
        ({}, SourceUnavailableError),
        ({VCT: {"vct": BASE}}, MalformedError),
        ({VCT: {"vct": VCT, "extends": VCT}}, LimitError),
        ({VCT: {"vct": VCT, "extends": "http://types.example/x"}}, MalformedError),
        (
            {VCT: {"vct": VCT, "extends": BASE, "extends#integrity": "sha256-AAAA"}, BASE: {"vct": BASE}},
            ProofError,
        ),
        ({VCT: {"vct": VCT, "claims": [claim("a"), claim("a")]}}, MalformedError),
        ({VCT: {"vct": VCT, "claims": [claim(-1)]}}, MalformedError),
        ({VCT: {"vct": VCT, "claims": [claim()]}}, MalformedError),
        ({VCT: {"vct": VCT, "claims": [claim("a", sd="sometimes")]}}, MalformedError),
        ({VCT: {"vct": VCT, "claims": {}}}, MalformedError),
        ({VCT: {"vct": VCT, "display": [{"name": "x"}]}}, MalformedError),
        (
            {
                VCT: {"vct": VCT, "extends": BASE, "claims": [claim("a", sd="allowed")]},
                BASE: {"vct": BASE, "claims": [claim("a", sd="never")]},
            },
            SchemaError,
        ),
    ],
)
def test_metadata_that_cannot_be_relied_on_is_refused(
    documents: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        resolve_type_metadata(VCT, Shelf(documents))


def test_integrity_of_the_credential_is_checked() -> None:
    shelf = Shelf({VCT: {"vct": VCT}})
    digest = base64.b64encode(hashlib.sha384(shelf.documents[VCT]).digest()).decode()
    assert resolve_type_metadata(VCT, shelf, integrity=f"sha384-{digest}").vct == VCT
    with pytest.raises(ProofError):
        resolve_type_metadata(VCT, shelf, integrity="sha256-" + "A" * 43 + "=")
    for broken in ("", "md5-x", "sha256-*"):
        with pytest.raises(MalformedError):
            resolve_type_metadata(VCT, shelf, integrity=broken)


@pytest.mark.parametrize(
    ("payload", "disclosed", "code"),
    [
        ({"name": "x", "degree": "y"}, {("degree",)}, None),
        ({"name": "x"}, set(), None),
        ({"degree": "y"}, {("degree",)}, "claim_missing"),
        ({"name": "x"}, {("name",)}, "claim_disclosability"),
        ({"name": "x", "degree": "y"}, set(), "claim_disclosability"),
        ({"name": "x", "grades": ["a", "b"]}, {("grades", 0), ("grades", 1)}, None),
        ({"name": "x", "grades": ["a", "b"]}, {("grades", 0)}, "claim_disclosability"),
    ],
)
def test_credential_is_held_against_its_types_rules(payload: Any, disclosed: Any, code: str | None) -> None:
    metadata = parse_type_metadata(
        {
            "vct": VCT,
            "claims": [
                claim("name", sd="never", mandatory=True),
                claim("degree", sd="always", mandatory=True),
                claim("grades", None, sd="always"),
            ],
        }
    )
    if code is None:
        check_claims(metadata, payload, disclosed)
    else:
        with pytest.raises(SchemaError) as caught:
            check_claims(metadata, payload, disclosed)
        assert caught.value.code == code


@pytest.mark.parametrize("kind", all_types(), ids=lambda kind: kind.name)
def test_our_types_have_metadata_that_their_examples_follow(kind: Any) -> None:
    document = build_type_metadata(kind)
    metadata = parse_type_metadata(document)
    assert set(metadata.labels) == {"ko-KR", "en-US"}
    assert len(metadata.claims) == len(kind.claims)
    assert document["urn:vdr:resume"] == kind.resume.to_json()
    check_claims(metadata, kind.example, kind.disclosable_paths(kind.example))
