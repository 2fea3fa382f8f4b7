"""Storage proofs that anybody may ask for take few threads, and few questions to the node."""

import asyncio
import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest

from digital_resume.core.anchoring.receipt import Receipt
from digital_resume.core.errors import SourceUnavailableError
from issuer.anchoring.proofs import AT_ONCE, WAITING, ProofsBusyError, StorageProofs
from issuer.chain.account import ChainReader

SUBMITTER = "0x" + "11" * 20


class Node:
    """Reads proofs as slowly as a test lets it, and counts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[tuple[bytes, int]] = []
        self.most = self.now = 0
        self.open, self._lock = threading.Event(), threading.Lock()
        self.open.set()
        self.fails = False
        monkeypatch.setattr("issuer.anchoring.proofs.final_block", lambda client, deployments: 9)
        monkeypatch.setattr("issuer.anchoring.proofs.fetch_storage_proof", self.fetch)

    def fetch(self, client: Any, deployments: Any, submitter: str, root: bytes, block: int) -> str:
        del client, deployments, submitter
        with self._lock:
            self.asked.append((root, block))
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            assert self.open.wait(30)
            if self.fails:
                raise SourceUnavailableError("no state", code="storage_proof_unavailable")
            return f"{root.hex()} {block}"
        finally:
            with self._lock:
                self.now -= 1

    async def until_asked(self, times: int) -> None:
        """Return when so many questions have come: whoever asked before that waits by then."""
        for _ in range(1_000):
            if len(self.asked) >= times:
                return
            await asyncio.sleep(0.01)
        raise AssertionError("it was not asked within 10 s")


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> Node:
    return Node(monkeypatch)


def proofs() -> StorageProofs:
    reader = cast(ChainReader, SimpleNamespace(client=None, deployments=None))
    return StorageProofs(lambda: reader)


def receipt(root: int) -> Receipt:
    place = SimpleNamespace(submitter=SUBMITTER, root=root.to_bytes(32, "big"), block_number=2)
    return cast(Receipt, place)


async def test_equal_questions_wait_for_one_answer_and_a_blocks_proof_is_read_once(node: Node) -> None:
    desk = proofs()
    node.open.clear()
    asked = [asyncio.create_task(desk.of(receipt(1), None)) for _ in range(500)]
    await node.until_asked(1)
    node.open.set()
    assert len({str(each) for each in await asyncio.gather(*asked)}) == 1
    for block in (None, 9):
        await desk.of(receipt(1), block)
    assert node.asked == [(receipt(1).root, 9)]


async def test_few_are_read_at_a_time_and_who_comes_when_many_wait_is_refused(node: Node) -> None:
    desk = proofs()
    node.open.clear()
    asked = [asyncio.create_task(desk.of(receipt(n), 9)) for n in range(AT_ONCE + WAITING)]
    await node.until_asked(AT_ONCE)
    with pytest.raises(ProofsBusyError):
        await desk.of(receipt(1_000), 9)
    again = asyncio.create_task(desk.of(receipt(0), 9))  # somebody waits for that one already
    node.open.set()
    await asyncio.gather(*asked, again)
    assert node.most <= AT_ONCE
    assert len(node.asked) == AT_ONCE + WAITING
    await desk.of(receipt(1_000), 9)


async def test_who_goes_away_takes_the_answer_from_nobody_else(node: Node) -> None:
    desk = proofs()
    node.open.clear()
    gone, stays = (asyncio.create_task(desk.of(receipt(1), 9)) for _ in range(2))
    await node.until_asked(1)
    gone.cancel()
    node.open.set()
    assert await stays
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_a_failure_is_not_kept(node: Node) -> None:
    desk = proofs()
    node.fails = True
    with pytest.raises(SourceUnavailableError):
        await desk.of(receipt(1), 9)
    node.fails = False
    assert await desk.of(receipt(1), 9)


@pytest.mark.parametrize("block", [1, 10])
async def test_a_block_before_the_anchor_or_not_final_is_not_asked_for(node: Node, block: int) -> None:
    with pytest.raises(SourceUnavailableError) as caught:
        await proofs().of(receipt(1), block)
    assert caught.value.code == "block_not_final"
    assert node.asked == []
