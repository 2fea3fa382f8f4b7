"""Counting in memory: a window that slides, and memory that is bounded."""

import pytest
from limits import RateLimitItemPerMinute
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from digital_resume.adapters.limit_storage import MemoryStorage

SIX = RateLimitItemPerMinute(6)


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


async def taken(limiter: SlidingWindowCounterRateLimiter, key: str, times: int) -> int:
    return [await limiter.hit(SIX, key) for _ in range(times)].count(True)


async def test_a_window_empties_as_the_one_before_gets_older() -> None:
    clock = Clock()
    storage = MemoryStorage(clock=clock)
    limiter = SlidingWindowCounterRateLimiter(storage)
    assert await taken(limiter, "a", 7) == 6
    assert await taken(limiter, "b", 1) == 1
    clock.now += 59.9
    assert await taken(limiter, "a", 1) == 0
    clock.now += 0.2  # of six, less than six still count
    assert await taken(limiter, "a", 3) == 1
    clock.now += 10
    assert await taken(limiter, "a", 3) == 1
    clock.now += 30
    assert await taken(limiter, "a", 9) == 3
    clock.now += 3_600
    assert await taken(limiter, "a", 9) == 6


async def test_in_no_minute_are_there_twice_as_many() -> None:
    clock = Clock()
    limiter = SlidingWindowCounterRateLimiter(MemoryStorage(clock=clock))
    allowed: list[float] = []
    for _ in range(2_400):
        clock.now += 0.25
        if await limiter.hit(SIX, "a"):
            allowed.append(clock.now)
    for moment in allowed:
        assert sum(1 for other in allowed if moment <= other < moment + 60) <= 9
    assert len(allowed) == pytest.approx(60, abs=8), "about six a minute for ten minutes"


async def test_when_to_come_again_is_told() -> None:
    clock = Clock()
    storage = MemoryStorage(clock=clock)
    limiter = SlidingWindowCounterRateLimiter(storage)
    assert await taken(limiter, "a", 6) == 6
    clock.now += 45
    previous, _, current, left = await storage.get_sliding_window(SIX.key_for("a"), 60)
    assert (previous, current, left % 60) == (0, 6, pytest.approx(15))
    clock.now += 30
    previous, left, current, _ = await storage.get_sliding_window(SIX.key_for("a"), 60)
    assert (previous, current, left) == (6, 0, pytest.approx(45))


async def test_the_number_of_keys_is_bounded_and_the_longest_unasked_go_first() -> None:
    storage = MemoryStorage(most=100, clock=Clock())
    limiter = SlidingWindowCounterRateLimiter(storage)
    await taken(limiter, "kept", 6)
    for number in range(1_000):
        await limiter.hit(SIX, str(number))
        await limiter.hit(SIX, "kept")
    assert len(storage) == 100
    assert await taken(limiter, "kept", 1) == 0
    assert await storage.reset() == 100
    assert len(storage) == 0
