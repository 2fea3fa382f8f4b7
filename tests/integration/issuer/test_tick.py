"""A tick is bounded: it ends however fast leaves come, costs the same, and publishes status first."""

import secrets
import time
from types import SimpleNamespace

import psycopg
import pytest
from sqlalchemy import text

from digital_resume.adapters.database import libpq_url
from digital_resume.core.errors import SourceUnavailableError
from issuer.anchoring import machine
from issuer.status.machine import StatusMachine
from issuer.tick import anchor_tick
from tests.integration.issuer.anchoring.test_machine import add_leaves, assert_anchored_once
from tests.integration.issuer.rig import Rig
from tests.integration.issuer.status_lists import issue, served, set_status

MOST_STEPS = 60


def add_leaf(rig: Rig) -> None:
    """Put a leaf into the database, as another process that issues does."""
    with psycopg.connect(libpq_url(rig.settings.database_url.get_secret_value())) as connection:
        connection.execute("insert into issuer.leaf (digest) values (%s)", (secrets.token_bytes(32),))


async def test_a_tick_ends_though_leaves_never_stop_coming(own: Rig) -> None:
    await add_leaves(own, 3)
    before = own.chain.submitter.mined_nonce()
    steps: list[str] = []

    def issue_on(step: str) -> None:
        steps.append(step)
        assert len(steps) < MOST_STEPS, "the tick goes on for as long as leaves come"
        add_leaf(own)

    report = await anchor_tick(own.context, own.chain, issue_on)
    assert report.batches == 1
    assert own.chain.submitter.mined_nonce() == before + 1
    assert steps.count("anchor:sealed") == 1


async def test_what_came_before_a_tick_is_sealed_in_it(own: Rig) -> None:
    leaves = await add_leaves(own, 700)
    await own.tick()
    await assert_anchored_once(own, leaves)


async def test_a_backlog_over_the_limit_costs_a_tick_no_more(own: Rig) -> None:
    own.context.settings.anchor_batch_leaves = 256
    leaves = await add_leaves(own, 600)
    for size in (256, 256, 88):
        before = own.chain.submitter.mined_nonce()
        assert (await own.tick()).batches == 1
        assert own.chain.submitter.mined_nonce() == before + 1
        assert await own.scalar("select size from issuer.batch order by id desc limit 1") == size
    await assert_anchored_once(own, leaves)


async def test_a_revocation_is_published_though_leaves_never_stop_coming(own: Rig) -> None:
    await own.add_institutions("univ")
    await own.tick()
    credential, index = await issue(own)
    assert (await set_status(own, credential, "revoked")).status_code == 200
    steps: list[str] = []

    def issue_on(step: str) -> None:
        steps.append(step)
        assert len(steps) < MOST_STEPS, "the tick goes on for as long as leaves come"
        add_leaf(own)

    report = await anchor_tick(own.context, own.chain, issue_on)
    assert (report.batches, report.status_published) == (1, True)
    assert steps.index("status:confirmed") < steps.index("anchor:sealed"), "it does not wait for anchoring"
    assert (await served(own)).get(index).name == "REVOKED"


async def test_a_revocation_after_one_that_was_left_on_its_way_is_published_in_the_same_tick(
    own: Rig,
) -> None:
    await own.add_institutions("univ")
    await own.tick()
    credentials = [await issue(own, f"issue-number-{number}") for number in range(2)]
    await set_status(own, credentials[0][0], "revoked")
    assert await own.crashing_tick("status:submitted")
    await set_status(own, credentials[1][0], "suspended")
    assert (await own.tick()).status_published
    statuses = await served(own)
    assert [statuses.get(index).name for _, index in credentials] == ["REVOKED", "SUSPENDED"]


async def test_batches_to_anchor_again_do_not_hold_up_the_next_tick(
    own: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaves = []
    for _ in range(3):
        leaves += await add_leaves(own)
        assert (await own.tick()).batches == 1
    async with own.context.database.sessions.begin() as session:
        await session.execute(text("update issuer.batch set state = 'submitted'"))
    ahead = 0.0

    def slow(step: str) -> None:
        nonlocal ahead
        ahead += own.settings.transaction_wait_seconds + 1 if step == "anchor:confirmed" else 0

    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + ahead)
    monkeypatch.setattr(machine, "time", clock)
    for _ in range(3):
        assert (await anchor_tick(own.context, own.chain, slow)).batches == 1
    assert (await own.tick()).batches == 0
    await assert_anchored_once(own, leaves)


async def test_when_status_cannot_be_published_leaves_are_anchored_all_the_same(
    own: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaves = await add_leaves(own)

    async def fail(_machine: StatusMachine) -> bool:
        raise SourceUnavailableError("The status registry does not answer.")

    monkeypatch.setattr(StatusMachine, "tick", fail)
    with pytest.raises(SourceUnavailableError):
        await own.tick()
    await assert_anchored_once(own, leaves)
