"""What a block's hash commits to, checked against the JSON that a node sent: header, filter and receipts.

1. The header is put together again; its keccak-256 must be the block's hash. Then what it commits to holds
   for that block, whoever sent it: its parent, state, receipts and bloom filter. Members that later forks
   added are known by name; a block whose members are not all known is refused.
2. The filter lacks the contracts' addresses, or all of their events: the block has no log of theirs.
3. Else the receipts are encoded, and the root over them must be the header's ``receiptsRoot``: then their
   logs are all of the block's logs.

What is not proven is that the block is the chain's: a node may invent one.
Source: Yellow Paper 4.3, EIP-2718.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from eth_utils.crypto import keccak

from digital_resume.core.chain_proofs.ordered_trie import ordered_trie_root
from digital_resume.core.encoding.hexadecimal import parse_data, parse_quantity
from digital_resume.core.encoding.rlp import Encodable, encode_rlp
from digital_resume.core.errors import MalformedError, ReceiptError

HEADER_FIELDS: Final = (
    *("parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom"),
    *("difficulty", "number", "gasLimit", "gasUsed", "timestamp", "extraData", "mixHash", "nonce"),
)
"""Members of a block that its hash covers, in the header's order."""

LATER_HEADER_FIELDS: Final = (
    *("baseFeePerGas", "withdrawalsRoot", "blobGasUsed", "excessBlobGas"),
    *("parentBeaconBlockRoot", "requestsHash"),
)
"""Those that later forks added at the end, one after the other."""

_NUMBERS: Final = frozenset(
    {
        *("difficulty", "number", "gasLimit", "gasUsed", "timestamp"),
        *("baseFeePerGas", "blobGasUsed", "excessBlobGas"),
    }
)
_BLOOM_BYTES: Final = 256
_MAX_TYPE: Final = 0x7F
_SENSELESS: Final = (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)


def encode_header(block: Any) -> bytes:
    """Return the RLP of the header of a node's block, whose hash it was checked to have.

    Raises:
        ReceiptError: code ``header_unknown``.
    """
    try:
        later = [name for name in LATER_HEADER_FIELDS if block.get(name) is not None]
        header = encode_rlp([_field(block, name) for name in (*HEADER_FIELDS, *later)])
        expected = parse_data(block["hash"])
    except (*_SENSELESS, MalformedError):
        raise _unknown_header() from None
    if keccak(header) != expected:
        raise _unknown_header()
    return header


class LogProver:
    """Proves the logs of some contracts.

    Args:
        topics: of every contract's address, lower case, the first topics of the events that count.
    """

    def __init__(self, topics: Mapping[str, Sequence[bytes]]) -> None:
        self._filters = {
            address: (bloom_bits(parse_data(address)), [bloom_bits(topic) for topic in known])
            for address, known in topics.items()
        }

    def may_hold(self, bloom: bytes) -> bool:
        """Tell whether a block with this filter may hold logs that count; ``False`` is certain."""
        if len(bloom) != _BLOOM_BYTES:
            raise _unproven("The block has no filter.")
        bits = int.from_bytes(bloom, "big")
        return any(
            bits & address == address and any(bits & topic == topic for topic in topics)
            for address, topics in self._filters.values()
        )

    def logs(self, block: Mapping[str, Any], receipts: Sequence[Any]) -> list[dict[str, Any]]:
        """Return the contracts' logs of a block, in the form of ``eth_getLogs``.

        Args:
            block: the block, whose header was checked.
            receipts: all receipts of the block, as a node sent them.

        Raises:
            ReceiptError: code ``logs_unproven``: they are not the block's.
        """
        try:
            root = ordered_trie_root([_encode(receipt) for receipt in receipts])
        except (*_SENSELESS, MalformedError):
            raise _unproven("There are receipts that are none.") from None
        if root != parse_data(block["receiptsRoot"]):
            raise _unproven("The block has other receipts.")
        return list(self._own(block, receipts))

    def _own(self, block: Mapping[str, Any], receipts: Sequence[Any]) -> Iterator[dict[str, Any]]:
        where = {"blockNumber": block["number"], "blockHash": block["hash"]}
        every = (log for receipt in receipts for log in receipt["logs"])
        for index, log in enumerate(every):
            if str(log["address"]).lower() in self._filters:
                what = {member: log[member] for member in ("address", "topics", "data")}
                yield {**what, **where, "logIndex": hex(index)}


def bloom_bits(member: bytes) -> int:
    """Return the three bits that an address or topic sets in a block's filter (Yellow Paper, 4.3.1)."""
    digest = keccak(member)
    bits = 0
    for at in (0, 2, 4):
        bits |= 1 << (int.from_bytes(digest[at : at + 2], "big") & 2047)
    return bits


def _encode(receipt: Mapping[str, Any]) -> bytes:
    """Return a receipt as the trie holds it (EIP-2718; before Byzantium a state's root stands for status)."""
    kind = parse_quantity(receipt.get("type") or "0x0")
    if kind > _MAX_TYPE:
        raise ValueError("no type of a transaction")
    status = receipt.get("status")
    members: list[Encodable] = [
        parse_data(receipt["root"]) if status is None else _quantity(status),
        _quantity(receipt["cumulativeGasUsed"]),
        parse_data(receipt["logsBloom"]),
        [
            [
                parse_data(log["address"]),
                [parse_data(topic) for topic in log["topics"]],
                parse_data(log["data"]),
            ]
            for log in receipt["logs"]
        ],
    ]
    return (bytes((kind,)) if kind else b"") + encode_rlp(members)


def _field(block: dict[str, Any], name: str) -> bytes:
    return _quantity(block[name]) if name in _NUMBERS else parse_data(block[name])


def _quantity(raw: Any) -> bytes:
    """Return a quantity as RLP holds it: big endian, without leading zeros."""
    number = parse_quantity(raw)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _unknown_header() -> ReceiptError:
    return ReceiptError(
        "The block's header has fields that are not known here, so nothing is proven by it.",
        code="header_unknown",
    )


def _unproven(why: str) -> ReceiptError:
    return ReceiptError(why, code="logs_unproven")
