"""A worker that is killed right after a step was stored: the next goes on, nothing is lost or doubled."""

import asyncio
import signal
from collections.abc import Iterator

import pytest

from tests.integration.issuer.anchoring.test_machine import (
    STEPS,
    add_leaves,
    anchored_events,
    assert_anchored_once,
)
from tests.integration.issuer.rig import Rig
from tests.integration.issuer.test_worker import wait_until_anchored, wait_until_sealed
from tests.integration.issuer.workers import LIMIT_SECONDS, Workers

STATUS_STEPS = tuple(step.replace("anchor:", "status:") for step in STEPS)


@pytest.fixture
def workers(own: Rig) -> Iterator[Workers]:
    """Give workers of an issuer on a chain of its own."""
    with Workers(own.settings) as workers:
        yield workers


@pytest.mark.parametrize("step", STEPS)
async def test_killed_while_anchoring(own: Rig, workers: Workers, step: str) -> None:
    leaves = await add_leaves(own)
    assert workers.start(dies_at=step).wait(LIMIT_SECONDS) == -signal.SIGKILL
    later = await add_leaves(own)
    workers.start()
    wait_until_anchored(own.settings.database_url.get_secret_value())
    await assert_anchored_once(own, leaves + later)
    assert anchored_events(own) == 2


async def test_killed_again_and_again_at_one_step_and_at_the_next(own: Rig, workers: Workers) -> None:
    leaves = await add_leaves(own)
    own.chain.reader.client.request("evm_setAutomine", [False])
    for step in ("anchor:sealed", "anchor:signed", "anchor:sent", "anchor:sent", "anchor:marked-sent"):
        assert workers.start(dies_at=step).wait(LIMIT_SECONDS) == -signal.SIGKILL
        if step == "anchor:sealed":
            leaves += await add_leaves(own)
    own.chain.reader.client.request("evm_setAutomine", [True])
    own.chain.reader.client.request("anvil_mine", [])
    workers.start()
    wait_until_anchored(own.settings.database_url.get_secret_value())
    await assert_anchored_once(own, leaves)
    assert anchored_events(own) == 2


@pytest.mark.parametrize("step", STATUS_STEPS)
async def test_killed_while_publishing_the_status_root(own: Rig, workers: Workers, step: str) -> None:
    await own.add_institutions("univ")
    assert workers.start(dies_at=step).wait(LIMIT_SECONDS) == -signal.SIGKILL
    leaves = await add_leaves(own)
    workers.start()
    wait_until_anchored(own.settings.database_url.get_secret_value())
    await assert_anchored_once(own, leaves)
    if step != "status:confirmed":
        workers.wait_for("status root new: True")
    head = own.chain.reader.status_registry.latest(own.chain.submitter.address)
    assert head is not None
    assert head.sequence == 1
    assert head.root == await own.scalar(
        "select root from issuer.status_publication where state = 'confirmed'"
    )


async def test_two_workers_at_once_of_which_one_is_killed_send_each_batch_once(
    own: Rig, workers: Workers
) -> None:
    before = own.chain.submitter.mined_nonce()
    database = own.settings.database_url.get_secret_value()
    first, second = workers.start(), workers.start()
    leaves: list[bytes] = []
    for number in range(12):
        leaves += await add_leaves(own)
        await asyncio.to_thread(wait_until_sealed, database)
        if number == 6:
            first.send_signal(signal.SIGKILL)
    wait_until_anchored(database)
    assert second.poll() is None
    await assert_anchored_once(own, leaves)
    sent = own.chain.submitter.mined_nonce() - before
    assert sent == anchored_events(own) == await own.scalar("select count(*) from issuer.batch")
