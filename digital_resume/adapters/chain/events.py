"""The events of the three contracts; every log is tied to a block hash.

Two ways to read, by how far below the head the blocks are:

- ``read_block``: one block near the head, *by its hash* and out of what its header commits to: none can be
  kept back and none invented (``digital_resume.core.chain_proofs.blocks``). Where a chain's headers have
  another form, with ``eth_getLogs``, by the block's hash too;
- ``read_range``: many blocks far below the head at once, by number. A range that the node refuses, that takes
  it too long or that holds more logs than are accepted is halved until it fits. The last block's header is
  read before and after, of the same node, and a log of that block must carry its hash.

A log that is no value of its event's form is passed over and its institution's entry marked as unreadable,
where the block proves that the log is the chain's; of a node that proves nothing it is a damaged answer. Text
that is not UTF-8 is read by both (``digital_resume.adapters.chain.texts``).

Only the pinned addresses' logs are taken, and of those only the events that are known here: the registry's
roles, and events that later contracts may add, are passed over. Of a range nothing is believed to be complete
because a node said so: ``verifier.index.checking`` holds it against views and headers.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from digital_resume.adapters.chain.block_logs import checked_header, proven_logs
from digital_resume.adapters.chain.client import Block, ChainClient, parse_block, parse_bytes, parse_int
from digital_resume.adapters.chain.deployments import Deployments
from digital_resume.adapters.chain.errors import RpcError
from digital_resume.adapters.chain.views import Ask, EventDecoder, ask_for_logs, understood
from digital_resume.core.chain_proofs.blocks import LogProver
from digital_resume.core.errors import SourceUnavailableError
from digital_resume.core.trust.events import (
    AccreditationChanged,
    AnchorerChanged,
    IssuerRegistered,
    KeyAdded,
    KeyCompromised,
    KeyRetired,
    NamesChanged,
    RegistryEvent,
    StandingChanged,
    Unreadable,
)
from digital_resume.core.trust.logs import RootAnchored, StatusHeartbeat, StatusPublished
from digital_resume.core.trust.registry import ISSUER_STATUSES

log = logging.getLogger(__name__)

MAX_LOGS: Final = 20_000
"""Logs of one answer; a range that holds more is halved, a single block may hold as many as it can."""


class RangeTooLargeError(SourceUnavailableError):
    """A range of blocks that the node does not answer at once, or with more logs than are accepted."""

    code = "log_range_too_large"


ChainEvent = RegistryEvent | RootAnchored | StatusPublished | StatusHeartbeat


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An event and where it stands in the chain."""

    block_number: int
    block_hash: str
    log_index: int
    event: ChainEvent


def _tell_nobody(size: int) -> None:
    del size


_EVENTS: Final[dict[str, tuple[Callable[..., ChainEvent], str]]] = {
    "Anchored": (RootAnchored, "submitter root time"),
    "StatusPublished": (StatusPublished, "submitter root sequence time"),
    "StatusHeartbeat": (StatusHeartbeat, "submitter root sequence time"),
    "IssuerRegistered": (IssuerRegistered, "id did"),
    "NamesChanged": (NamesChanged, "id nameKo nameEn url"),
    "StatusChanged": (
        lambda issuer, status, *more: StandingChanged(issuer, ISSUER_STATUSES[status], *more),
        "id status from successorDid",
    ),
    "AccreditationChanged": (AccreditationChanged, "id credentialType from until"),
    "AnchorerChanged": (AnchorerChanged, "id anchorer from until"),
    "KeyAdded": (KeyAdded, "id keyDigest from"),
    "KeyRetired": (KeyRetired, "id keyDigest until"),
    "KeyCompromised": (KeyCompromised, "id keyDigest since"),
}
"""Of each event that counts what is made of it, and its arguments in that order."""
_NOBODYS: Final = ("Anchored", "StatusPublished", "StatusHeartbeat")


class EventReader:
    """Reads the events of the pinned contracts.

    Args:
        client: the nodes.
        deployments: the pinned contracts.
        proven: whether a block's events are read out of what its header commits to.
    """

    def __init__(self, client: ChainClient, deployments: Deployments, *, proven: bool = True) -> None:
        self._client = client
        self.proven = proven
        self.first_block = min(contract.block for contract in deployments.contracts.values())
        self._addresses = [contract.address for contract in deployments.contracts.values()]
        self._events: dict[str, dict[bytes, EventDecoder]] = {}
        for name, pinned in deployments.contracts.items():
            every = map(EventDecoder, client.contract(name, pinned.address).all_events())
            self._events[pinned.address.lower()] = {e.topic: e for e in every if e.name in _EVENTS}
        self._prover = LogProver({address: list(known) for address, known in self._events.items()})

    def head(self) -> Block:
        """Return the newest block.

        Raises:
            SourceUnavailableError: the chain could not be read.
        """
        return self._client.head()

    def block(self, which: int | str) -> Block | None:
        """Return a block by number or tag; ``None`` when the node does not have it.

        Raises:
            SourceUnavailableError: the chain could not be read.
        """
        return self._client.block(which)

    def block_of_hash(self, block_hash: str) -> Block:
        """Return the block that has a hash, which it was checked to have.

        Raises:
            SourceUnavailableError: no node has it, or the header has an unknown form.
        """

        def read(ask: Ask) -> Block:
            raw = ask("eth_getBlockByHash", [block_hash, False])
            if raw is None:
                raise SourceUnavailableError("The node lacks a block that it should have. It is asked again.")
            checked_header(raw)
            block = parse_block(raw)
            if block.hash != block_hash:
                raise SourceUnavailableError("The node answered with another block than was asked for.")
            return block

        return self._client.of_one_node(read, proven=True)

    def read_block(self, block: Block) -> list[LoggedEvent]:
        """Return the events of one block, by its hash: all of them, proven, where this reader proves.

        Raises:
            LogsUnprovenError: the node does not prove them.
            SourceUnavailableError: the node does not have this very block, or did not answer.
        """
        if self.proven:
            told = self._client.of_one_node(
                lambda ask: proven_logs(self._prover, ask, block.raw), proven=True
            )
        else:
            told = self._client.of_one_node(lambda ask: self._logs(ask, {"blockHash": block.hash}))
        found = list(self._decoded(told, proven=self.proven))
        if any((e.block_number, e.block_hash) != (block.number, block.hash) for e in found):
            raise SourceUnavailableError("The node answered with logs of another block than was asked for.")
        return found

    def read_range(
        self, first: int, last: int, *, halved: Callable[[int], None] = _tell_nobody
    ) -> tuple[Block, list[LoggedEvent]]:
        """Return the last block of a range that the node answers, and the events from ``first`` to it.

        Args:
            first: the first block.
            last: the last block to try; fewer are read where that is too many at once.
            halved: told the number of blocks that is tried next.

        Raises:
            SourceUnavailableError: the chain could not be read, or not even one block of it.
        """
        while True:
            try:
                return self._read_range(first, last)
            except (RangeTooLargeError, RpcError):
                if last == first:
                    raise
            except SourceUnavailableError:
                if last == first:
                    if not self.proven:
                        raise
                    return self._read_proven(first)
                self.head()  # a node that is away altogether is not asked for less
            last = first + (last - first) // 2
            halved(last - first + 1)

    def _read_proven(self, number: int) -> tuple[Block, list[LoggedEvent]]:
        """Read one block of a range out of what its header commits to: its log may be the chain's own."""
        block = self.block(number)
        if block is None:
            raise SourceUnavailableError("The node lacks a block that the chain had a moment ago.")
        return block, self.read_block(block)

    def _read_range(self, first: int, last: int) -> tuple[Block, list[LoggedEvent]]:
        end, raw = self._client.of_one_node(lambda ask: self._answered(ask, first, last))
        if len(raw) > MAX_LOGS and last > first:
            raise RangeTooLargeError("The blocks hold more logs than are read at once.")
        found = sorted(self._decoded(raw), key=lambda event: (event.block_number, event.log_index))
        hashes: dict[int, str] = {last: end.hash}
        for event in found:
            if not first <= event.block_number <= last:
                raise SourceUnavailableError(
                    "The node answered with logs of other blocks than were asked for."
                )
            if hashes.setdefault(event.block_number, event.block_hash) != event.block_hash:
                raise SourceUnavailableError("The chain changed while its logs were read.")
        return end, found

    def _answered(self, ask: Ask, first: int, last: int) -> tuple[Block, list[Any]]:
        """Ask one node for a range's logs, and for its last block before and after: a node that is behind
        has no such block, and its silence about the logs does not pass for their absence."""
        end = ask("eth_getBlockByNumber", [hex(last), False])
        if end is None:
            raise SourceUnavailableError("The node lacks a block that the chain had a moment ago.")
        raw = self._logs(ask, {"fromBlock": hex(first), "toBlock": hex(last)})
        block, again = parse_block(end), ask("eth_getBlockByNumber", [hex(last), False])
        if again is None or parse_block(again).hash != block.hash:
            raise SourceUnavailableError("The chain changed while its logs were read.")
        return block, raw

    def _logs(self, ask: Ask, where: dict[str, str]) -> list[Any]:
        return ask_for_logs(ask, {"address": self._addresses, **where})

    def _decoded(self, raw: Sequence[Any], *, proven: bool = False) -> Iterator[LoggedEvent]:
        for told in raw:
            with understood("eth_getLogs"):
                known = self._events.get(str(told["address"]).lower(), {})
                topics, data = list(map(parse_bytes, told["topics"])), parse_bytes(told["data"])
                number, index = parse_int(told["blockNumber"]), parse_int(told["logIndex"])
                block_hash, removed = str(told["blockHash"]).lower(), told.get("removed", False)
                decoder = None if removed or not topics else known.get(topics[0])
            if decoder is None:
                continue
            event: ChainEvent | None
            try:
                with understood("eth_getLogs"):
                    event = _made(decoder, topics, data)
            except SourceUnavailableError:
                if not proven:
                    raise
                log.warning("Block %d holds a log %s that cannot be read.", number, decoder.name)
                event = _unreadable(decoder.name, topics)
            if event is not None:
                yield LoggedEvent(number, block_hash, index, event)


def _made(decoder: EventDecoder, topics: Sequence[bytes], data: bytes) -> ChainEvent:
    make, names = _EVENTS[decoder.name]
    arguments = decoder.arguments(topics, data)
    return make(*(arguments[name] for name in names.split()))


def _unreadable(name: str, topics: Sequence[bytes]) -> Unreadable | None:
    """Return what is kept of a log without meaning: which institution's it is, if it is one's."""
    if name in _NOBODYS or len(topics) < 2 or len(topics[1]) != 32:
        return None
    return Unreadable(topics[1], name)
