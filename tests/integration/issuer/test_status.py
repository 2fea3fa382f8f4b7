"""Status: lists, their published forms, one root on the chain, heartbeat."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from digital_resume.core.anchoring.merkle import root_from_path
from digital_resume.core.credentials.catalog import credential_type
from digital_resume.core.encoding.base64url import b64u_decode
from digital_resume.core.errors import SourceUnavailableError
from digital_resume.core.identifiers.did import verification_key
from digital_resume.core.securing.data_integrity import verify_proof
from digital_resume.core.securing.sd_jwt import peek_sd_jwt
from digital_resume.core.status.bitstring import read_bitstring_credential
from digital_resume.core.status.status_array import Status, StatusArray
from digital_resume.core.status.token_status_list import verify_status_list_token
from digital_resume.local.anvil import EmbeddedAnvil
from issuer.status.forms import ServedList
from tests.integration.issuer.conftest import deployed, settings_for
from tests.integration.issuer.rig import Rig, Wallet, open_rig
from tests.integration.issuer.test_account_change import change_account

LIST = "/i/univ/status/1"
STEPS = (
    "status:sealed",
    "status:submitted",
    "status:signed",
    "status:sent",
    "status:marked-sent",
    "status:mined",
    "status:final",
    "status:confirmed",
)


@pytest.fixture
async def own(fresh_anvil: EmbeddedAnvil, issuer_database: str, tmp_path: Path) -> AsyncIterator[Rig]:
    """Open an issuer on a chain of its own."""
    deployments = deployed(fresh_anvil, tmp_path / "deployments.json")
    settings = settings_for(
        fresh_anvil, issuer_database, deployments, tmp_path, chain_snapshot_file=fresh_anvil.snapshot
    )
    rig = await open_rig(settings, fresh_anvil)
    rig.chain.make_final(0)
    await rig.add_institutions("univ", accredited=False)
    yield rig
    await rig.http.aclose()
    await rig.context.database.dispose()


async def issue(rig: Rig, key: str = "issue-one") -> tuple[str, int]:
    """Sign one credential; return its id and status index."""
    holder = {"did": f"did:key:{Wallet(rig).key.public_key.multikey}"}
    body = {
        "credentialType": "UniversityDegree",
        "claims": dict(credential_type("UniversityDegree").example),
        "holder": holder,
    }
    headers = {**rig.api_key(), "Idempotency-Key": key}
    answer = (await rig.http.post("/api/v1/credentials", json=body, headers=headers)).json()
    status = peek_sd_jwt(answer["credential"]).payload["status"]["status_list"]
    assert status["uri"] == "http://localhost:8001" + LIST
    return answer["credentialId"], status["idx"]


async def set_status(rig: Rig, credential: str, status: str) -> httpx.Response:
    """Change a credential's status."""
    path = f"/api/v1/credentials/{credential}/status"
    return await rig.http.post(path, json={"status": status, "reason": "시험"}, headers=rig.api_key())


async def served(rig: Rig) -> StatusArray:
    """Fetch the list and check all of its forms against one another and the chain."""
    token = await rig.http.get(LIST)
    assert token.headers["content-type"] == "application/statuslist+jwt"
    key = verification_key(rig.institutions["univ"].verification_method)
    uri = "http://localhost:8001" + LIST
    now = rig.clock.now()
    statuses = verify_status_list_token(token.text, key=key, uri=uri, now=now).statuses
    anchor = (await rig.http.get(f"{LIST}/anchor")).json()
    assert anchor["digest"] == statuses.digest.hex()
    assert anchor["uri"] == uri
    root = root_from_path(
        statuses.leaf(uri, anchor["sequence"]),
        anchor["index"],
        anchor["treeSize"],
        [b64u_decode(node) for node in anchor["path"]],
    )
    assert root.hex() == anchor["root"]
    head = rig.chain.reader.status_registry.latest(anchor["submitter"])
    assert head is not None
    assert head.root == root
    for purpose, marked in (
        ("revocation", {Status.REVOKED, Status.SUPERSEDED}),
        ("suspension", {Status.SUSPENDED}),
    ):
        document = (await rig.http.get(f"{LIST}/bitstring/{purpose}")).json()
        verify_proof(document, purpose="assertionMethod", now=now)
        bits = read_bitstring_credential(document, purpose=purpose, now=now)
        for index in range(0, len(statuses), 997):
            assert bits.get(index) == (statuses.get(index) in marked)
    return statuses


async def test_a_list_is_served_only_once_the_chain_names_it(own: Rig) -> None:
    early = await own.http.get(LIST)
    assert (early.status_code, early.json()["code"]) == (503, "status_not_published")
    assert (await own.tick()).status_published
    assert len(await served(own)) == 131_072


async def test_a_change_is_served_after_the_next_tick(own: Rig) -> None:
    credential, index = await issue(own)
    await own.tick()
    assert (await served(own)).get(index) is Status.VALID
    for word in ("suspended", "valid", "superseded", "revoked"):
        answer = await set_status(own, credential, word)
        assert answer.json()["status"] == word
        before = await served(own)
        assert before.get(index) is not Status[word.upper()]
        assert (await own.tick()).status_published
        assert (await served(own)).get(index) is Status[word.upper()]


async def test_a_form_is_made_once_a_change_and_signed_again_before_its_copies_are_stale(own: Rig) -> None:
    async def forms() -> list[bytes]:
        places = (LIST, f"{LIST}/anchor", f"{LIST}/bitstring/revocation", f"{LIST}/bitstring/suspension")
        return [(await own.http.get(place)).content for place in places]

    credential, _ = await issue(own)
    await own.tick()
    made = await forms()
    own.clock.ahead += timedelta(seconds=own.settings.status_ttl_seconds / 4 - 10)
    assert await forms() == made, "what is signed names its second"
    own.clock.ahead += timedelta(seconds=20)
    again = await forms()
    assert again[0] != made[0]
    assert again[2] != made[2]
    assert json.loads(again[1]) == json.loads(made[1]), "the way to the chain has no time of its own"
    await set_status(own, credential, "revoked")
    await own.tick()
    newest = await forms()
    assert newest[0] != again[0]
    assert newest[1] != again[1]
    await served(own)


async def test_many_who_ask_at_once_wait_for_one_form(own: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    build = ServedList.token

    def counted(self: ServedList, *given: Any) -> str:
        made.append(self.uri)
        return build(self, *given)

    monkeypatch.setattr(ServedList, "token", counted)
    await own.tick()
    answers = await asyncio.gather(*(own.http.get(LIST) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(made) == 1


@pytest.mark.parametrize("step", [None, "status:marked-sent", "status:mined"])
async def test_another_account_publishes_anew_and_goes_on(own: Rig, step: str | None) -> None:
    credential, index = await issue(own)
    if step is None:
        await own.tick()
    else:
        assert await own.crashing_tick(step)
    change_account(own)
    assert (await own.tick()).status_published
    assert (await served(own)).get(index) is Status.VALID
    assert (await own.http.get(f"{LIST}/anchor")).json()["submitter"] == own.chain.submitter.address
    await set_status(own, credential, "revoked")
    assert (await own.tick()).status_published
    assert (await served(own)).get(index) is Status.REVOKED
    own.clock.ahead = timedelta(seconds=own.settings.status_heartbeat_seconds + 1)
    before = own.chain.submitter.mined_nonce()
    assert not (await own.tick()).status_published
    assert own.chain.submitter.mined_nonce() == before + 1


async def test_a_final_status_stays(own: Rig) -> None:
    credential, _ = await issue(own)
    await set_status(own, credential, "revoked")
    refused = await set_status(own, credential, "valid")
    assert (refused.status_code, refused.json()["code"]) == (409, "status_change_refused")
    assert (await set_status(own, credential, "revoked")).status_code == 200


async def test_a_status_of_another_institution_cannot_be_changed(own: Rig) -> None:
    credential, _ = await issue(own)
    await own.add_institutions("mobile-id", accredited=False)
    answer = await own.http.post(
        f"/api/v1/credentials/{credential}/status",
        json={"status": "revoked"},
        headers=own.api_key("mobile-id"),
    )
    assert answer.status_code == 404


async def test_an_unknown_status_is_refused(own: Rig) -> None:
    credential, _ = await issue(own)
    assert (await set_status(own, credential, "lost")).json()["code"] == "request_invalid"


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


async def test_the_heartbeat_moves_at_its_cadence_and_the_root_does_not(own: Rig) -> None:
    await own.tick()
    address = own.chain.submitter.address
    first = own.chain.reader.status_registry.latest(address)
    nonce = own.chain.submitter.mined_nonce()
    await own.tick()
    assert own.chain.submitter.mined_nonce() == nonce
    own.chain.reader.client.request("evm_increaseTime", [700])
    own.clock.ahead = timedelta(seconds=700)
    await own.tick()
    second = own.chain.reader.status_registry.latest(address)
    assert first is not None
    assert second is not None
    assert (second.root, second.sequence, second.since) == (first.root, first.sequence, first.since)
    assert second.heartbeat > first.heartbeat


@pytest.mark.parametrize("step", STEPS)
async def test_a_crash_after_any_step_publishes_every_change_once(own: Rig, step: str) -> None:
    credential, index = await issue(own)
    await own.tick()
    await set_status(own, credential, "revoked")
    assert await own.crashing_tick(step)
    await own.tick()
    assert (await served(own)).get(index) is Status.REVOKED
    assert await own.scalar("select count(*) from issuer.status_publication") == 2


@pytest.mark.parametrize("step", STEPS)
async def test_a_crash_of_worker_and_chain_publishes_every_change(own: Rig, step: str) -> None:
    credential, index = await issue(own)
    await own.tick()
    await set_status(own, credential, "revoked")
    assert await own.crashing_tick(step)
    own.node.stop()
    own.node.start()
    await own.tick()
    assert (await served(own)).get(index) is Status.REVOKED


async def test_a_chain_restored_from_an_older_snapshot_names_the_newest_root_again(own: Rig) -> None:
    credential, index = await issue(own)
    await own.tick()
    older = own.node.snapshot.read_bytes()
    await set_status(own, credential, "revoked")
    await own.tick()
    own.node.stop()
    own.node.snapshot.write_bytes(older)
    own.node.start()
    await own.tick()
    assert (await served(own)).get(index) is Status.REVOKED


async def test_an_older_root_that_comes_back_is_replaced(own: Rig) -> None:
    credential, index = await issue(own)
    await own.tick()
    old = await own.scalar("select root from issuer.status_publication")
    await set_status(own, credential, "revoked")
    await own.tick()
    submitter = own.chain.submitter
    stray = submitter.build_publish(bytes(old), nonce=submitter.mined_nonce(), fees=submitter.suggest_fees())
    submitter.send(stray)
    with pytest.raises(SourceUnavailableError, match="another status root"):
        await own.tick()
    await own.tick()
    assert (await served(own)).get(index) is Status.REVOKED


async def test_old_versions_are_erased(own: Rig) -> None:
    credential, _ = await issue(own)
    for word in ("suspended", "valid", "suspended"):
        await set_status(own, credential, word)
        await own.tick()
    assert await own.scalar("select count(*) from issuer.status_content") == 1
    assert await own.scalar("select count(*) from issuer.status_version") == 1
