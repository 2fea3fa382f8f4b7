"""Claiming again: who lost the wallet and proves the same identity; the earlier credential is superseded."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from digital_resume.core.securing.jws import parse_compact
from digital_resume.local.anvil import EmbeddedAnvil
from issuer.records.models import Record
from issuer.retention import erase_expired
from tests.integration.issuer.answers import assert_protocol_error
from tests.integration.issuer.claims.test_identity import DEGREE, identify
from tests.integration.issuer.conftest import settings_for
from tests.integration.issuer.rig import Rig, Wallet, open_rig

IN_FORCE = "select count(*) from issuer.credential where record_id is not null and replaced_at is null"


@pytest.fixture
async def rig(
    anvil: EmbeddedAnvil, issuer_database: str, deployments: Path, tmp_path: Path
) -> AsyncIterator[Rig]:
    """Open an issuer with an accredited identity agency and a university, lists published."""
    rig = await open_rig(settings_for(anvil, issuer_database, deployments, tmp_path), anvil)
    await rig.add_institutions("univ")
    await rig.add_institutions("mobile-id")
    await rig.tick()
    yield rig
    await rig.http.aclose()
    await rig.context.database.dispose()


def id_of(issued: dict[str, Any]) -> str:
    claims = parse_compact(issued["credentials"][0]["credential"].split("~")[0]).claims()
    return str(claims["ld"]["id"])


async def status_of(rig: Rig, credential_id: str) -> str:
    answer = await rig.http.get(
        f"/api/v1/credentials/{credential_id.removeprefix('urn:uuid:')}", headers=rig.api_key()
    )
    return str(answer.json()["status"])


async def claimed(rig: Rig, wallet: Wallet) -> str:
    """Let a wallet claim the degree by identity; returns the credential's id."""
    await rig.post_record(DEGREE)
    (offer,) = (await wallet.present_identity(await identify(rig, wallet))).json()["offers"]
    return id_of(await wallet.claim(offer))


async def test_after_losing_the_wallet_the_same_person_claims_again(rig: Rig, wallet: Wallet) -> None:
    first = await claimed(rig, wallet)
    other = Wallet(rig)
    identity = await identify(rig, other)

    told = (await other.present_identity(identity)).json()
    assert told == {"offers": [], "claimableAgain": 1}, "nothing is superseded unless it is asked for"
    (offer,) = (await other.present_identity(identity, again=True)).json()["offers"]
    assert await status_of(rig, first) == "valid", "nor before it is claimed"
    second = id_of(await other.claim(offer))
    assert second != first
    assert (await status_of(rig, first), await status_of(rig, second)) == ("superseded", "valid")
    assert await rig.scalar(IN_FORCE) == 1
    assert await rig.scalar("select count(*) from issuer.record") == 1


async def test_what_the_wallet_has_is_passed_over(rig: Rig, wallet: Wallet) -> None:
    first = await claimed(rig, wallet)
    identity = await identify(rig, wallet)
    told = (await wallet.present_identity(identity, again=True, held=[first])).json()
    assert told["offers"] == []
    assert await status_of(rig, first) == "valid"


async def test_another_person_claims_nothing_again(rig: Rig, wallet: Wallet) -> None:
    first = await claimed(rig, wallet)
    other = Wallet(rig)
    identity = await identify(rig, other, name="박정수")
    told = (await other.present_identity(identity, again=True)).json()
    assert told == {"offers": [], "claimableAgain": 0}
    assert await status_of(rig, first) == "valid"


@pytest.mark.parametrize("status", ["revoked", "suspended", "superseded"])
async def test_what_is_not_in_force_is_not_claimed_again(rig: Rig, wallet: Wallet, status: str) -> None:
    first = await claimed(rig, wallet)
    other = Wallet(rig)
    identity = await identify(rig, other)
    (offer,) = (await other.present_identity(identity, again=True)).json()["offers"]
    token = (await other.token(offer)).json()["access_token"]
    changed = await rig.http.post(
        f"/api/v1/credentials/{first.removeprefix('urn:uuid:')}/status",
        json={"status": status},
        headers=rig.api_key(),
    )
    assert changed.status_code == 200, changed.text
    refused = await other.credential(token, other.proof(await other.nonce()))
    assert_protocol_error(refused, 400, "credential_request_denied")
    assert await status_of(rig, first) == status
    told = (await other.present_identity(identity, again=True)).json()
    assert told == {"offers": [], "claimableAgain": 0}


async def test_a_lost_answer_is_asked_for_again_and_issued_once(rig: Rig, wallet: Wallet) -> None:
    await claimed(rig, wallet)
    other = Wallet(rig)
    (offer,) = (await other.present_identity(await identify(rig, other), again=True)).json()["offers"]
    token = (await other.token(offer)).json()["access_token"]
    proofs = [other.proof(await other.nonce()) for _ in range(4)]
    answers = await asyncio.gather(*(other.credential(token, proof) for proof in proofs))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({id_of(answer.json()) for answer in answers}) == 1
    assert await rig.scalar("select count(*) from issuer.credential where record_id is not null") == 2
    assert await rig.scalar(IN_FORCE) == 1


async def test_where_nothing_can_be_signed_the_earlier_one_stays_in_force(rig: Rig, wallet: Wallet) -> None:
    first = await claimed(rig, wallet)
    other = Wallet(rig)
    (offer,) = (await other.present_identity(await identify(rig, other), again=True)).json()["offers"]
    token = (await other.token(offer)).json()["access_token"]
    async with rig.context.database.sessions.begin() as session:
        # As if the type's rules had changed: what the record says no longer fits them.
        record = (await session.scalars(select(Record))).one()
        record.encrypted_claims = rig.context.cipher.seal_claims(record.id, {**DEGREE, "degree": 7})
    refused = await other.credential(token, other.proof(await other.nonce()))
    assert_protocol_error(refused, 400, "credential_request_denied")
    assert await status_of(rig, first) == "valid"
    assert await rig.scalar(IN_FORCE) == 1


async def test_the_record_can_be_claimed_again_until_its_retention_ends(rig: Rig, wallet: Wallet) -> None:
    await claimed(rig, wallet)
    rig.clock.ahead = timedelta(days=rig.settings.record_retention_days - 1)
    await erase_expired(rig.context, rig.clock.now())
    kept = "select count(*) from issuer.record where encrypted_claims is not null"
    assert await rig.scalar(kept) == 1
    rig.clock.ahead = timedelta(days=rig.settings.record_retention_days + 1, hours=1)
    await erase_expired(rig.context, rig.clock.now())
    assert await rig.scalar(kept) == 0


async def test_ids_that_are_none_are_refused(rig: Rig, wallet: Wallet) -> None:
    identity = await identify(rig, wallet)
    answer = await wallet.present_identity(identity, held=["urn:uuid:1 or 1=1"])
    assert answer.status_code == 422
