"""Answers that several nodes agree on: one that lies, lags or hangs decides nothing (ADR 0010).

All nodes are asked at the same time, and the first answer that enough of them give is used. What nodes may
say differently without disagreeing is taken care of:

1. heads: the head is the newest block that enough nodes know, by hash; "latest" in any other question is
   replaced by the number of that block before it is asked;
2. members that only some programs send: of a block, a receipt or a log only the members named here are
   compared, and only these are handed on;
3. prices: of suggested tips the lower middle one of enough answers is used;
4. sending: a transaction goes to every node; one that takes it is enough, unless enough others agree on why
   they refuse it.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from typing import Any, Final

from digital_resume.adapters.chain.endpoint import Endpoint, parse_int
from digital_resume.adapters.chain.errors import ChainMismatchError, RpcDisagreementError, RpcError
from digital_resume.adapters.chain.refusals import Refusal, kind_of_refusal
from digital_resume.core.chain_proofs.blocks import HEADER_FIELDS, LATER_HEADER_FIELDS
from digital_resume.core.errors import SourceUnavailableError

HEAD_GRACE: Final = 1.0
"""Seconds that a head waits for further nodes, once enough have answered and not all the same."""

MAX_LAG: Final = 16
"""Blocks below the newest that enough nodes report at which a head is still looked for."""

_SEND: Final = "eth_sendRawTransaction"
_TAGGED: Final = {"eth_call": 1, "eth_getCode": 1, "eth_getBalance": 1, "eth_getTransactionCount": 1}
_MEMBERS: Final = {
    "eth_getBlockByNumber": ("hash", *HEADER_FIELDS, *LATER_HEADER_FIELDS),
    "eth_getBlockByHash": ("hash", *HEADER_FIELDS, *LATER_HEADER_FIELDS),
    "eth_getTransactionByHash": ("hash",),
    "eth_getTransactionReceipt": (
        *("transactionHash", "blockHash", "blockNumber", "status", "gasUsed", "contractAddress"),
    ),
    "eth_getLogs": (
        *("address", "topics", "data", "blockNumber", "blockHash", "logIndex", "removed"),
        *("transactionHash", "transactionIndex"),
    ),
}
"""What is compared and handed on of what programs send differently."""

_DECIDING: Final = frozenset(
    {*_TAGGED, *_MEMBERS, "eth_blockNumber", "eth_chainId", "eth_maxPriorityFeePerGas", _SEND}
)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one node said: a value, or why there is none."""

    host: str
    value: Any = None
    failure: SourceUnavailableError | None = None


class Quorum:
    """Asks several nodes and hands on what ``size`` of them say.

    Args:
        endpoints: the nodes.
        size: how many have to agree, at least 2.
        seconds: time limit for a connection and an answer together.

    Raises:
        ValueError: there are fewer different nodes than have to agree.
    """

    def __init__(self, endpoints: Sequence[Endpoint], size: int, seconds: float) -> None:
        # One voice a host: two addresses at one provider are one node, whatever they say.
        nodes = {endpoint.node: endpoint for endpoint in reversed(endpoints)}
        if len(nodes) < size:
            raise ValueError(
                f"RPC_QUORUM is {size}, but RPC_URLS names fewer different nodes. Add nodes or lower it."
            )
        self._endpoints = [endpoint for endpoint in endpoints if nodes[endpoint.node] is endpoint]
        self._size = size
        self._seconds = seconds
        self._newest = -1

    @staticmethod
    def decides(method: str, params: Sequence[Any]) -> bool:
        """Tell whether an answer to this has to be agreed on."""
        return method in _DECIDING and "pending" not in params

    def request(self, method: str, params: Sequence[Any], read_seconds: float | None) -> Any:
        """Return what enough nodes say.

        Raises:
            RpcError: enough nodes say that the call reverts, or every node refused.
            RpcDisagreementError: not enough nodes say the same.
            ChainMismatchError, SourceUnavailableError: no node gave an answer.
        """
        if method == _SEND:
            return self._send(params, read_seconds)
        if method == "eth_maxPriorityFeePerGas":
            return self._lower_middle(method, params, read_seconds)
        if method == "eth_blockNumber":
            return self._head("latest")["number"]
        if method == "eth_getBlockByNumber" and not _is_number(params[0]):
            return self._head(str(params[0]))
        return self._agree(method, self._pin(method, params), read_seconds)

    def _pin(self, method: str, params: Sequence[Any]) -> list[Any]:
        """Put the head that enough nodes know in the place of "latest"."""
        pinned = list(params)
        if method in _TAGGED:
            position = _TAGGED[method]
            pinned += ["latest"] * (position + 1 - len(pinned))
            pinned[position] = self._number(pinned[position])
        elif method == "eth_getLogs" and "blockHash" not in pinned[0]:
            query = {"fromBlock": "latest", "toBlock": "latest", **pinned[0]}
            ends = {member: self._number(query[member]) for member in ("fromBlock", "toBlock")}
            pinned[0] = {**query, **ends}
        return pinned

    def _number(self, which: Any) -> Any:
        return self._head("latest")["number"] if which == "latest" else which

    def _agree(self, method: str, params: Sequence[Any], read_seconds: float | None) -> Any:
        answers: list[_Answer] = []
        for answer in self._answers(method, params, read_seconds):
            answers.append(answer)
            if answer.failure is None:
                if self._count(answers, answer) >= self._size:
                    return answer.value
            elif isinstance(answer.failure, RpcError) and answer.failure.data is not None:
                reverts = [a for a in answers if _revert(a) == answer.failure.data]
                if len(reverts) >= self._size:
                    raise answer.failure
        raise self._no_quorum(method, answers)

    def _head(self, tag: str) -> Any:
        """Return the newest block under ``tag`` that enough nodes know.

        1. When enough name the same block at once, it is that.
        2. Else the others are waited for, shortly, so that a node that lies about its head cannot hold back
           the rest; then blocks are asked for by number, from the newest that enough nodes say they have.
        """
        reports: list[_Answer] = []
        for answer in self._answers("eth_getBlockByNumber", [tag, False], None, grace=HEAD_GRACE):
            reports.append(answer)
            if answer.failure is None and answer.value is not None:
                known = self._count(reports, answer) >= self._size
                if known and (tag != "latest" or _number(answer.value) >= self._newest):
                    return self._remember(tag, answer.value)
        numbers = sorted((n for n in map(_reported_number, reports) if n is not None), reverse=True)
        if len(numbers) < self._size:
            raise self._no_quorum("eth_getBlockByNumber", reports)
        for number in self._candidates(tag, numbers):
            try:
                found = self._agree("eth_getBlockByNumber", [hex(number), False], None)
            except RpcDisagreementError:
                continue
            if found is not None:
                return self._remember(tag, found)
        raise self._no_quorum("eth_getBlockByNumber", reports)

    def _candidates(self, tag: str, numbers: Sequence[int]) -> list[int]:
        """Return the block numbers to look at, of those reported; both highest first."""
        top = numbers[self._size - 1]
        wanted = {n for n in numbers if top - MAX_LAG <= n <= top}
        wanted |= {top - 1, top - 2}  # where nodes follow different blocks at the tip
        if tag == "latest" and top < self._newest <= top + MAX_LAG:
            # A head does not step back because other nodes answered first.
            wanted.add(self._newest)
        return sorted((n for n in wanted if n >= 0), reverse=True)

    def _remember(self, tag: str, block: Any) -> Any:
        if tag == "latest":
            self._newest = _number(block)
        return block

    def _lower_middle(self, method: str, params: Sequence[Any], read_seconds: float | None) -> Any:
        answers: list[_Answer] = []
        values: list[int] = []
        for answer in self._answers(method, params, read_seconds):
            answers.append(answer)
            if answer.failure is None:
                values.append(int(answer.value, 16))
                if len(values) >= self._size:
                    return hex(sorted(values)[(len(values) - 1) // 2])
        raise self._no_quorum(method, answers)

    def _send(self, params: Sequence[Any], read_seconds: float | None) -> Any:
        """Offer a transaction to every node that is well, then, when nobody took it, to the others.

        1. It is taken when enough nodes took it, or when one did and the rest say nothing soon.
        2. It is refused when enough nodes give the same reason, whatever a single one says that took it.
        """
        answers: list[_Answer] = []
        kinds: Counter[Refusal] = Counter()
        for group in self._groups():
            taken: Any = None
            for answer in self._ask(group, _SEND, params, read_seconds, (1, HEAD_GRACE)):
                answers.append(answer)
                if answer.failure is None:
                    taken = answer.value if taken is None else taken
                    kinds[Refusal.KNOWN] += 1
                elif isinstance(answer.failure, RpcError):
                    kind = kind_of_refusal(answer.failure.rpc_message)
                    kinds[kind] += 1
                    if kinds[kind] >= self._size and (kind is not Refusal.KNOWN or taken is None):
                        raise answer.failure
                if taken is not None and kinds[Refusal.KNOWN] >= self._size:
                    return taken
            if taken is not None:
                return taken
        raise self._no_quorum(_SEND, answers)

    def _answers(
        self, method: str, params: Sequence[Any], read_seconds: float | None, *, grace: float | None = None
    ) -> Iterator[_Answer]:
        """Ask every node that is well, then, when the caller has not had enough, the others; as ``_ask``."""
        for group in self._groups():
            yield from self._ask(group, method, params, read_seconds, (self._size, grace))

    def _groups(self) -> tuple[list[Endpoint], list[Endpoint]]:
        """Return the nodes that are well, when these are enough, else all; and the others."""
        chosen = [endpoint for endpoint in self._endpoints if endpoint.is_well()]
        if len(chosen) < self._size:
            chosen = self._endpoints
        return chosen, [endpoint for endpoint in self._endpoints if endpoint not in chosen]

    def _ask(
        self,
        group: Sequence[Endpoint],
        method: str,
        params: Sequence[Any],
        read_seconds: float | None,
        grace: tuple[int, float | None],
    ) -> Iterator[_Answer]:
        """Ask some nodes at once and give answers as they come in; who is late gives a failure.

        ``grace``: after how many answers the rest is waited for how long.
        """
        enough, shortly = grace
        futures = {e.ask_aside(method, params, read_seconds): e.host for e in group}
        waiting, given = set(futures), 0
        until = time.monotonic() + self._seconds + (read_seconds or 0.0)
        while waiting:
            done, waiting = wait(waiting, max(0.0, until - time.monotonic()), FIRST_COMPLETED)
            if not done:
                break
            for future in done:
                answer = _read(future, futures[future], method)
                given += answer.failure is None
                if given == enough and shortly is not None:
                    until = min(until, time.monotonic() + shortly)
                yield answer
        for future in waiting:
            late = SourceUnavailableError(f"The chain's node at {futures[future]} did not answer in time.")
            yield _Answer(futures[future], failure=late)

    def _count(self, answers: Sequence[_Answer], like: _Answer) -> int:
        return sum(a.failure is None and a.value == like.value for a in answers)

    def _no_quorum(self, method: str, answers: Sequence[_Answer]) -> SourceUnavailableError:
        """Return the error that says who said what; hosts only."""
        failures = [answer.failure for answer in answers if answer.failure is not None]
        values = [answer.value for answer in answers if answer.failure is None]
        kinds: list[type[SourceUnavailableError]] = []
        if not values and not any(_decides(method, failure) for failure in failures):
            kinds = [RpcError, ChainMismatchError, SourceUnavailableError]
        elif all(value == values[0] for value in values):
            kinds = [ChainMismatchError]
        for kind in kinds:
            chosen = next((failure for failure in failures if isinstance(failure, kind)), None)
            if chosen is not None:
                return chosen
        told = ", ".join(sorted(f"{a.host}: {_said(a, values)}" for a in answers)) or "no answer"
        return RpcDisagreementError(
            f"Fewer than {self._size} of the chain's nodes agree on {method} ({told}). "
            "Nothing was decided by it; check the nodes named here, and RPC_QUORUM.",
            method=method,
        )


def _read(future: "Future[Any]", host: str, method: str) -> _Answer:
    try:
        return _Answer(host, agreed_form(method, future.result()))
    except SourceUnavailableError as failure:
        return _Answer(host, failure=failure)
    except RecursionError:  # an answer of a thousand lists in one another
        return _Answer(host, failure=SourceUnavailableError(f"The node at {host} answers senselessly."))


def _decides(method: str, failure: SourceUnavailableError) -> bool:
    """Tell whether an error is itself an answer that others have to agree with."""
    if not isinstance(failure, RpcError):
        return False
    return failure.data is not None or method == _SEND


def agreed_form(method: str, raw: Any) -> Any:
    """Return what of an answer is compared and handed on: lower case, members that every node sends."""
    if method == "eth_maxPriorityFeePerGas":
        return hex(parse_int(raw))
    members = _MEMBERS.get(method, ())
    if method == "eth_getLogs" and isinstance(raw, list):
        return [_chosen(log, members) for log in raw]
    return _chosen(raw, members)


def _chosen(raw: Any, members: Sequence[str]) -> Any:
    if not isinstance(raw, dict) or not members:
        return _lower(raw)
    return {member: _lower(raw.get(member)) for member in members}


def _lower(raw: Any) -> Any:
    if isinstance(raw, str):
        return raw.lower()
    return [_lower(entry) for entry in raw] if isinstance(raw, list) else raw


def _is_number(which: Any) -> bool:
    return isinstance(which, str) and which.startswith("0x")


def _number(block: Any) -> int:
    return parse_int(block.get("number") if isinstance(block, dict) else None)


def _reported_number(report: _Answer) -> int | None:
    try:
        return None if report.failure is not None else _number(report.value)
    except SourceUnavailableError:
        return None


def _revert(answer: _Answer) -> bytes | None:
    return answer.failure.data if isinstance(answer.failure, RpcError) else None


def _said(answer: _Answer, values: Sequence[Any]) -> str:
    """Say what a node said without its words: which of the different answers, or the code of its failure."""
    if answer.failure is not None:
        return answer.failure.code
    different = [value for number, value in enumerate(values) if value not in values[:number]]
    return f"answer {different.index(answer.value) + 1} of {len(different)}"
