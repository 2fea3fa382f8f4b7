"""The institution's own reference is no back door for what the claims may not hold."""

import pytest

from tests.integration.issuer.rig import Rig


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
