"""A task that has lost a cancellation, as those on a pool of connections may, is ended all the same."""

import asyncio
import contextlib

from digital_resume.adapters.jobs import end


async def test_a_task_that_lost_its_first_cancellation_ends() -> None:
    lost: list[int] = []

    async def loop_for_ever() -> None:
        while True:
            with contextlib.ExitStack() as once:
                if not lost:
                    once.callback(lost.append, 1)
                    once.enter_context(contextlib.suppress(asyncio.CancelledError))
                await asyncio.sleep(3_600)

    task = asyncio.create_task(loop_for_ever())
    await asyncio.sleep(0)
    await asyncio.wait_for(end(task), 30)
    assert lost == [1]
    assert task.cancelled()
