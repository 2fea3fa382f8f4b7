"""The canonical lists: entries given out, decoys never, a full list followed by another."""

from sqlalchemy import text

from digital_resume.core.credentials.catalog import credential_type
from digital_resume.core.securing.sd_jwt import peek_sd_jwt
from digital_resume.core.status.status_array import Status
from tests.integration.issuer.rig import Rig, Wallet
from tests.integration.issuer.status_lists import issue, served


async def test_issuing_changes_no_list_and_sends_nothing_for_status(own: Rig) -> None:
    await own.tick()
    await issue(own)
    report = await own.tick()
    assert (report.batches, report.status_published) == (1, False)


async def test_decoys_are_marked_and_never_given_out(own: Rig) -> None:
    await own.tick()
    statuses = await served(own)
    marked = sum(statuses.get(index) is not Status.VALID for index in range(len(statuses)))
    assert 150 < marked < 400
    assert await own.scalar("select count(*) from issuer.status_entry where credential_id is null") == 1310


async def test_a_full_list_is_followed_by_another(own: Rig) -> None:
    async with own.context.database.sessions.begin() as session:
        await session.execute(
            text(
                "insert into issuer.status_entry select id, generate_series(0, size - 1) "
                "from issuer.status_list on conflict do nothing"
            )
        )
    body = {
        "credentialType": "UniversityDegree",
        "claims": dict(credential_type("UniversityDegree").example),
        "holder": {"did": f"did:key:{Wallet(own).key.public_key.multikey}"},
    }
    headers = {**own.api_key(), "Idempotency-Key": "list-two"}
    answer = (await own.http.post("/api/v1/credentials", json=body, headers=headers)).json()
    uri = peek_sd_jwt(answer["credential"]).payload["status"]["status_list"]["uri"]
    assert uri.endswith("/i/univ/status/2")
