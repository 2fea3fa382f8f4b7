"""The status machine: one root on the chain whatever happens, served as the chain names it, heartbeat."""

from datetime import timedelta

import pytest

from digital_resume.core.errors import SourceUnavailableError
from digital_resume.core.status.status_array import Status
from tests.integration.issuer.chain.test_account_change import change_account
from tests.integration.issuer.rig import Rig
from tests.integration.issuer.status_lists import LIST, issue, served, set_status

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


@pytest.mark.parametrize("step", [None, "status:marked-sent", "status:mined"])
async def test_another_account_republishes_and_goes_on(own: Rig, step: str | None) -> None:
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
