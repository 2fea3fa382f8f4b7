"""Proofs out of Ethereum's state: what a Merkle-Patricia trie holds under a key (Yellow Paper, appendix D).

A proof is the nodes from the root down to where the key ends, each named by its keccak-256 in the one above.
Both answers are proven: the value that is there, and that there is none. Everything else raises.
"""

from collections.abc import Sequence
from typing import Final

from eth_utils.crypto import keccak

from digital_resume.core.encoding.rlp import Item, decode_rlp
from digital_resume.core.errors import ReceiptError

MAX_NODES: Final = 16
MAX_NODE_BYTES: Final = 1_024

EMPTY_TRIE: Final = keccak(b"\x80")
"""Root of the trie that holds nothing."""

_BRANCH: Final = 17
_SHORT: Final = 2


def value_in_trie(root: bytes, key: bytes, nodes: Sequence[bytes]) -> bytes | None:
    """Return what a secure trie holds under ``key``; ``None`` when the nodes prove that it holds nothing.

    Args:
        root: the trie's root.
        key: what is looked up; its keccak-256 is the path.
        nodes: RLP of the nodes on the way, from the root on, no more and no less.

    Raises:
        ReceiptError: codes ``trie_proof_invalid`` and ``rlp_malformed``.
    """
    if len(nodes) > MAX_NODES or any(len(node) > MAX_NODE_BYTES for node in nodes):
        raise _invalid("is larger than any real one")
    if not nodes and root == EMPTY_TRIE:
        return None
    walk = _Walk(nodes)
    value = walk.value(root, _nibbles(keccak(key)))
    if walk.used != len(nodes):
        raise _invalid("has nodes that are not on the way")
    return value


class _Walk:
    """One way down, taking a node of the proof for each hash."""

    def __init__(self, nodes: Sequence[bytes]) -> None:
        self._nodes = nodes
        self.used = 0

    def value(self, root: bytes, path: bytes) -> bytes | None:
        """Return the value at the end of ``path``, one nibble a byte."""
        reference: Item = root
        while True:
            if reference == b"":
                return None
            node = self._node(reference)
            if len(node) == _BRANCH:
                if not path:
                    return _as_value(node[16])
                reference, path = node[path[0]], path[1:]
                continue
            part, is_leaf = _decode_path(node[0])
            if is_leaf:
                return _as_value(node[1]) if part == path else None
            if not part or node[1] == b"":
                raise _invalid("has a node that no trie has")
            if not path.startswith(part):
                return None
            reference, path = node[1], path[len(part) :]

    def _node(self, reference: Item) -> list[Item]:
        if isinstance(reference, bytes):
            if len(reference) != 32 or self.used == len(self._nodes):
                raise _invalid("is cut short")
            raw = self._nodes[self.used]
            self.used += 1
            if keccak(raw) != reference:
                raise _invalid("has a node of another trie")
            reference = decode_rlp(raw)
        # A node of less than 32 bytes stands in its parent itself.
        if not isinstance(reference, list) or len(reference) not in (_BRANCH, _SHORT):
            raise _invalid("has a node that no trie has")
        return reference


def _nibbles(data: bytes) -> bytes:
    return bytes(nibble for byte in data for nibble in (byte >> 4, byte & 15))


def _decode_path(encoded: Item) -> tuple[bytes, bool]:
    """Return the nibbles of a hex-prefix encoded path, and whether its node is a leaf (appendix C)."""
    if not isinstance(encoded, bytes) or not encoded:
        raise _invalid("has a node that no trie has")
    flag, *rest = _nibbles(encoded)
    if flag > 3 or (not flag & 1 and rest[0] != 0):
        raise _invalid("has a path that no trie has")
    return bytes(rest if flag & 1 else rest[1:]), bool(flag & 2)


def _as_value(item: Item) -> bytes | None:
    if not isinstance(item, bytes):
        raise _invalid("ends in a node instead of a value")
    return item or None


def _invalid(what: str) -> ReceiptError:
    return ReceiptError(f"The storage proof {what}. Fetch it again.", code="trie_proof_invalid")
