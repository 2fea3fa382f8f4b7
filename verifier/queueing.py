"""A queue that is fair by client and by cost: who asks much, or for what is dear, waits behind who does not.

Work runs in threads. Of the clients that wait the next is always the one that has cost least lately, in
seconds of processor time of which half is forgotten every ten seconds; what runs counts as much as that
client's work usually costs. One client never has all threads. Where no more can wait, the newest work of the
client that takes most gives way, unless that is the client who comes.

A client is whom ``digital_resume.web.client_address`` counts: an address, or a network.
"""

import asyncio
import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from digital_resume.core.errors import ResumeError

T = TypeVar("T")

_HALF_LIFE_SECONDS: Final = 10.0
#: What work of a client costs of whom nothing is known yet.
_USUAL_SECONDS: Final = 0.02
#: Clients whose cost is remembered; of others nothing is known again.
_MOST_CLIENTS: Final = 10_000


class BusyError(ResumeError):
    """More verifications are asked for than this process takes at a time."""

    code = "verifier_busy"

    def __init__(self) -> None:
        super().__init__("More resumes are being verified than this service takes at a time. Try again.")


@dataclass(eq=False, slots=True)
class _Ticket(Generic[T]):
    client: "_Client"
    work: Callable[[], T]
    result: "asyncio.Future[T]"


@dataclass(eq=False, slots=True)
class _Client:
    waiting: "deque[_Ticket[Any]]" = field(default_factory=deque)
    running: int = 0
    usual: float = _USUAL_SECONDS
    _spent: float = 0.0
    _at: float = 0.0

    def charge(self, seconds: float, now: float) -> None:
        """Add to what it has cost."""
        self._spent = max(0.0, self.cost(now) + seconds)
        self._at = now

    def cost(self, now: float) -> float:
        """Return what it has cost lately."""
        return self._spent * math.exp2((self._at - now) / _HALF_LIFE_SECONDS)

    def weight(self, now: float) -> float:
        """Return what it has cost and is to cost, as far as it waits."""
        return self.cost(now) + self.usual * len(self.waiting)


class FairQueue:
    """Threads for work of many clients.

    Args:
        threads: work that runs at the same time.
        waiting: work that may wait.
        clock: seconds that only move forward.
    """

    def __init__(self, threads: int, waiting: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="verification")
        self._threads = threads
        self._most_waiting = waiting
        self._share = threads - threads // 4
        self._clock = clock
        self._clients: OrderedDict[str, _Client] = OrderedDict()
        self._queued: dict[_Client, None] = {}
        self._running = 0
        self._waiting = 0

    def __len__(self) -> int:
        return self._running + self._waiting

    def close(self) -> None:
        """Let running work end and take no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def run(self, name: str, work: Callable[[], T]) -> T:
        """Run work for a client in a thread, when it is its turn, and return what it returns.

        Cancelled, it takes no thread any more; what runs already runs to its end and keeps its thread.

        Raises:
            BusyError: no more may wait, or this has given way to another client's.
        """
        client = self._client(name)
        starts = self._running < self._threads and client.running < self._share
        if self._waiting >= self._most_waiting and not starts:
            self._make_room(client)
        result: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        ticket = _Ticket(client, work, result)
        client.waiting.append(ticket)
        self._queued[client] = None
        self._waiting += 1
        self._start_next()
        try:
            return await result
        finally:
            self._leave(ticket)

    def _client(self, name: str) -> _Client:
        client = self._clients.get(name)
        if client is None:
            client = self._clients[name] = _Client()
            while len(self._clients) > _MOST_CLIENTS:
                idle = next(
                    (key for key, each in self._clients.items() if not each.waiting and not each.running)
                )
                del self._clients[idle]
        self._clients.move_to_end(name)
        return client

    def _make_room(self, client: _Client) -> None:
        now = self._clock()
        heaviest = max(self._queued, key=lambda each: each.weight(now))
        if heaviest.weight(now) <= client.weight(now) + client.usual:
            raise BusyError
        ticket = heaviest.waiting[-1]
        self._leave(ticket)
        ticket.result.set_exception(BusyError())

    def _leave(self, ticket: _Ticket[Any]) -> None:
        try:
            ticket.client.waiting.remove(ticket)
        except ValueError:
            return  # it was started, or has given way
        self._taken(ticket.client)

    def _taken(self, client: _Client) -> None:
        self._waiting -= 1
        if not client.waiting:
            del self._queued[client]

    def _start_next(self) -> None:
        while self._running < self._threads and self._waiting:
            now = self._clock()
            ready = [each for each in self._queued if each.running < self._share]
            if not ready:
                return
            self._start(min(ready, key=lambda each: each.cost(now)), now)

    def _start(self, client: _Client, now: float) -> None:
        ticket = client.waiting.popleft()
        self._taken(client)
        self._running += 1
        client.running += 1
        estimate = client.usual
        client.charge(estimate, now)
        running = asyncio.get_running_loop().run_in_executor(self._pool, _timed, ticket.work)

        def done(ended: "asyncio.Future[tuple[float, Any, BaseException | None]]") -> None:
            self._running -= 1
            client.running -= 1
            if not ended.cancelled():
                seconds, value, error = ended.result()
                client.charge(seconds - estimate, self._clock())
                client.usual = (client.usual + seconds) / 2
                if not ticket.result.done():
                    if error is None:
                        ticket.result.set_result(value)
                    else:
                        ticket.result.set_exception(error)
            self._start_next()

        running.add_done_callback(done)


def _timed(work: Callable[[], T]) -> tuple[float, T | None, BaseException | None]:
    """Run work; return its processor time, and what it returned or raised."""
    begun = time.thread_time()
    try:
        value = work()
    except BaseException as error:
        return time.thread_time() - begun, None, error
    return time.thread_time() - begun, value, None
