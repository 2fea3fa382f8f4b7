"""RLP, Ethereum's encoding of nested byte strings (Yellow Paper, appendix B), strict and bounded.

Only the one canonical encoding of a value is accepted: what is hashed is then what was read.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

from digital_resume.core.errors import ReceiptError

Item: TypeAlias = "bytes | list[Item]"
Encodable: TypeAlias = "bytes | Sequence[Encodable]"

MAX_DEPTH: Final = 8
MAX_BYTES: Final = 16_384


def encode_rlp(item: Encodable) -> bytes:
    """Encode a byte string, or a list of byte strings and lists."""
    if isinstance(item, bytes):
        return item if len(item) == 1 and item[0] < 0x80 else _header(0x80, len(item)) + item
    body = b"".join(encode_rlp(each) for each in item)
    return _header(0xC0, len(body)) + body


def _header(base: int, length: int) -> bytes:
    if length < 56:
        return bytes((base + length,))
    size = (length.bit_length() + 7) // 8
    return bytes((base + 55 + size,)) + length.to_bytes(size, "big")


def decode_rlp(data: bytes) -> Item:
    """Decode one item that fills ``data``.

    Raises:
        ReceiptError: code ``rlp_malformed``: not canonical, cut short, too long, too deep, or more than one.
    """
    if len(data) > MAX_BYTES:
        raise _malformed()
    item, end = _decode(data, 0, len(data), 0)
    if end != len(data):
        raise _malformed()
    return item


def _decode(data: bytes, at: int, end: int, depth: int) -> tuple[Item, int]:
    if at >= end or depth > MAX_DEPTH:
        raise _malformed()
    first = data[at]
    if first < 0x80:
        return data[at : at + 1], at + 1
    is_list = first >= 0xC0
    start, stop = _span(data, at, end, first - (0xC0 if is_list else 0x80))
    if not is_list:
        if stop - start == 1 and data[start] < 0x80:
            raise _malformed()
        return data[start:stop], stop
    items: list[Item] = []
    while start < stop:
        item, start = _decode(data, start, stop, depth + 1)
        items.append(item)
    return items, stop


def _span(data: bytes, at: int, end: int, length: int) -> tuple[int, int]:
    """Return where a payload begins and ends; ``length`` is the first byte's, below or above 55."""
    start = at + 1
    if length > 55:
        size = length - 55
        if start + size > end or data[start] == 0:
            raise _malformed()
        length = int.from_bytes(data[start : start + size], "big")
        start += size
        if length < 56:
            raise _malformed()
    if start + length > end:
        raise _malformed()
    return start, start + length


def decode_integer(item: Item, *, max_bytes: int = 8) -> int:
    """Return the integer of a byte string without leading zeros; errors as ``decode_rlp``."""
    if not isinstance(item, bytes) or len(item) > max_bytes or item[:1] == b"\0":
        raise _malformed()
    return int.from_bytes(item, "big")


def _malformed() -> ReceiptError:
    return ReceiptError("The proof holds bytes that are not canonical RLP.", code="rlp_malformed")
