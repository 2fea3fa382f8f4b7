"""All logs of a block that some contracts wrote, proven by the block's own header: none can be kept back.

The header's hash is the block's (``adapters.chain.headers``). It commits to a bloom filter of every log's
address and topics, and to the receipts with the logs in them:

1. the filter lacks the contracts' addresses, or all of their events: there are none, and nothing is asked;
2. else the block's receipts are asked for, and the root over them must be the header's ``receiptsRoot``.

What is not proven is that the block is the chain's: a node may invent one. That takes other nodes
(``RPC_QUORUM``).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from eth_utils.crypto import keccak

from digital_resume.adapters.chain.endpoint import parse_bytes, parse_int
from digital_resume.adapters.chain.errors import RpcError
from digital_resume.adapters.chain.headers import encode_header, encode_quantity
from digital_resume.core.chain_proofs.ordered_trie import ordered_trie_root
from digital_resume.core.encoding.rlp import Encodable, encode_rlp
from digital_resume.core.errors import SourceUnavailableError

_BLOOM_BYTES: Final = 256
_MAX_TYPE: Final = 0x7F


class LogsUnprovenError(SourceUnavailableError):
    """A block's logs that the node does not prove to be all: they are not used."""

    code = "logs_unproven"


class LogProver:
    """Proves the logs of some contracts.

    Args:
        topics: of every contract's address, lower case, the first topics of the events that count.
    """

    def __init__(self, topics: Mapping[str, Sequence[bytes]]) -> None:
        self._filters = {
            address: (bloom_bits(parse_bytes(address)), [bloom_bits(topic) for topic in known])
            for address, known in topics.items()
        }

    def logs(self, ask: Callable[..., Any], block: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the contracts' logs of a block, in the form of ``eth_getLogs``.

        Args:
            ask: asks the node: method, parameters.
            block: the block as a node sent it.

        Raises:
            LogsUnprovenError: the node does not prove them.
            SourceUnavailableError: the node did not answer, or the header is of an unknown form.
        """
        encode_header(block)
        if not self.may_hold(parse_bytes(block["logsBloom"])):
            return []
        # By number, which every program takes: that they are this block's is what the root proves.
        receipts = _receipts(ask, block["number"])
        try:
            root = ordered_trie_root([_encode(receipt) for receipt in receipts])
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
            raise _unproven("sent receipts that are none") from None
        if root != parse_bytes(block["receiptsRoot"]):
            raise _unproven("sent other receipts than the block has")
        return list(self._own(block, receipts))

    def may_hold(self, bloom: bytes) -> bool:
        """Tell whether a block with this filter may hold logs that count; ``False`` is certain."""
        if len(bloom) != _BLOOM_BYTES:
            raise _unproven("sent a block without its filter")
        bits = int.from_bytes(bloom, "big")
        return any(
            bits & address == address and any(bits & topic == topic for topic in topics)
            for address, topics in self._filters.values()
        )

    def _own(self, block: Mapping[str, Any], receipts: Sequence[Any]) -> Iterator[dict[str, Any]]:
        index = 0
        for receipt in receipts:
            for log in receipt["logs"]:
                if str(log["address"]).lower() in self._filters:
                    yield {
                        "address": log["address"],
                        "topics": log["topics"],
                        "data": log["data"],
                        "blockNumber": block["number"],
                        "blockHash": block["hash"],
                        "logIndex": hex(index),
                    }
                index += 1


def bloom_bits(member: bytes) -> int:
    """Return the three bits that an address or topic sets in a block's filter (Yellow Paper, 4.3.1)."""
    digest = keccak(member)
    bits = 0
    for at in (0, 2, 4):
        bits |= 1 << (int.from_bytes(digest[at : at + 2], "big") & 2047)
    return bits


def _receipts(ask: Callable[..., Any], number: str) -> list[Any]:
    try:
        raw = ask("eth_getBlockReceipts", [number])
    except RpcError as error:
        raise _unproven(f"refused eth_getBlockReceipts (code {error.rpc_code})") from None
    if not isinstance(raw, list):
        raise _unproven("sent no receipts")
    return raw


def _encode(receipt: Mapping[str, Any]) -> bytes:
    """Return a receipt as the trie holds it (EIP-2718; before Byzantium a state's root stands for status)."""
    kind = parse_int(receipt.get("type") or "0x0")
    if kind > _MAX_TYPE:
        raise ValueError("no type of a transaction")
    status = receipt.get("status")
    members: list[Encodable] = [
        parse_bytes(receipt["root"]) if status is None else encode_quantity(status),
        encode_quantity(receipt["cumulativeGasUsed"]),
        parse_bytes(receipt["logsBloom"]),
        [
            [
                parse_bytes(log["address"]),
                [parse_bytes(topic) for topic in log["topics"]],
                parse_bytes(log["data"]),
            ]
            for log in receipt["logs"]
        ],
    ]
    return (bytes((kind,)) if kind else b"") + encode_rlp(members)


def _unproven(what: str) -> LogsUnprovenError:
    return LogsUnprovenError(
        f"The chain's node {what}, so nobody can tell whether it keeps events back. Use a node that answers "
        "eth_getBlockReceipts; for a chain whose headers or receipts have another form than Ethereum's set "
        "INDEX_PROOF=views."
    )
