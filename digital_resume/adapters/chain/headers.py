"""Block headers that a node sent, put together anew: their keccak-256 must be the block's hash.

Then what they commit to holds for that block, whoever sent it: its parent, state, receipts and bloom filter.
Members that later forks added are known by name; a block whose members are not all known is refused.
"""

from typing import Any, Final

from eth_utils.crypto import keccak

from digital_resume.adapters.chain.endpoint import parse_bytes, parse_int
from digital_resume.adapters.chain.quorum import HEADER_FIELDS, LATER_HEADER_FIELDS
from digital_resume.core.encoding.rlp import encode_rlp
from digital_resume.core.errors import SourceUnavailableError

_NUMBERS: Final = frozenset(
    {
        "difficulty",
        "number",
        "gasLimit",
        "gasUsed",
        "timestamp",
        "baseFeePerGas",
        "blobGasUsed",
        "excessBlobGas",
    }
)


def encode_header(block: Any) -> bytes:
    """Return the RLP of the header of a node's block, whose hash it was checked to have.

    Raises:
        SourceUnavailableError: code ``header_unknown``.
    """
    try:
        later = [name for name in LATER_HEADER_FIELDS if block.get(name) is not None]
        header = encode_rlp([_field(block, name) for name in (*HEADER_FIELDS, *later)])
        expected = parse_bytes(block["hash"])
    except (KeyError, TypeError, ValueError, AttributeError, SourceUnavailableError):
        raise _unknown_header() from None
    if keccak(header) != expected:
        raise _unknown_header()
    return header


def encode_quantity(quantity: str) -> bytes:
    """Return a JSON-RPC quantity as RLP holds it: big endian, without leading zeros."""
    number = parse_int(quantity)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _field(block: dict[str, Any], name: str) -> bytes:
    return encode_quantity(block[name]) if name in _NUMBERS else parse_bytes(block[name])


def _unknown_header() -> SourceUnavailableError:
    return SourceUnavailableError(
        "The block's header has fields that are not known here, so nothing is proven by it. Update this "
        "software; for a chain whose headers have another form than Ethereum's set INDEX_PROOF=views.",
        code="header_unknown",
    )
