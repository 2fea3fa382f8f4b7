"""Another anchoring account, a new key or a token: what the old one anchored stands, the new one goes on."""

from typing import Any

from digital_resume.adapters.chain.submitter import Submitter
from issuer.chain.account import ChainWriter
from tests.integration.issuer.anchoring.test_machine import add_leaves, anchored_events, assert_anchored_once
from tests.integration.issuer.rig import Rig


def change_account(rig: Rig, number: int = 2) -> None:
    """Let another account of the chain be the worker's from now on."""
    chain = rig.chain
    reader = chain.reader
    submitter = Submitter(reader.client, reader.deployments, rig.node.account(number))
    assert submitter.address != chain.submitter.address
    rig._chain = ChainWriter(reader, submitter, chain.snapshot_file)


async def receipt(rig: Rig, leaf: bytes) -> dict[str, Any]:
    """Return a leaf's receipt as anybody gets it."""
    answer = await rig.http.get(f"/receipts/{leaf.hex()}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_receipts_of_the_old_account_stand_and_the_new_one_anchors_what_comes(own: Rig) -> None:
    old = own.chain.submitter.address
    leaves: list[bytes] = []
    for _ in range(3):
        leaves += await add_leaves(own, 2)
        await own.tick()
    before = [await receipt(own, leaf) for leaf in leaves]
    assert {one["submitter"] for one in before} == {old}
    change_account(own)
    new = await add_leaves(own, 1)
    assert [(await own.tick()).batches for _ in range(3)] == [1, 0, 0]
    assert [await receipt(own, leaf) for leaf in leaves] == before
    assert (await receipt(own, new[0]))["submitter"] == own.chain.submitter.address
    assert anchored_events(own) == 4
    await assert_anchored_once(own, leaves + new)


async def test_a_batch_that_was_only_signed_is_re_signed(own: Rig) -> None:
    leaves = await add_leaves(own)
    assert await own.crashing_tick("anchor:signed")
    change_account(own)
    assert (await own.tick()).batches == 1
    await assert_anchored_once(own, leaves)
    assert (await receipt(own, leaves[0]))["submitter"] == own.chain.submitter.address
    assert anchored_events(own) == 1


async def test_an_unmined_batch_is_anchored_by_the_new_account_and_stays_so(own: Rig) -> None:
    client = own.chain.reader.client
    client.request("evm_setAutomine", [False])
    leaves = await add_leaves(own)
    assert await own.crashing_tick("anchor:marked-sent")
    raw = await own.scalar("select raw from issuer.chain_transaction")
    client.request("anvil_dropAllTransactions", [])
    client.request("evm_setAutomine", [True])
    change_account(own)
    assert (await own.tick()).batches == 1
    anchored = await receipt(own, leaves[0])
    assert anchored["submitter"] == own.chain.submitter.address
    # What the old account sent comes all the same: it changes nothing any more.
    client.request("eth_sendRawTransaction", ["0x" + bytes(raw).hex()])
    assert [(await own.tick()).batches for _ in range(2)] == [0, 0]
    assert await receipt(own, leaves[0]) == anchored
    await assert_anchored_once(own, leaves)


async def test_a_transaction_that_still_waits_when_the_account_changes_counts_when_it_is_mined(
    own: Rig,
) -> None:
    client = own.chain.reader.client
    old = own.chain.submitter.address
    client.request("evm_setAutomine", [False])
    leaves = await add_leaves(own)
    assert await own.crashing_tick("anchor:marked-sent")
    change_account(own)
    own.settings.transaction_wait_seconds = 0.3
    assert (await own.tick()).batches == 0
    client.request("evm_setAutomine", [True])
    client.request("anvil_mine", [])
    own.settings.transaction_wait_seconds = 20
    assert (await own.tick()).batches == 1
    assert (await receipt(own, leaves[0]))["submitter"] == old
    await assert_anchored_once(own, leaves)


async def test_a_mined_batch_that_was_not_confirmed_is_confirmed_as_the_old_account_anchored_it(
    own: Rig,
) -> None:
    old = own.chain.submitter.address
    leaves = await add_leaves(own)
    assert await own.crashing_tick("anchor:mined")
    block = own.chain.reader.client.head()
    change_account(own)
    own.chain.reader.client.request("anvil_mine", ["0x3"])
    assert (await own.tick()).batches == 1
    anchored = await receipt(own, leaves[0])
    assert (anchored["submitter"], anchored["block"]["number"]) == (old, block.number)
    assert anchored_events(own) == 1
    await assert_anchored_once(own, leaves)
    assert (await own.tick()).batches == 0


async def test_what_the_chain_forgot_of_the_old_account_is_anchored_by_the_new_one(own: Rig) -> None:
    older = own.node.snapshot.read_bytes()
    leaves = await add_leaves(own)
    await own.tick()
    own.node.stop()
    own.node.snapshot.write_bytes(older)
    own.node.start()
    change_account(own)
    assert (await own.tick()).batches == 1
    assert (await receipt(own, leaves[0]))["submitter"] == own.chain.submitter.address
    await assert_anchored_once(own, leaves)
    assert anchored_events(own) == 1


async def test_going_back_to_the_first_account_changes_no_receipt(own: Rig) -> None:
    leaves: list[bytes] = []
    for number in (2, 1, 2):
        leaves += await add_leaves(own, 1)
        await own.tick()
        change_account(own, number)
    receipts = [await receipt(own, leaf) for leaf in leaves]
    assert (await own.tick()).batches == 0
    assert [await receipt(own, leaf) for leaf in leaves] == receipts
    assert len({one["submitter"] for one in receipts}) == 2
    await assert_anchored_once(own, leaves)
