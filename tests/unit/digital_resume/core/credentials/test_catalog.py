"""The catalogue of credential types and the claims of each."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from digital_resume.core.credentials import catalog as catalog_module
from digital_resume.core.credentials.catalog import (
    Catalog,
    CredentialType,
    all_types,
    credential_type,
    credential_type_by_vct,
    default_catalog,
    load_catalog,
    parse_credential_type,
)
from digital_resume.core.credentials.claims import check_claims, validate_claims
from digital_resume.core.errors import MalformedError, UnknownTypeError

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
TYPES = all_types()
FOLDER = Path(catalog_module.__file__).with_name("types")
NAMES = {file.stem for file in FOLDER.glob("*.json")}
#: Parts of a Korean resume, in their order: a type joins one of them or brings its own.
SECTIONS = ("신원", "학력", "경력", "자격", "어학", "교육·훈련", "고용보험")
each_type = pytest.mark.parametrize("kind", TYPES, ids=lambda t: t.name)


def test_every_file_of_the_folder_is_a_type() -> None:
    assert {"IdentityCredential", "UniversityDegree", "Internship"} <= NAMES, "the folder is found"
    assert {t.name for t in TYPES} == NAMES
    assert all(t.vct == f"urn:vdr:{t.name}:1" for t in TYPES)
    assert credential_type_by_vct("urn:vdr:Internship:1") is credential_type("Internship")


@each_type
def test_the_name_is_visible_and_the_birth_date_can_be_hidden(kind: CredentialType) -> None:
    assert "name" in kind.always_visible
    assert "birthDate" in kind.selectively_disclosable
    assert ("birthDate",) in kind.disclosable_paths(kind.example)


@each_type
def test_every_claim_has_a_label_in_both_languages(kind: CredentialType) -> None:
    assert [c.order for c in kind.claims] == list(range(len(kind.claims)))
    assert all(c.label.ko and c.label.en for c in kind.claims)
    for claim in kind.claims:
        items = kind.schema["properties"][claim.name].get("items", {})
        assert {c.name for c in claim.columns} == set(items.get("properties", {}))


def _bounded(schema: dict[str, Any]) -> bool:
    kind = schema["type"]
    if kind == "string":
        return "maxLength" in schema or "format" in schema
    if kind == "integer":
        return "minimum" in schema and "maximum" in schema
    if kind == "array":
        return "maxItems" in schema and _bounded(schema["items"])
    return schema["additionalProperties"] is False and all(map(_bounded, schema["properties"].values()))


@each_type
def test_every_value_is_bounded(kind: CredentialType) -> None:
    assert _bounded(dict(kind.schema))


DEGREE = credential_type("UniversityDegree")


@pytest.mark.parametrize("name", ["", "universitydegree", "UniversityDegree:1", "x" * 10_000])
def test_unknown_type_is_refused(name: str) -> None:
    with pytest.raises(UnknownTypeError) as caught:
        credential_type(name)
    assert caught.value.code == "unknown_credential_type"
    with pytest.raises(UnknownTypeError):
        credential_type_by_vct(name)


# --- validity -------------------------------------------------------------------------------------------


def test_language_score_ends_two_years_after_the_test_at_midnight_in_korea() -> None:
    kind = credential_type("LanguageTestScore")
    end = kind.valid_until({"testDate": "2026-05-17"}, datetime(2026, 11, 23, tzinfo=UTC))
    assert end == datetime(2028, 5, 17, 14, 59, 59, tzinfo=UTC)


def test_leap_day_ends_on_the_28th() -> None:
    kind = credential_type("LanguageTestScore")
    end = kind.valid_until({"testDate": "2024-02-29"}, datetime(2026, 11, 23, tzinfo=UTC))
    assert end == datetime(2026, 2, 28, 14, 59, 59, tzinfo=UTC)


def test_identity_ends_three_years_after_issue() -> None:
    begin = datetime(2026, 11, 23, 6, tzinfo=UTC)
    end = credential_type("IdentityCredential").valid_until({}, begin)
    assert end is not None
    assert timedelta(days=1095) <= end - begin < timedelta(days=1097)


def test_degree_does_not_end() -> None:
    assert DEGREE.valid_until(DEGREE.example, datetime(2026, 11, 23, tzinfo=UTC)) is None


@pytest.mark.parametrize("value", [None, 5, "soon", "9999-12-31"])
def test_validity_that_cannot_be_reckoned_is_refused(value: object) -> None:
    with pytest.raises(MalformedError):
        credential_type("LanguageTestScore").valid_until(
            {"testDate": value}, datetime(2026, 1, 1, tzinfo=UTC)
        )


@each_type
def test_what_an_employer_seldom_needs_starts_hidden(kind: CredentialType) -> None:
    hidden = set(kind.resume.hidden_by_default)
    assert "birthDate" in hidden
    can_hide = {name.removesuffix("[]") for name in kind.selectively_disclosable}
    private = {name for name in can_hide if re.search(r"Number|nationality|[wW]age|grade|bonus|reason", name)}
    assert private <= hidden


def test_sections_of_the_resume_are_those_of_a_korean_one() -> None:
    sections = {kind.resume.section for kind in TYPES}
    ordered = sorted(sections, key=lambda section: section.order)
    assert [section.label.ko for section in ordered if section.label.ko in SECTIONS] == [*SECTIONS]
    places = [(kind.resume.section.order, kind.resume.order) for kind in TYPES]
    assert len(places) == len(set(places)), "no two types have one place"


# --- types of one's own ---------------------------------------------------------------------------------


def resume(**changes: Any) -> dict[str, Any]:
    return {
        "section": {"id": "service", "label": {"ko": "봉사", "en": "Service"}, "order": 80},
        "order": 10,
        "icon": {"tone": "green", "path": "M4 6h16v12H4z"},
        "lead": ["name"],
        "hiddenByDefault": ["places"],
        **changes,
    }


def document(**changes: Any) -> dict[str, Any]:
    return {
        "name": "OfThisDeployment",
        "vct": "urn:vdr:OfThisDeployment:1",
        "display": {"ko": "봉사활동", "en": "Volunteering"},
        "description": {"ko": "봉사한 시간", "en": "Hours volunteered"},
        "resume": resume(),
        "validity": {"kind": "none"},
        "alwaysVisible": ["name"],
        "selectivelyDisclosable": ["places[]"],
        "claims": [
            {"name": "name", "label": {"ko": "성명", "en": "Name"}},
            {"name": "places", "label": {"ko": "장소", "en": "Places"}},
        ],
        "schema": {
            "type": "object",
            "properties": {
                "name": {"type": "string", "maxLength": 60},
                "places": {"type": "array", "maxItems": 9, "items": {"type": "string", "maxLength": 60}},
            },
            "required": ["name"],
            "additionalProperties": False,
        },
        "example": {"name": "김하늘", "places": ["가", "나"]},
        **changes,
    }


def test_a_module_adds_a_type() -> None:
    kind = parse_credential_type(document())
    catalog = default_catalog().with_types([kind])
    assert catalog.credential_type("OfThisDeployment") is kind
    assert [*catalog.all_types()] == [*default_catalog().all_types(), kind]
    assert kind not in default_catalog().all_types()


def test_elements_of_an_array_can_be_hidden_singly() -> None:
    kind = parse_credential_type(document())
    assert kind.disclosable_paths(kind.example) == {("places", 0), ("places", 1)}


def test_one_section_has_one_label_and_place() -> None:
    other = resume(section={"id": "service", "label": {"ko": "봉사", "en": "Volunteering"}, "order": 80})
    kinds = [
        parse_credential_type(document()),
        parse_credential_type(document(name="Other", vct="urn:vdr:Other:1", resume=other)),
    ]
    with pytest.raises(MalformedError):
        Catalog(kinds)


def test_two_types_of_one_name_are_refused() -> None:
    kind = parse_credential_type(document())
    with pytest.raises(MalformedError):
        Catalog([kind, kind])


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": {"type": "nonsense"}},
        {"schema": {**document()["schema"], "additionalProperties": True}},
        {"alwaysVisible": []},
        {"alwaysVisible": ["places"], "selectivelyDisclosable": ["name"]},
        {"selectivelyDisclosable": ["places", "name"]},
        {"claims": []},
        {"validity": {"kind": "forever"}},
        {"validity": None},
        {"display": {"ko": "봉사"}},
        {"vct": None, "display": None},
        {"resume": None},
        {"resume": {}},
        {"resume": resume(section={"id": "Service", "label": {"ko": "봉사", "en": "Service"}, "order": 80})},
        {"resume": resume(section={"id": "service", "label": {"ko": "", "en": "Service"}, "order": 80})},
        {"resume": resume(section={"id": "service", "label": {"ko": "봉사", "en": "S" * 41}, "order": 80})},
        {"resume": resume(section={"id": "service", "label": {"ko": "봉사", "en": "Service"}, "order": -1})},
        {"resume": resume(order=1_000)},
        {"resume": resume(order="first")},
        {"resume": resume(icon={"tone": "green", "path": 'M4 6"/><script>'})},
        {"resume": resume(icon={"tone": "green", "path": ""})},
        {"resume": resume(icon={"tone": "green", "path": "M" * 1_001})},
        {"resume": resume(icon={"tone": "url(https://example.org)", "path": "M4 6h16"})},
        {"resume": resume(lead=[])},
        {"resume": resume(lead=["name", "name"])},
        {"resume": resume(lead=["hours"])},
        {"resume": resume(lead=["places"])},
        {"resume": resume(hiddenByDefault=["name"])},
        {"resume": resume(hiddenByDefault=["places[]"])},
        {"resume": resume(hiddenByDefault=["places", "places"])},
        {"resume": resume(hiddenByDefault=["hours"])},
        {"openBadge": "Certificate"},
        {"openBadge": {}},
        {"openBadge": {"achievementType": 7}},
        {"openBadge": {"achievementType": "Certificate", "results": "name"}},
        {"openBadge": {"achievementType": "Certificate", "results": ["hours"]}},
        {"openBadge": {"achievementType": "Certificate", "byClaim": ["name"]}},
        {"openBadge": {"achievementType": "Certificate", "byClaim": {"hours": {}}}},
        {"openBadge": {"achievementType": "Certificate", "byClaim": {"name": "Badge"}}},
        {"openBadge": {"achievementType": "Certificate", "byClaim": {"name": {"김하늘": 7}}}},
    ],
)
def test_a_contradictory_type_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        parse_credential_type(document(**changes))


def test_a_folder_of_ones_own_adds_and_replaces_types(tmp_path: Path) -> None:
    (tmp_path / "OfThisDeployment.json").write_text(json.dumps(document()), "utf-8")
    other = document(name="Internship", vct="urn:vdr:Internship:1")
    (tmp_path / "Internship.json").write_text(json.dumps(other), "utf-8")
    (tmp_path / "README.txt").write_text("not a type")
    catalog = load_catalog(tmp_path)
    assert {kind.name for kind in catalog.all_types()} == NAMES | {"OfThisDeployment"}
    assert catalog.credential_type("Internship").title.ko == "봉사활동"
    assert credential_type("Internship").title.ko != "봉사활동", "the shipped types stay as they are"
    assert load_catalog(None) is default_catalog()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("OfThisDeployment", "{"),
        ("OfThisDeployment", "[]"),
        ("OfThisDeployment", json.dumps({**document(), "resume": None})),
        ("Other", json.dumps(document())),
        ("OfThisDeployment", json.dumps(document(vct="urn:vdr:Internship:1"))),
        ("OfThisDeployment", " " * (256 * 1024 + 1)),
    ],
    ids=["not JSON", "not an object", "incomplete", "another name", "another type's vct", "too large"],
)
def test_a_wrong_file_stops_the_start_and_is_named(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / f"{name}.json").write_text(content, "utf-8")
    with pytest.raises(MalformedError) as caught:
        load_catalog(tmp_path)
    assert f"{name}.json" in caught.value.message or "share a name or a vct" in caught.value.message


def test_a_folder_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(MalformedError):
        load_catalog(tmp_path / "missing")


@each_type
def test_a_name_has_up_to_120_letters_and_its_romanisation_too(kind: CredentialType) -> None:
    for name in ("Uvuvwevwevwe Onyetenyevwe Ugwemuhwem Osas", "가" * 120, "علی\u200cرضا"):
        validate_claims(kind, {**kind.example, "name": name, "nameRomanised": "A" * 120})
    for changes in ({"name": "가" * 121}, {"nameRomanised": "A" * 121}):
        assert [fault.code for fault in check_claims(kind, {**kind.example, **changes})] == ["maxLength"]
