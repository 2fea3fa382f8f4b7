"""The claims of a credential: checked against their type, named where they are wrong, normalised."""

from copy import deepcopy
from typing import Any

import pytest

from digital_resume.core.credentials.catalog import (
    CredentialType,
    all_types,
    credential_type,
)
from digital_resume.core.credentials.claims import (
    check_claims,
    find_resident_registration_number,
    normalise_claims,
    validate_claims,
)
from digital_resume.core.errors import LimitError, SchemaError

TYPES = all_types()
each_type = pytest.mark.parametrize("kind", TYPES, ids=lambda t: t.name)
DEGREE = credential_type("UniversityDegree")


@each_type
def test_its_example_is_valid(kind: CredentialType) -> None:
    validate_claims(kind, kind.example)


@each_type
def test_its_example_without_optional_claims_is_valid(kind: CredentialType) -> None:
    required = set(kind.schema["required"])
    validate_claims(kind, {k: v for k, v in kind.example.items() if k in required})


@each_type
def test_each_claim_missing_is_named(kind: CredentialType) -> None:
    for name in kind.schema["required"]:
        claims = {k: v for k, v in kind.example.items() if k != name}
        (fault,) = check_claims(kind, claims)
        assert (fault.path, fault.code) == (f"/{name}", "required")
        label = kind.claim(name)
        assert label is not None
        assert label.label.ko in fault.message.ko
        assert label.label.en in fault.message.en


@each_type
def test_a_resident_registration_number_is_refused_in_every_string(kind: CredentialType) -> None:
    for name, value in kind.example.items():
        if isinstance(value, str):
            with pytest.raises(SchemaError) as caught:
                validate_claims(kind, {**kind.example, name: "x 800101-1234567"})
            assert caught.value.code == "resident_registration_number"
            assert "1234567" not in str(caught.value.context) + caught.value.message


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        ({"extra": 1}, "/extra", "additionalProperties"),
        ({"김하늘 010-1234-5678": 1}, "", "additionalProperties"),
        ({"name": "김하늘\n"}, "/name", "forbidden_character"),
        ({"degree": 1}, "/degree", "type"),
        ({"degree": ""}, "/degree", "minLength"),
        ({"degree": "가" * 101}, "/degree", "maxLength"),
        ({"degreeLevel": "박사님"}, "/degreeLevel", "enum"),
        ({"birthDate": "2001-02-30"}, "/birthDate", "format"),
        ({"birthDate": "14.3.2001"}, "/birthDate", "format"),
        ({"name": " 김하늘"}, "/name", "pattern"),
        ({"name": "김하늘\u202e"}, "/name", "forbidden_character"),
        ({"name": "\u1100\u1161"}, "/name", "not_nfc"),
        ({"graduationDate": "2019-02-15"}, "/graduationDate", "date_order"),
        ({"gradeAverage": "많음"}, "/gradeAverage", "pattern"),
    ],
)
def test_broken_claims_are_named(change: dict[str, Any], path: str, code: str) -> None:
    faults = check_claims(DEGREE, {**DEGREE.example, **change})
    assert (path, code) in {(f.path, f.code) for f in faults}
    with pytest.raises(SchemaError) as caught:
        validate_claims(DEGREE, {**DEGREE.example, **change})
    assert caught.value.code == "schema_violation"
    assert all(e["message"]["ko"] and e["message"]["en"] for e in caught.value.context["errors"])


def test_a_cell_of_a_table_is_named_by_its_column() -> None:
    kind = credential_type("AcademicTranscript")
    claims = deepcopy(dict(kind.example))
    claims["courses"][1]["grade"] = "A+" * 5
    (fault,) = check_claims(kind, claims)
    assert fault.path == "/courses/1/grade"
    assert "성적" in fault.message.ko


def test_line_feeds_stand_only_where_several_lines_belong() -> None:
    kind = credential_type("Internship")
    validate_claims(kind, {**kind.example, "duties": "서버 개발\n시험"})
    with pytest.raises(SchemaError):
        validate_claims(kind, {**kind.example, "position": "인턴\n"})


def test_huge_texts_are_refused() -> None:
    with pytest.raises(LimitError):
        check_claims(DEGREE, {"name": "가" * 20_001})


def test_hundreds_of_faults_are_cut_off() -> None:
    assert len(check_claims(DEGREE, {f"x{i}": "\u202e" for i in range(500)})) <= 20


def test_too_deep_claims_are_refused() -> None:
    deep: Any = "x"
    for _ in range(20):
        deep = [deep]
    with pytest.raises(LimitError):
        check_claims(DEGREE, {"name": deep})


def test_normalising_mends_decomposed_text_and_blanks() -> None:
    mended = normalise_claims({**DEGREE.example, "name": " \u1100\u1175\u11b7하늘 "})
    assert mended["name"] == "김하늘"
    validate_claims(DEGREE, mended)


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"a": [{"b": "800101-1234567"}]}, "/a/0/b"),
        ({"a": 8001011234567}, "/a"),
        ({"a": 10101_3234567}, "/a"),
        ({"a": 8001011234567.0}, "/a"),
        ({"800101-1234567": 1}, "/800101-1234567"),
        ({"a/b": "800101-1234567"}, "/a~1b"),
        ({"a": 42_000_000, "b": [True, None, 1.5, "x"]}, None),
    ],
)
def test_it_is_found_anywhere(value: object, path: str | None) -> None:
    assert find_resident_registration_number(value) == path
