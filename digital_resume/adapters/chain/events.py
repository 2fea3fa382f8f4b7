"""The events of the three contracts; every log is tied to a block hash.

Two ways to read, by how far below the head the blocks are:

- ``read_block``: one block near the head, *by its hash* and out of what its header commits to: none can be
  kept back and none invented (``adapters.chain.block_logs``). Where a chain's headers have another form, with
  ``eth_getLogs``, by the block's hash too;
- ``read_range``: many blocks far below the head at once, by number. A range that the node refuses, that takes
  it too long or that holds more logs than are accepted is halved until it fits. The last block's header is
  read before and after, of the same node, and a log of that block must carry its hash.

Only the pinned addresses' logs are taken, and of those only the events that are known here: the registry's
roles, and events that later contracts may add, are passed over. Of a range nothing is believed to be complete
because a node said so: ``verifier.index.auditing`` holds it against views and headers.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from eth_utils.address import to_checksum_address

from digital_resume.adapters.chain.artifacts import load_contract
from digital_resume.adapters.chain.block_logs import LogProver
from digital_resume.adapters.chain.client import ChainClient, parse_bytes, parse_int
from digital_resume.adapters.chain.deployments import Deployments
from digital_resume.adapters.chain.errors import RpcError
from digital_resume.adapters.chain.headers import encode_header
from digital_resume.adapters.chain.trust_directory import ISSUER_STATUSES
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
)

MAX_LOGS: Final = 20_000
"""Logs of one answer; a range that holds more is halved, a single block may hold as many as it can."""
_READ_SECONDS: Final = 30.0


class RangeTooLargeError(SourceUnavailableError):
    """A range of blocks that the node does not answer at once, or with more logs than are accepted."""

    code = "log_range_too_large"


@dataclass(frozen=True, slots=True)
class Block:
    """A block as the index keeps it; ``parent`` is the hash of the one before, ``raw`` what the node sent."""

    number: int
    hash: str
    parent: str
    time: datetime
    raw: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RootAnchored:
    """``AnchorRegistry``: a submitter anchored a root for the first time."""

    submitter: str
    root: bytes
    time: int


@dataclass(frozen=True, slots=True)
class StatusPublished:
    """``StatusRegistry``: a submitter's root changed."""

    submitter: str
    root: bytes
    sequence: int
    time: int


@dataclass(frozen=True, slots=True)
class StatusHeartbeat:
    """``StatusRegistry``: a submitter said that its root still is its newest."""

    submitter: str
    root: bytes
    sequence: int
    time: int


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


_EVENTS: Final = (
    *("Anchored", "StatusPublished", "StatusHeartbeat", "IssuerRegistered", "NamesChanged", "StatusChanged"),
    *("AccreditationChanged", "AnchorerChanged", "KeyAdded", "KeyRetired", "KeyCompromised"),
)


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
        self._contracts = {
            contract.address.lower(): load_contract(name) for name, contract in deployments.contracts.items()
        }
        self._addresses = [contract.address for contract in deployments.contracts.values()]
        topics = {
            address: [topic for event in _EVENTS if (topic := contract.event_topic(event)) is not None]
            for address, contract in self._contracts.items()
        }
        self._prover = LogProver(topics)

    def head(self) -> Block:
        """Return the newest block.

        Raises:
            SourceUnavailableError: the chain could not be read.
        """
        head = self.block("latest")
        if head is None:
            raise SourceUnavailableError("The node knows no newest block. Check that it is synchronised.")
        return head

    def block(self, which: int | str) -> Block | None:
        """Return a block by number or tag; ``None`` when the node does not have it.

        Raises:
            SourceUnavailableError: the chain could not be read.
        """
        return _block(self._client.request, which)

    def block_of_hash(self, block_hash: str) -> Block:
        """Return the block that has a hash, which it was checked to have.

        Raises:
            SourceUnavailableError: no node has it, or the header has an unknown form.
        """

        def read(ask: Callable[..., Any]) -> Block:
            raw = ask("eth_getBlockByHash", [block_hash, False])
            if raw is None:
                raise SourceUnavailableError("The node lacks a block that it should have. It is asked again.")
            encode_header(raw)
            block = _parse_block(raw)
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
            read = self._client.of_one_node(lambda ask: self._prover.logs(ask, block.raw), proven=True)
        else:
            read = self._client.of_one_node(lambda ask: self._logs(ask, {"blockHash": block.hash}))
        found = list(self._decoded(read))
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
                    raise
                self.head()  # a node that is away altogether is not asked for less
            last = first + (last - first) // 2
            halved(last - first + 1)

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

    def _answered(self, ask: Callable[..., Any], first: int, last: int) -> tuple[Block, list[Any]]:
        """Ask one node for a range's logs, and for its last block before and after: a node that is behind
        has no such block, and its silence about the logs does not pass for their absence."""
        end = _block(ask, last)
        if end is None:
            raise SourceUnavailableError("The node lacks a block that the chain had a moment ago.")
        raw = self._logs(ask, {"fromBlock": hex(first), "toBlock": hex(last)})
        again = _block(ask, last)
        if again is None or again.hash != end.hash:
            raise SourceUnavailableError("The chain changed while its logs were read.")
        return end, raw

    def _logs(self, ask: Callable[..., Any], where: dict[str, str]) -> list[Any]:
        query = {"address": self._addresses, **where}
        raw = ask("eth_getLogs", [query], _READ_SECONDS)
        if not isinstance(raw, list):
            raise SourceUnavailableError("The node's answer is not a list of logs. Check RPC_URLS.")
        return raw

    def _decoded(self, raw: list[Any]) -> Iterator[LoggedEvent]:
        for log in raw:
            try:
                contract = self._contracts.get(str(log["address"]).lower())
                topics = [parse_bytes(topic) for topic in log["topics"]]
                data = parse_bytes(log["data"])
                number, index = parse_int(log["blockNumber"]), parse_int(log["logIndex"])
                block_hash, removed = str(log["blockHash"]).lower(), log.get("removed", False)
            except (KeyError, TypeError, AttributeError) as error:
                raise SourceUnavailableError("The node's answer is not a log. Check RPC_URLS.") from error
            if removed or contract is None:
                continue
            decoded = contract.decode_event(topics, data)
            event = _event(*decoded) if decoded else None
            if event is not None:
                yield LoggedEvent(number, block_hash, index, event)


def _block(ask: Callable[..., Any], which: int | str) -> Block | None:
    raw = ask("eth_getBlockByNumber", [hex(which) if isinstance(which, int) else which, False])
    return None if raw is None else _parse_block(raw)


def _parse_block(raw: Any) -> Block:
    try:
        return Block(
            number=parse_int(raw["number"]),
            hash=str(raw["hash"]).lower(),
            parent=str(raw["parentHash"]).lower(),
            time=datetime.fromtimestamp(parse_int(raw["timestamp"]), UTC),
            raw=raw,
        )
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError, OSError) as error:
        raise SourceUnavailableError("The node's answer is not a block. Check RPC_URLS.") from error


def _event(name: str, of: dict[str, Any]) -> ChainEvent | None:  # one line an event
    match name:
        case "Anchored":
            return RootAnchored(str(to_checksum_address(of["submitter"])), of["root"], of["time"])
        case "StatusPublished" | "StatusHeartbeat":
            kind = StatusPublished if name == "StatusPublished" else StatusHeartbeat
            return kind(str(to_checksum_address(of["submitter"])), of["root"], of["sequence"], of["time"])
        case "IssuerRegistered":
            return IssuerRegistered(of["id"], of["did"])
        case "NamesChanged":
            return NamesChanged(of["id"], of["nameKo"], of["nameEn"], of["url"])
        case "StatusChanged":
            status = ISSUER_STATUSES.get(of["status"])
            if status is None:
                raise SourceUnavailableError("The node's log names a standing that does not exist.")
            return StandingChanged(of["id"], status, of["from"], of["successorDid"])
        case "AccreditationChanged":
            return AccreditationChanged(of["id"], of["credentialType"], of["from"], of["until"])
        case "AnchorerChanged":
            address = str(to_checksum_address(of["anchorer"]))
            return AnchorerChanged(of["id"], address, of["from"], of["until"])
        case "KeyAdded":
            return KeyAdded(of["id"], of["keyDigest"], of["from"])
        case "KeyRetired":
            return KeyRetired(of["id"], of["keyDigest"], of["until"])
        case "KeyCompromised":
            return KeyCompromised(of["id"], of["keyDigest"], of["since"])
        case _:
            return None
