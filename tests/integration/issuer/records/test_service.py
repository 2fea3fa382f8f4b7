"""Records that are handed in: what is refused is named, and changes nothing."""

import pytest

from digital_resume.core.credentials.catalog import credential_type
from tests.integration.issuer.answers import assert_problem
from tests.integration.issuer.rig import Rig

DEGREE = dict(credential_type("UniversityDegree").example)


async def test_an_unknown_credential_type_is_refused(rig: Rig) -> None:
    before = await rig.state()
    assert_problem(await rig.post_record(type_name="Diploma", claims=DEGREE), 422, "unknown_credential_type")
    assert await rig.state() == before


async def test_a_type_of_another_institution_is_refused(rig: Rig) -> None:
    before = await rig.state()
    answer = await rig.post_record(type_name="IdentityCredential")
    assert_problem(answer, 422, "type_not_allowed")
    assert await rig.state() == before


async def test_claims_that_break_the_schema_are_named(rig: Rig) -> None:
    before = await rig.state()
    answer = await rig.post_record({**DEGREE, "graduationDate": "soon", "hobby": "golf"})
    assert_problem(answer, 422, "schema_violation")
    paths = {fault["path"] for fault in answer.json()["context"]["errors"]}
    assert "/graduationDate" in paths
    assert "golf" not in answer.text
    assert await rig.state() == before


async def test_a_resident_registration_number_is_refused_and_not_repeated(rig: Rig) -> None:
    before = await rig.state()
    answer = await rig.post_record({**DEGREE, "major": "전공 010314-3123456"})
    assert_problem(answer, 422, "resident_registration_number")
    assert "3123456" not in answer.text
    assert await rig.state() == before


async def test_a_validity_that_is_over_is_refused(rig: Rig) -> None:
    before = await rig.state()
    answer = await rig.post_record(DEGREE, validUntil="2020-01-01T00:00:00Z")
    assert_problem(answer, 422, "validity_invalid")
    assert await rig.state() == before


@pytest.mark.parametrize(
    "reference", ["900101-1234567", "학번 9001011234567", "９００１０１－１２３４５６７"]
)
async def test_a_resident_registration_number_as_reference_is_refused(rig: Rig, reference: str) -> None:
    before = await rig.state()
    answer = await rig.post_record(externalId=reference)
    assert (answer.status_code, answer.json()["code"]) == (422, "resident_registration_number"), answer.text
    assert "1234567" not in answer.text
    assert await rig.state() == before


@pytest.mark.parametrize("reference", ["a\u202eb", "줄\n바꿈", "\u200b"])
async def test_invisible_characters_in_a_reference_are_refused(rig: Rig, reference: str) -> None:
    answer = await rig.post_record(externalId=reference)
    assert answer.status_code == 422, answer.text


async def test_an_ordinary_reference_is_kept(rig: Rig) -> None:
    assert (await rig.post_record(externalId="2024-학-01234")).status_code == 201
