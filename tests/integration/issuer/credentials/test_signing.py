"""Many credentials signed together: each is as one that was signed alone, and takers never deadlock."""

import asyncio
import json
from uuid import uuid4

import pytest
from sqlalchemy import text

from digital_resume.core.credentials.catalog import credential_type
from digital_resume.core.errors import SchemaError
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.jws import parse_compact
from issuer.chain.standing import Standing
from issuer.credentials.signing import Order, sign_credentials, standing_of
from issuer.institutions import repository
from issuer.status.lists import take_entries
from tests.integration.issuer.rig import Rig


async def standing_of_university(rig: Rig) -> Standing:
    """Ask the chain, as everybody does who signs."""
    async with rig.context.database.sessions() as session:
        institution = await repository.by_slug(session, "univ")
        assert institution is not None
        return await standing_of(session, rig.context, institution, "UniversityDegree")


async def test_credentials_signed_together_have_each_its_own_entry_leaf_and_row(rig: Rig) -> None:
    kind = credential_type("UniversityDegree")
    holders = [LocalSigner.generate().public_key for _ in range(60)]
    orders = [
        Order(kind, {**kind.example, "name": f"시연 {number}"}, holder)
        for number, holder in enumerate(holders)
    ]
    standing = await standing_of_university(rig)
    async with rig.context.database.sessions.begin() as session:
        institution = await repository.by_slug(session, "univ")
        assert institution is not None
        signed = await sign_credentials(session, rig.context, institution, standing, orders)
    payloads = [json.loads(parse_compact(one.token.split("~")[0]).payload) for one in signed]
    assert [payload["cnf"]["jwk"] for payload in payloads] == [holder.jwk() for holder in holders]
    assert [payload["ld"]["id"] for payload in payloads] == [f"urn:uuid:{one.row.id}" for one in signed]
    entries = {(p["status"]["status_list"]["uri"], p["status"]["status_list"]["idx"]) for p in payloads}
    assert len(entries) == len({one.leaf for one in signed}) == 60
    taken = (
        "select count(*) from issuer.credential join issuer.leaf on leaf.digest = credential.leaf "
        "join issuer.status_entry entry on entry.credential_id = credential.id "
        "and entry.status_list_id = credential.status_list_id and entry.index = credential.status_index"
    )
    assert await rig.scalar(taken) == 60


async def test_what_fails_together_leaves_no_credential_and_no_leaf(rig: Rig) -> None:
    kind = credential_type("UniversityDegree")
    holder = LocalSigner.generate().public_key
    good, bad = Order(kind, dict(kind.example), holder), Order(kind, {"name": 7}, holder)
    standing = await standing_of_university(rig)
    async with rig.context.database.sessions() as session:
        institution = await repository.by_slug(session, "univ")
        assert institution is not None
        with pytest.raises(SchemaError):
            await sign_credentials(session, rig.context, institution, standing, [good, bad])
        await session.commit()
    assert await rig.scalar("select count(*) from issuer.credential") == 0
    assert await rig.scalar("select count(*) from issuer.leaf") == 0


async def test_two_that_take_thousands_at_once_get_different_entries(rig: Rig) -> None:
    async with rig.context.database.sessions() as session:
        institution = await repository.by_slug(session, "univ")
        assert institution is not None
        takers = [
            take_entries(session, rig.context, institution, [uuid4() for _ in range(4_000)]) for _ in range(4)
        ]
        entries = [entry for taken in await asyncio.gather(*takers) for entry in taken]
    assert len({(entry.uri, entry.index) for entry in entries}) == 16_000


async def test_a_list_that_is_more_than_half_full_is_followed_by_another(rig: Rig) -> None:
    async with rig.context.database.sessions() as session:
        institution = await repository.by_slug(session, "univ")
        assert institution is not None
        entries = await take_entries(session, rig.context, institution, [uuid4() for _ in range(90_000)])
    assert len({(entry.uri, entry.index) for entry in entries}) == 90_000
    async with rig.context.database.sessions() as session:
        rows = await session.execute(
            text(
                "select count(*) from issuer.status_entry where credential_id is not null "
                "group by status_list_id"
            )
        )
        sizes = sorted(row[0] for row in rows)
    assert len(sizes) == 2
    assert sum(sizes) == 90_000
    assert 131_072 // 2 - 2_000 < sizes[1] < 131_072 * 0.8
