"""Adding an institution."""

import pytest

from digital_resume.core.errors import SchemaError, UnknownTypeError
from issuer.errors import ConflictError
from issuer.onboarding.service import accreditable_of, add_institution
from tests.integration.issuer.rig import Rig


async def test_an_institution_is_added_once_and_with_types_that_exist(rig: Rig) -> None:
    async def add(slug: str, *types: str) -> None:
        async with rig.context.database.sessions.begin() as session:
            await add_institution(
                session, rig.context, slug=slug, name_ko="시연용", name_en="demo", credential_types=types
            )

    with pytest.raises(ConflictError):
        await add("univ", "UniversityDegree")
    with pytest.raises(UnknownTypeError):
        await add("other", "Diploma")
    with pytest.raises(SchemaError):
        await add("Not A Slug", "UniversityDegree")
    assert await rig.scalar("select count(*) from issuer.institution") == 1


async def test_what_the_chain_must_hold_can_be_asked_again(rig: Rig) -> None:
    async with rig.context.database.sessions() as session:
        assert await accreditable_of(session, rig.context, "univ") == rig.institutions["univ"].accreditable
        assert await accreditable_of(session, rig.context, "nobody") is None
