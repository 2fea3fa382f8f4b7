"""Views and logs of the contracts, read through web3: decoded, or no answer at all."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from eth_abi.exceptions import DecodingError

from digital_resume.adapters.chain.client import Block, ChainClient
from digital_resume.adapters.chain.evm import (
    ContractEvent,
    ContractFunction,
    EventData,
    TransactionNotFound,
    Web3Exception,
)
from digital_resume.core.errors import SourceUnavailableError

_LOGS_AT_ONCE: Final = 5_000
_SENSELESS: Final = (
    *(Web3Exception, DecodingError),
    *(ValueError, TypeError, LookupError, AttributeError, ArithmeticError, OSError),
)
_Answer = TypeVar("_Answer")


@contextmanager
def understood(what: str) -> Iterator[None]:
    """Turn whatever web3 raises over an answer that makes no sense into a ``SourceUnavailableError``.

    Args:
        what: what was read.

    Raises:
        TransactionNotFound: there is none, which is an answer.
    """
    try:
        yield
    except TransactionNotFound:
        raise
    except _SENSELESS:
        raise SourceUnavailableError(
            f"The node's answer to {what} cannot be decoded: it is damaged or comes from another contract. "
            "Check RPC_URLS."
        ) from None


def read(function: ContractFunction, *, block: int | None = None) -> Any:
    """Return what a view answers at a block number, at the newest block when not given.

    Raises:
        RpcError: the view reverts.
        SourceUnavailableError: the chain could not be read, or the answer is none.
    """
    with understood(function.name):
        return function.call(block_identifier=block)


def logs(event: ContractEvent, first: int, last: int) -> Iterator[EventData]:
    """Yield a contract's events of a range of blocks, asked for in parts; errors as ``read``."""
    for start in range(first, last + 1, _LOGS_AT_ONCE):
        with understood(event.event_name):
            found = event.get_logs(from_block=start, to_block=min(start + _LOGS_AT_ONCE - 1, last))
        yield from found


class HeadCache:
    """Remembers answers while the head stays the same; every question reads the head.

    So nothing is answered while the chain cannot be read.

    Args:
        client: the chain.
        most: how many answers are kept.
        for_good: whether they outlive the head, as those of final blocks do.
    """

    def __init__(self, client: ChainClient, most: int, *, for_good: bool = False) -> None:
        self._client = client
        self._most = most
        self._for_good = for_good
        self._lock = threading.Lock()
        self._head = ""
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()

    def answer(self, key: Hashable, ask: Callable[[Block], _Answer], *, keep_none: bool = True) -> _Answer:
        """Return the answer to a question, read at the head where it is not remembered.

        Args:
            key: names the question.
            ask: reads the answer, given the head.
            keep_none: whether ``None`` is remembered as well.
        """
        head = self._client.head()
        with self._lock:
            if head.hash != self._head:
                self._head = head.hash
                if not self._for_good:
                    self._answers.clear()
            if key in self._answers:
                self._answers.move_to_end(key)
                found: _Answer = self._answers[key]
                return found
        answer = ask(head)
        with self._lock:
            if (self._for_good or head.hash == self._head) and (keep_none or answer is not None):
                self._answers[key] = answer
                if len(self._answers) > self._most:
                    self._answers.popitem(last=False)
        return answer
