"""Contradictions: what a type's file declares is refused when it is handed in, and only then."""

from datetime import date
from typing import Any

import pytest

from digital_resume.core.credentials.catalog import all_types, credential_type
from digital_resume.core.credentials.claims import check_claims
from digital_resume.core.credentials.rules import parse_rules
from digital_resume.core.errors import MalformedError

TODAY = date(2026, 11, 23)


def course(name: str, grade: str) -> dict[str, Any]:
    return {"kind": "전공", "course": name, "grade": grade, "credits": 3}


SCORE = credential_type("LanguageTestScore")
SCHEMA: dict[str, Any] = {
    "properties": {
        "from": {"type": "string", "format": "date"},
        "a": {"type": "integer"},
        "word": {"type": "string"},
        "rows": {
            "type": "array",
            "items": {"properties": {"begin": {"format": "date"}, "number": {"type": "integer"}}},
        },
    }
}


@pytest.mark.parametrize(
    ("type_name", "change", "path", "code"),
    [
        ("LanguageTestScore", {"listening": 455, "reading": 430, "total": 100}, "/total", "sum_differs"),
        ("LanguageTestScore", {"testDate": "2026-11-24"}, "/testDate", "date_in_future"),
        ("LanguageTestScore", {"testDate": "2001-03-13"}, "/testDate", "date_order"),
        ("UniversityDegree", {"graduationDate": "2027-02-15"}, "/graduationDate", "date_in_future"),
        ("UniversityDegree", {"graduationDate": "2019-02-15"}, "/graduationDate", "date_order"),
        ("UniversityDegree", {"birthDate": "2027-01-01"}, "/birthDate", "date_in_future"),
        ("EmploymentRecord", {"endDate": "2024-03-03"}, "/endDate", "date_order"),
        ("NationalTechnicalQualification", {"passDate": "2023-07-01"}, "/issueDate", "date_order"),
        ("SeparationCertificate", {"separationDate": "2026-12-01"}, "/separationDate", "date_in_future"),
        ("UniversityDegree", {"gradeAverage": "999.99/4.5"}, "/gradeAverage", "above_scale"),
        ("UniversityDegree", {"gradeAverage": "4.6/4.5"}, "/gradeAverage", "above_scale"),
        ("AcademicTranscript", {"gradeAverage": "4.9 / 4.5"}, "/gradeAverage", "above_scale"),
        ("AcademicTranscript", {"totalCredits": 3}, "/totalCredits", "below_rows"),
        ("TrainingCompletion", {"endDate": "2026-11-24"}, "/endDate", "date_in_future"),
        (
            "EmploymentInsuranceHistory",
            {"periods": [{"workplace": "푸른숲", "acquired": "2024-03-04", "lost": "2024-03-03"}]},
            "/periods/0/lost",
            "date_order",
        ),
    ],
)
def test_a_contradiction_is_named(type_name: str, change: dict[str, Any], path: str, code: str) -> None:
    kind = credential_type(type_name)
    faults = check_claims(kind, {**kind.example, **change}, today=TODAY)
    assert (path, code) in {(fault.path, fault.code) for fault in faults}


@pytest.mark.parametrize("kind", all_types(), ids=lambda kind: kind.name)
def test_no_example_contradicts_itself_and_every_type_knows_when_a_person_was_born(kind: Any) -> None:
    assert check_claims(kind, kind.example, today=TODAY) == ()
    faults = check_claims(kind, {**kind.example, "birthDate": "2026-11-24"}, today=TODAY)
    assert ("/birthDate", "date_in_future") in {(fault.path, fault.code) for fault in faults}


@pytest.mark.parametrize(
    ("type_name", "change"),
    [
        ("UniversityDegree", {"gradeAverage": "4.5/4.5"}),
        ("UniversityDegree", {"gradeAverage": "4.50 / 4.5"}),
        ("UniversityDegree", {"gradeAverage": "98.7"}),
        ("AcademicTranscript", {"totalCredits": 5}),
        ("AcademicTranscript", {"totalCredits": 3, "courses": [course("통계", "F"), course("회계", "A0")]}),
        ("AcademicTranscript", {"totalCredits": 3, "courses": [course("회계", "C+"), course("회계", "A0")]}),
        ("TrainingCompletion", {"endDate": "2026-11-23"}),
        ("TrainingCompletion", {"endDate": "2026-12-24", "result": "조기취업"}),
        ("EmploymentRecord", {"endDate": "2027-03-03"}),
        ("Internship", {"endDate": "2027-03-03"}),
    ],
)
def test_what_may_be_meant_is_no_contradiction(type_name: str, change: dict[str, Any]) -> None:
    kind = credential_type(type_name)
    assert check_claims(kind, {**kind.example, **change}, today=TODAY) == ()


def test_both_languages_name_what_the_rows_add_up_to() -> None:
    transcript = credential_type("AcademicTranscript")
    (fault,) = check_claims(transcript, {**transcript.example, "totalCredits": 3}, today=TODAY)
    assert "'총 취득학점' 값이 '이수 교과목 › 학점' 값을 더한 것보다 작습니다" in fault.message.ko
    assert "'Total credits' is less than 'Courses › Credits' add up to" in fault.message.en


def test_both_languages_name_what_the_sum_is_of() -> None:
    (fault,) = check_claims(SCORE, {**SCORE.example, "total": 100}, today=TODAY)
    assert "'총점' 값이 듣기 + 읽기의 합과 다릅니다" in fault.message.ko
    assert "'Total' is not the sum of Listening + Reading" in fault.message.en


@pytest.mark.parametrize("change", [{"listening": "455"}, {"total": None}, {"testDate": "soon"}])
def test_what_the_schema_refuses_is_refused_once(change: dict[str, Any]) -> None:
    (fault,) = check_claims(SCORE, {**SCORE.example, **change}, today=TODAY)
    assert fault.code in {"type", "format"}


def test_a_part_that_is_not_given_is_not_compared() -> None:
    claims = {name: value for name, value in SCORE.example.items() if name != "reading"}
    assert check_claims(SCORE, claims, today=TODAY) == ()


def test_what_was_signed_already_is_not_held_against_the_rules() -> None:
    assert check_claims(SCORE, {**SCORE.example, "total": 100}, contradictions=False) == ()


@pytest.mark.parametrize(
    "rules",
    [
        {},
        ["past"],
        [{"rule": "future", "claim": "from"}],
        [{"rule": "past"}],
        [{"rule": "past", "claim": "word"}],
        [{"rule": "past", "claim": "nowhere"}],
        [{"rule": "past", "claim": ["from"]}],
        [{"rule": "past", "claim": "from", "unless": "a"}],
        [{"rule": "order", "first": "from", "then": "a"}],
        [{"rule": "order", "in": "word", "first": "from", "then": "from"}],
        [{"rule": "order", "in": "rows", "first": "begin", "then": "from"}],
        [{"rule": "sum", "of": "aa", "is": "word"}],
        [{"rule": "sum", "of": 3, "is": "a"}],
        [{"rule": "past", "claim": "from", "when": "word"}],
        [{"rule": "past", "claim": "from", "when": {"word": "a"}}],
        [{"rule": "past", "claim": "from", "when": {"word": [["a"]]}}],
        [{"rule": "past", "claim": "from", "when": {"nowhere": ["a"]}}],
        [{"rule": "scale", "claim": "a"}],
        [{"rule": "covers", "is": "a", "of": "begin", "in": "rows"}],
        [{"rule": "covers", "is": "word", "of": "number", "in": "rows"}],
        [{"rule": "covers", "is": "a", "of": "number"}],
        [{"rule": "covers", "is": "a", "of": "number", "in": ["rows"]}],
        [{"rule": "covers", "is": "a", "of": "number", "in": "rows", "once": "word"}],
        [{"rule": "covers", "is": "a", "of": "number", "in": "rows", "unless": {"word": ["F"]}}],
        [{"rule": "past", "claim": "from"}] * 61,
    ],
)
def test_a_file_with_a_rule_that_cannot_hold_is_refused(rules: Any) -> None:
    with pytest.raises(MalformedError):
        parse_rules(rules, SCHEMA)


def test_a_rule_for_the_rows_of_a_table() -> None:
    (rule,) = parse_rules([{"rule": "past", "in": "rows", "claim": "begin"}], SCHEMA)
    assert (rule.table, rule.subject) == ("rows", "begin")
