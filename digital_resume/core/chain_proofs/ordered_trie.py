"""The root under which a block's header commits to a list, such as its receipts (Yellow Paper, 4.3 and D).

The list's entries stand in a Merkle-Patricia trie, each under the RLP of its index. Whoever has all entries
can rebuild the root: none can be left out, added or changed without another root.
"""

from collections.abc import Sequence

from eth_utils.crypto import keccak

from digital_resume.core.chain_proofs.trie import EMPTY_TRIE
from digital_resume.core.encoding.rlp import Encodable, encode_rlp

_Pairs = Sequence[tuple[bytes, bytes]]


def ordered_trie_root(values: Sequence[bytes]) -> bytes:
    """Return the root of the trie that holds a list; no value is empty."""
    if not values:
        return EMPTY_TRIE
    pairs = sorted((_path(index), value) for index, value in enumerate(values))
    return keccak(encode_rlp(_node(pairs, 0)))


def _path(index: int) -> bytes:
    key = encode_rlp(index.to_bytes((index.bit_length() + 7) // 8, "big"))
    return bytes(nibble for byte in key for nibble in (byte >> 4, byte & 15))


def _node(pairs: _Pairs, depth: int) -> Encodable:
    """Return the node of sorted paths that are the same up to ``depth``.

    No path begins another one: an RLP encoding is never the beginning of another.
    """
    first, value = pairs[0]
    if len(pairs) == 1:
        return [_hex_prefix(first[depth:], leaf=True), value]
    last, shared = pairs[-1][0], depth
    while first[shared] == last[shared]:
        shared += 1
    if shared > depth:
        return [_hex_prefix(first[depth:shared], leaf=False), _reference(_node(pairs, shared))]
    branch: list[Encodable] = [b""] * 17
    begin = 0
    while begin < len(pairs):
        digit, end = pairs[begin][0][depth], begin + 1
        while end < len(pairs) and pairs[end][0][depth] == digit:
            end += 1
        branch[digit] = _reference(_node(pairs[begin:end], depth + 1))
        begin = end
    return branch


def _reference(node: Encodable) -> Encodable:
    raw = encode_rlp(node)
    return node if len(raw) < 32 else keccak(raw)


def _hex_prefix(path: bytes, *, leaf: bool) -> bytes:
    """Encode a path and whether it ends in a leaf (appendix C)."""
    flag = 2 if leaf else 0
    digits = bytes((flag + 1, *path)) if len(path) % 2 else bytes((flag, 0, *path))
    return bytes(16 * high + low for high, low in zip(digits[::2], digits[1::2], strict=True))
