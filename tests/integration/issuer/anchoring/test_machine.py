"""The anchoring state machine: whatever happens, a leaf is exactly once under exactly one confirmed root."""

import asyncio
import secrets

import psycopg
import pytest
from sqlalchemy import insert, text

from digital_resume.adapters.chain.deployments import parse_deployments, write_deployments
from digital_resume.core.anchoring.merkle import merkle_root
from digital_resume.core.errors import ResumeError, SourceUnavailableError
from digital_resume.local.postgres import EmbeddedPostgres
from issuer.anchoring.models import Leaf
from issuer.anchoring.receipts import receipt_of
from issuer.chain.account import ChainWriter
from issuer.errors import ChainStateError
from issuer.tick import anchor_tick
from tests.integration.issuer.rig import Rig

COLLECTING = (
    "select count(*) from issuer.leaf where number > (select coalesce(max(last_number), 0) from issuer.batch)"
)
STEPS = (
    "anchor:sealed",
    "anchor:submitted",
    "anchor:signed",
    "anchor:sent",
    "anchor:marked-sent",
    "anchor:mined",
    "anchor:final",
    "anchor:confirmed",
)


async def add_leaves(rig: Rig, count: int = 3) -> list[bytes]:
    """Put leaves into the database as issuances do."""
    leaves = [secrets.token_bytes(32) for _ in range(count)]
    async with rig.context.database.sessions.begin() as session:
        await session.execute(insert(Leaf), [{"digest": leaf} for leaf in leaves])
    return leaves


async def assert_anchored_once(rig: Rig, leaves: list[bytes]) -> None:
    """Check that each leaf is in one confirmed batch and its receipt holds against the chain."""
    reader = rig.chain.reader
    async with rig.context.database.sessions() as session:
        waiting = await session.scalar(text(COLLECTING))
        unconfirmed = await session.scalar(
            text("select count(*) from issuer.batch where state <> 'confirmed'")
        )
        assert (waiting, unconfirmed) == (0, 0)
        for leaf in leaves:
            receipt = await receipt_of(session, reader.deployments.anchor_chain, leaf)
            assert receipt is not None
            receipt.verify_path()
            time = reader.anchor_log.anchored_at(receipt.chain, receipt.submitter, receipt.root)
            assert time == receipt.block_time
            mined = rig.chain.submitter.receipt(receipt.transaction)
            assert mined is not None
            assert mined.block_number == receipt.block_number


def anchored_events(rig: Rig) -> int:
    """Return how many transactions anchored something on the chain."""
    client = rig.chain.reader.client
    address = rig.chain.reader.deployments.anchor_registry.address
    logs = client.request("eth_getLogs", [{"address": address, "fromBlock": "0x0", "toBlock": "latest"}])
    return len(logs)


async def test_a_tick_with_nothing_to_anchor_sends_nothing(own: Rig) -> None:
    before = own.chain.submitter.mined_nonce()
    report = await own.tick()
    assert (report.owner, report.batches, report.status_published) == (True, 0, False)
    assert own.chain.submitter.mined_nonce() == before


async def test_one_transaction_anchors_everything_that_waits(own: Rig) -> None:
    leaves = await add_leaves(own, 300)
    before = own.chain.submitter.mined_nonce()
    assert (await own.tick()).batches == 1
    assert own.chain.submitter.mined_nonce() == before + 1
    root = await own.scalar("select root from issuer.batch")
    assert bytes(root) == merkle_root(leaves)
    assert await own.scalar("select count(*) from issuer.tile") == 3
    await assert_anchored_once(own, [leaves[0], leaves[255], leaves[256], leaves[299]])


@pytest.mark.parametrize("step", STEPS)
async def test_a_crash_after_any_step_loses_and_doubles_nothing(own: Rig, step: str) -> None:
    first = await add_leaves(own)
    assert await own.crashing_tick(step)
    second = await add_leaves(own)
    await own.tick()
    await assert_anchored_once(own, first + second)
    assert anchored_events(own) == 2
    assert await own.scalar("select count(*) from issuer.batch") == 2


@pytest.mark.parametrize("step", STEPS)
async def test_a_crash_of_worker_and_chain_at_any_step_loses_and_doubles_nothing(own: Rig, step: str) -> None:
    leaves = await add_leaves(own)
    assert await own.crashing_tick(step)
    own.node.stop()
    own.node.start()
    await own.tick()
    await assert_anchored_once(own, leaves)
    assert await own.scalar("select count(*) from issuer.batch") == 1


async def test_a_chain_restored_from_an_older_snapshot_gets_its_batches_again(own: Rig) -> None:
    older = own.node.snapshot.read_bytes()
    leaves = await add_leaves(own)
    await own.tick()
    leaves += await add_leaves(own)
    await own.tick()
    own.node.stop()
    own.node.snapshot.write_bytes(older)
    own.node.start()
    assert anchored_events(own) == 0
    await own.tick()
    await assert_anchored_once(own, leaves)
    assert anchored_events(own) == 2


async def test_a_restored_chain_whose_nonce_was_taken_gets_the_batch_newly_signed(own: Rig) -> None:
    older = own.node.snapshot.read_bytes()
    leaves = await add_leaves(own)
    await own.tick()
    own.node.stop()
    own.node.snapshot.write_bytes(older)
    own.node.start()
    submitter = own.chain.submitter
    foreign = submitter.build_anchor(
        secrets.token_bytes(32), nonce=submitter.mined_nonce(), fees=submitter.suggest_fees()
    )
    submitter.send(foreign)
    await own.tick()
    await assert_anchored_once(own, leaves)


@pytest.mark.parametrize("depth", [1, 3])
async def test_a_reorganised_block_is_anchored_again(own: Rig, depth: int) -> None:
    leaves = await add_leaves(own)
    await own.tick()
    client = own.chain.reader.client
    if depth > 1:
        client.request("anvil_mine", [hex(depth - 1)])
    client.request("anvil_reorg", [depth, []])
    await own.tick()
    await assert_anchored_once(own, leaves)


async def test_while_the_chain_is_down_leaves_wait_and_nothing_is_lost(own: Rig) -> None:
    leaves = await add_leaves(own)
    own.node.stop()
    with pytest.raises(SourceUnavailableError):
        await own.tick()
    leaves += await add_leaves(own)
    own.node.start()
    await own.tick()
    await assert_anchored_once(own, leaves)


async def test_two_workers_at_once_anchor_everything_once(own: Rig) -> None:
    leaves = await add_leaves(own, 50)
    other = ChainWriter.from_settings(own.settings)
    for _ in range(5):
        leaves += await add_leaves(own, 20)
        reports = await asyncio.gather(own.tick(), anchor_tick(own.context, other))
        assert any(report.owner for report in reports)
    await own.tick()
    await assert_anchored_once(own, leaves)
    assert anchored_events(own) == await own.scalar("select count(*) from issuer.batch")


@pytest.mark.parametrize("shown", [True, False], ids=["pool-shown", "pool-hidden"])
async def test_a_stuck_transaction_is_replaced_at_a_higher_price(
    own: Rig, monkeypatch: pytest.MonkeyPatch, shown: bool
) -> None:
    if not shown:  # as EthereumJS answers: a transaction is unknown until it is in a block
        monkeypatch.setattr(own.chain.submitter, "is_known", lambda _hash: False)
    client = own.chain.reader.client
    own.settings.transaction_stuck_seconds = 0.8
    own.settings.transaction_wait_seconds = 3.0
    client.request("evm_setAutomine", [False])
    leaves = await add_leaves(own)
    assert (await own.tick()).batches == 0
    # one for each time that it was stuck, not one for each look at it
    assert (
        1 <= await own.scalar("select count(*) from issuer.chain_transaction where state = 'replaced'") <= 3
    )
    prices = (
        "select bool_and(dearer.max_fee_per_gas * 10 >= cheaper.max_fee_per_gas * 11) "
        "from issuer.chain_transaction cheaper join issuer.chain_transaction dearer "
        "on dearer.nonce = cheaper.nonce and dearer.id > cheaper.id"
    )
    assert await own.scalar(prices) is True
    client.request("evm_setAutomine", [True])
    client.request("anvil_mine", [])
    await own.tick()
    await assert_anchored_once(own, leaves)
    assert anchored_events(own) == 1


async def test_a_dropped_transaction_is_sent_again_as_it_was(own: Rig) -> None:
    client = own.chain.reader.client
    client.request("evm_setAutomine", [False])
    own.settings.transaction_wait_seconds = 0.2
    leaves = await add_leaves(own)
    await own.tick()
    sent = await own.scalar("select hash from issuer.chain_transaction")
    client.request("anvil_dropAllTransactions", [])
    client.request("evm_setAutomine", [True])
    own.settings.transaction_wait_seconds = 20
    await own.tick()
    await assert_anchored_once(own, leaves)
    assert await own.scalar("select transaction_hash from issuer.batch") == sent


async def test_a_nonce_that_somebody_took_costs_nothing_but_a_signature(own: Rig) -> None:
    leaves = await add_leaves(own)
    assert await own.crashing_tick("anchor:signed")
    submitter = own.chain.submitter
    foreign = submitter.build_anchor(
        secrets.token_bytes(32), nonce=submitter.mined_nonce(), fees=submitter.suggest_fees()
    )
    submitter.send(foreign)
    await own.tick()
    await assert_anchored_once(own, leaves)


async def test_an_account_without_funds_is_an_operators_error_and_nothing_is_lost(own: Rig) -> None:
    client = own.chain.reader.client
    address = own.chain.submitter.address
    balance = own.chain.submitter.balance()
    client.request("anvil_setBalance", [address, "0x0"])
    leaves = await add_leaves(own)
    with pytest.raises(ChainStateError) as refused:
        await own.tick()
    assert refused.value.code == "insufficient_funds"
    client.request("anvil_setBalance", [address, hex(balance)])
    await own.tick()
    await assert_anchored_once(own, leaves)


async def test_confirmations_are_waited_for(own: Rig) -> None:
    deployments = own.chain.reader.deployments
    raw = {**deployments.to_json(), "confirmations": 2}
    assert own.settings.deployments_file is not None
    write_deployments(own.settings.deployments_file, parse_deployments(raw))
    own._chain = None
    own.settings.transaction_wait_seconds = 0.2
    leaves = await add_leaves(own)
    assert (await own.tick()).batches == 0
    assert await own.scalar("select state from issuer.batch") == "submitted"
    own.chain.reader.client.request("anvil_mine", ["0x2"])
    await own.tick()
    await assert_anchored_once(own, leaves)
    assert anchored_events(own) == 1


async def test_the_raw_transaction_is_stored_before_it_is_sent(own: Rig) -> None:
    await add_leaves(own)
    assert await own.crashing_tick("anchor:signed")
    assert await own.scalar("select length(raw) > 100 from issuer.chain_transaction")
    assert await own.scalar("select state from issuer.chain_transaction") == "signed"
    assert anchored_events(own) == 0


async def test_a_database_that_restarts_delays_a_tick_and_no_more(
    postgres: EmbeddedPostgres, own: Rig
) -> None:
    leaves = await add_leaves(own)

    def lose_connections(step: str) -> None:
        if step == "anchor:signed":
            with psycopg.connect(own.settings.database_url.get_secret_value(), autocommit=True) as connection:
                connection.execute(
                    "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
                    "where datname = current_database() and pid <> pg_backend_pid()"
                )

    with pytest.raises(ResumeError) as lost:
        await anchor_tick(own.context, own.chain, lose_connections)
    assert lost.value.code == "lease_lost"
    assert anchored_events(own) == 0
    await own.tick()
    await assert_anchored_once(own, leaves)
