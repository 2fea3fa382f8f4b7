"""Whoever asks much, or for what is dear, waits behind who does not; nobody keeps others out."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable

import pytest

from verifier.queueing import BusyError, FairQueue

DEAR, CHEAP = 0.05, 0.0


def burn(seconds: float) -> None:
    """Use so much processor time."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


@pytest.fixture
async def queue() -> AsyncIterator[FairQueue]:
    made = FairQueue(4, 8)
    yield made
    made.close()


@pytest.fixture
def gate() -> threading.Event:
    return threading.Event()


def waits(gate: threading.Event, order: list[str], name: str, cost: float = CHEAP) -> Callable[[], str]:
    def work() -> str:
        gate.wait(30)
        order.append(name)
        burn(cost)
        return name

    return work


async def until(condition: Callable[[], bool]) -> None:
    """Return when something is so."""
    for _ in range(1_000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come within 10 s")


async def test_work_is_done_and_its_errors_are_the_callers(queue: FairQueue) -> None:
    assert await queue.run("a", lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await queue.run("a", lambda: 1 // 0)
    assert len(queue) == 0


async def test_one_client_never_has_all_threads(queue: FairQueue, gate: threading.Event) -> None:
    order: list[str] = []
    greedy = [asyncio.create_task(queue.run("greedy", waits(gate, order, "greedy"))) for _ in range(8)]
    await until(lambda: len(queue) == 8)
    assert await asyncio.wait_for(queue.run("honest", lambda: "served"), 5) == "served"
    gate.set()
    await asyncio.gather(*greedy)


async def test_who_comes_later_and_has_cost_nothing_is_next(queue: FairQueue, gate: threading.Event) -> None:
    order: list[str] = []
    await queue.run("greedy", lambda: burn(0.5))
    tasks = [asyncio.create_task(queue.run(name, waits(gate, order, name))) for name in ("x", "y", "z", "w")]
    await until(lambda: len(queue) == 4)
    tasks += [asyncio.create_task(queue.run("greedy", waits(gate, order, "greedy"))) for _ in range(4)]
    await until(lambda: len(queue) == 8)
    tasks += [asyncio.create_task(queue.run("honest", waits(gate, order, "honest")))]
    await until(lambda: len(queue) == 9)
    gate.set()
    await asyncio.gather(*tasks)
    assert order.index("honest") < order.index("greedy")


async def test_when_no_more_can_wait_the_newest_of_who_takes_most_gives_way(
    queue: FairQueue, gate: threading.Event
) -> None:
    order: list[str] = []
    greedy = [asyncio.create_task(queue.run("greedy", waits(gate, order, "greedy"))) for _ in range(11)]
    await until(lambda: len(queue) == 3 + 8)
    with pytest.raises(BusyError):
        await queue.run("greedy", lambda: None)
    others = [asyncio.create_task(queue.run(name, waits(gate, order, name))) for name in ("a", "b", "c")]
    await until(lambda: sum(task.done() for task in greedy) == 2)
    gate.set()
    found = await asyncio.gather(*greedy, *others, return_exceptions=True)
    assert [value for value in found if isinstance(value, str) and value != "greedy"] == ["a", "b", "c"]
    gave_way = [index for index, value in enumerate(found) if isinstance(value, BusyError)]
    assert gave_way == [9, 10], "the newest, and no more than needed: one of three took a free thread"


async def test_who_stops_waiting_takes_no_thread(queue: FairQueue, gate: threading.Event) -> None:
    order: list[str] = []
    running = [asyncio.create_task(queue.run(name, waits(gate, order, name))) for name in "abcd"]
    await until(lambda: len(queue) == 4)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await queue.run("late", waits(gate, order, "late"))
    assert len(queue) == 4
    gate.set()
    await asyncio.gather(*running)
    await until(lambda: len(queue) == 0)
    assert sorted(order) == ["a", "b", "c", "d"]


async def test_work_that_nobody_waits_for_any_more_keeps_its_thread_to_its_end(
    queue: FairQueue, gate: threading.Event
) -> None:
    order: list[str] = []
    for name in "abcd":
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await queue.run(name, waits(gate, order, name))
    assert len(queue) == 4
    gate.set()
    assert await queue.run("e", lambda: bool(order)), "only when one of them has ended"
    await until(lambda: len(queue) == 0)
    assert sorted(order) == ["a", "b", "c", "d"]


async def test_what_is_remembered_of_clients_is_bounded(
    queue: FairQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("verifier.queueing._MOST_CLIENTS", 10)
    for number in range(50):
        await queue.run(str(number), lambda: None)
    assert len(queue._clients) == 10


async def test_forty_five_dear_ones_of_one_client_keep_no_honest_one_out() -> None:
    queue = FairQueue(8, 32)
    stop = time.monotonic() + 4

    refused = 0

    async def attack() -> None:
        nonlocal refused
        while time.monotonic() < stop:
            try:
                await queue.run("attacker", lambda: burn(0.1))
            except BusyError:
                refused += 1
                await asyncio.sleep(0.01)

    attackers = [asyncio.create_task(attack()) for _ in range(45)]
    await until(lambda: refused > 0)
    for number in range(15):
        assert await asyncio.wait_for(queue.run("honest", lambda number=number: number), 10) == number
    await asyncio.gather(*attackers)
    queue.close()
