"""A Merkle-Patricia trie built naively, with proofs: the reference that the verifier is measured against."""

from collections.abc import Mapping
from typing import TypeAlias

from eth_utils.crypto import keccak

Node: TypeAlias = "bytes | list[Node]"


def rlp(item: Node) -> bytes:
    """Encode, word for word of the Yellow Paper's appendix B."""
    if isinstance(item, bytes):
        return item if len(item) == 1 and item[0] < 128 else _head(128, item)
    return _head(192, b"".join(rlp(each) for each in item))


def _head(base: int, body: bytes) -> bytes:
    if len(body) < 56:
        return bytes([base + len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([base + 55 + len(size)]) + size + body


def nibbles(key: bytes) -> tuple[int, ...]:
    """Return a key's path."""
    return tuple(nibble for byte in key for nibble in divmod(byte, 16))


def hex_prefix(path: tuple[int, ...], *, leaf: bool) -> bytes:
    """Encode a path, appendix C."""
    flag = 2 * leaf
    digits = (flag + 1, *path) if len(path) % 2 else (flag, 0, *path)
    return bytes(16 * high + low for high, low in zip(digits[::2], digits[1::2], strict=True))


class ReferenceTrie:
    """Keys are taken as they are: hash them for a secure trie."""

    def __init__(self, content: Mapping[bytes, bytes]) -> None:
        self._nodes: dict[bytes, bytes] = {}
        pairs = {nibbles(key): value for key, value in content.items()}
        top = self._build(pairs) if pairs else b""
        raw = rlp(top)
        self.root = keccak(raw)
        self._nodes[self.root] = raw
        self._top = top
        self._empty = not pairs

    def _build(self, pairs: dict[tuple[int, ...], bytes]) -> Node:
        if len(pairs) == 1:
            ((path, value),) = pairs.items()
            return [hex_prefix(path, leaf=True), value]
        paths = sorted(pairs)
        shared = 0
        while all(len(path) > shared and path[shared] == paths[0][shared] for path in paths):
            shared += 1
        if shared:
            below = self._build({path[shared:]: value for path, value in pairs.items()})
            return [hex_prefix(paths[0][:shared], leaf=False), self._refer(below)]
        branch: list[Node] = []
        for digit in range(16):
            inside = {path[1:]: value for path, value in pairs.items() if path[:1] == (digit,)}
            branch.append(self._refer(self._build(inside)) if inside else b"")
        return [*branch, pairs.get((), b"")]

    def _refer(self, node: Node) -> Node:
        raw = rlp(node)
        if len(raw) < 32:
            return node
        digest = keccak(raw)
        self._nodes[digest] = raw
        return digest

    def proof(self, key: bytes) -> list[bytes]:
        """Return the nodes on the way to a key, as ``eth_getProof`` does."""
        if self._empty:
            return []
        found = [self._nodes[self.root]]
        path, node = nibbles(key), self._top
        while True:
            assert isinstance(node, list)
            if len(node) == 17:
                if not path:
                    return found
                node, path = node[path[0]], path[1:]
            else:
                assert isinstance(node[0], bytes)
                part = _path_of(node[0])
                if node[0][0] >= 32 or path[: len(part)] != part:
                    return found
                node, path = node[1], path[len(part) :]
            if node == b"":
                return found
            if isinstance(node, bytes):
                raw = self._nodes[node]
                found.append(raw)
                node = _decode(raw)[0]


def _path_of(encoded: bytes) -> tuple[int, ...]:
    digits = nibbles(encoded)
    return digits[1:] if digits[0] % 2 else digits[2:]


def _decode(raw: bytes) -> tuple[Node, bytes]:
    """Decode what ``rlp`` made."""
    first = raw[0]
    if first < 128:
        return raw[:1], raw[1:]
    base = 192 if first >= 192 else 128
    length, start = first - base, 1
    if length > 55:
        start = length - 54
        length = int.from_bytes(raw[1:start], "big")
    body, rest = raw[start : start + length], raw[start + length :]
    if base == 128:
        return body, rest
    items: list[Node] = []
    while body:
        item, body = _decode(body)
        items.append(item)
    return items, rest
