"""Reorganisations, clocks that jump, a database that goes away: each leaf once under one confirmed root."""

import secrets
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import SQLAlchemyError

from digital_resume.adapters.chain.deployments import parse_deployments, write_deployments
from digital_resume.adapters.database.migrate import upgrade
from digital_resume.adapters.database.queues import apply_schema
from digital_resume.core.errors import ResumeError
from digital_resume.local.anvil import EmbeddedAnvil
from digital_resume.local.postgres import EmbeddedPostgres
from issuer.tick import anchor_tick
from tests.integration.issuer.anchoring.test_machine import (
    STEPS,
    add_leaves,
    anchored_events,
    assert_anchored_once,
)
from tests.integration.issuer.conftest import settings_for
from tests.integration.issuer.rig import Rig, open_rig

DEPTHS = range(1, 11)


def quiet(rig: Rig) -> None:
    """Wait until the node has mined what was sent: anvil loses its way when it is reorganised meanwhile."""
    client, submitter = rig.chain.reader.client, rig.chain.submitter
    heads = [client.head(), None]
    while heads[0] != heads[1] or submitter.pending_nonce() != submitter.mined_nonce():
        time.sleep(0.05)
        heads = [client.head(), heads[0]]


def mine(rig: Rig, blocks: int) -> None:
    """Mine empty blocks."""
    quiet(rig)
    if blocks:
        rig.chain.reader.client.request("anvil_mine", [hex(blocks)])


def reorganise(rig: Rig, depth: int) -> None:
    """Replace the newest blocks by empty ones; what was in them is unmined again."""
    quiet(rig)
    rig.chain.reader.client.request("anvil_reorg", [depth, []])


def wait_for_confirmations(rig: Rig, count: int) -> None:
    """Let a chain want so many blocks on top of one before it is final."""
    raw = {**rig.chain.reader.deployments.to_json(), "confirmations": count}
    assert rig.settings.deployments_file is not None
    write_deployments(rig.settings.deployments_file, parse_deployments(raw))
    rig._chain = None
    rig.settings.transaction_wait_seconds = 0.1
    mine(rig, 40)


async def settle(rig: Rig, confirmations: int) -> None:
    """Let ticks and blocks go by until every batch is confirmed: one after the other, oldest first."""
    for _ in range(60):
        await rig.tick()
        mine(rig, confirmations)
        if await rig.scalar("select count(*) from issuer.batch where state <> 'confirmed'") == 0:
            return
    raise AssertionError("some batches were never confirmed")


async def assert_one_event_a_batch(rig: Rig) -> None:
    """Check that the chain holds each batch once."""
    assert anchored_events(rig) == await rig.scalar("select count(*) from issuer.batch")


@pytest.mark.parametrize("confirmations", [0, 3, 12])
async def test_a_reorganisation_after_a_batch_was_confirmed(own: Rig, confirmations: int) -> None:
    wait_for_confirmations(own, confirmations)
    leaves: list[bytes] = []
    for depth in DEPTHS:
        leaves += await add_leaves(own)
        await settle(own, confirmations)
        # Deeper than the chain's setting allows for: what was final is gone, and the batch is rolled back.
        reorganise(own, confirmations + depth)
        await settle(own, confirmations)
        await assert_anchored_once(own, leaves)
    await assert_one_event_a_batch(own)


@pytest.mark.parametrize("confirmations", [3, 12])
async def test_a_reorganisation_while_a_batch_is_submitted(own: Rig, confirmations: int) -> None:
    wait_for_confirmations(own, confirmations)
    leaves: list[bytes] = []
    for depth in DEPTHS:
        leaves += await add_leaves(own)
        await own.tick()
        assert await own.scalar("select count(*) from issuer.batch where state = 'submitted'") == 1
        mine(own, min(depth - 1, confirmations - 1))
        await own.tick()
        assert await own.scalar("select count(*) from issuer.batch where state = 'submitted'") == 1
        reorganise(own, depth)
        await settle(own, confirmations)
        await assert_anchored_once(own, leaves)
    await assert_one_event_a_batch(own)


@pytest.mark.parametrize("depth", DEPTHS)
async def test_a_reorganisation_right_after_sending(own: Rig, depth: int) -> None:
    mine(own, 20)
    leaves = await add_leaves(own)

    def reorganise_now(step: str) -> None:
        if step == "anchor:sent":
            reorganise(own, depth)

    own.settings.transaction_wait_seconds = 0.5  # an unmined transaction is waited for in vain
    await anchor_tick(own.context, own.chain, reorganise_now)
    own.settings.transaction_wait_seconds = 20
    await settle(own, 0)
    await assert_anchored_once(own, leaves)
    await assert_one_event_a_batch(own)


@pytest.mark.parametrize("hours", [-30, -5, 5, 30])
async def test_a_clock_that_jumps_while_a_transaction_waits(own: Rig, hours: int) -> None:
    client = own.chain.reader.client
    # However slow this machine is, only a clock that jumps passes this.
    own.settings.transaction_stuck_seconds, own.settings.transaction_wait_seconds = 600.0, 0.2
    client.request("evm_setAutomine", [False])
    leaves = await add_leaves(own)
    await own.tick()
    own.clock.ahead = timedelta(hours=hours)
    replaced = "select count(*) from issuer.chain_transaction where state = 'replaced'"
    await own.tick()
    assert await own.scalar(replaced) == (1 if hours > 0 else 0)
    own.settings.transaction_stuck_seconds = 1.0
    own.clock.ahead += timedelta(seconds=1.2)
    await own.tick()
    assert await own.scalar(replaced) >= 1, "a clock that was set back stops no re-pricing"
    own.clock.ahead = timedelta(hours=-hours)
    await own.tick()
    client.request("evm_setAutomine", [True])
    client.request("anvil_mine", [])
    await own.tick()
    await assert_anchored_once(own, leaves)
    await assert_one_event_a_batch(own)


@pytest.mark.parametrize("hours", [6, 24 * 30])
async def test_a_chain_whose_time_is_ahead_of_the_clock(own: Rig, hours: int) -> None:
    client = own.chain.reader.client
    ahead = int(own.chain.reader.client.head().time.timestamp()) + hours * 3600
    client.request("evm_setNextBlockTimestamp", [ahead])
    leaves = await add_leaves(own)
    await own.tick()
    anchored_at = await own.scalar("select anchored_at from issuer.batch")
    assert int(anchored_at.timestamp()) == ahead
    own.clock.ahead = timedelta(hours=-6)
    leaves += await add_leaves(own)
    await own.tick()
    own.clock.ahead = timedelta(hours=6)
    await own.tick()
    await assert_anchored_once(own, leaves)
    await assert_one_event_a_batch(own)


def lose_connections(rig: Rig) -> None:
    """End every connection of the database but this one."""
    with psycopg.connect(rig.settings.database_url.get_secret_value(), autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )


@pytest.mark.parametrize("step", STEPS)
async def test_connections_that_are_lost_at_any_step(own: Rig, step: str) -> None:
    leaves = await add_leaves(own)

    def lose(reached: str) -> None:
        if reached == step:
            lose_connections(own)

    with suppress(ResumeError, SQLAlchemyError):
        await anchor_tick(own.context, own.chain, lose)
    # A pooled connection that died is noticed by who takes it next: one more tick may fail.
    for _ in range(2):
        with suppress(ResumeError, SQLAlchemyError):
            await own.tick()
    await own.tick()
    await assert_anchored_once(own, leaves)
    await assert_one_event_a_batch(own)


@pytest.fixture
async def with_server(
    own_anvil: EmbeddedAnvil, deployments: Path, server_folder: Path, tmp_path: Path
) -> AsyncIterator[tuple[Rig, EmbeddedPostgres]]:
    """Open an issuer on a database server of its own, which may be stopped."""
    with EmbeddedPostgres(server_folder / f"own-{secrets.token_hex(4)}") as server:
        url = server.create_database("issuer")
        upgrade(url, "issuer")
        apply_schema(url)
        rig = await open_rig(settings_for(own_anvil, url, deployments, tmp_path), own_anvil)
        yield rig, server
        await rig.http.aclose()
        await rig.context.database.dispose()


async def test_a_database_server_that_stops_at_any_step(
    with_server: tuple[Rig, EmbeddedPostgres],
) -> None:
    own, server = with_server
    leaves: list[bytes] = []
    for step in STEPS:
        leaves += await add_leaves(own)

        def stop(reached: str, step: str = step) -> None:
            if reached == step:
                server.stop()

        # After the last step nothing is left to be written; before it, the tick fails.
        with suppress(ResumeError, SQLAlchemyError):
            await anchor_tick(own.context, own.chain, stop)
        with pytest.raises((ResumeError, SQLAlchemyError)):
            await own.tick()
        server.start()
        await own.context.database.dispose()
        await own.tick()
        await assert_anchored_once(own, leaves)
    await assert_one_event_a_batch(own)
