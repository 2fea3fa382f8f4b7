"""Receipts: the detached proof that a leaf is under a root that a transaction anchored.

A receipt says nothing true by itself: whoever made it may be lying. ``verify_path`` proves that its leaf
is under its root; that the root was anchored, by whom and when, is asked of the ``AnchorLog`` port, and
the receipt's own time and block are only shown, never believed. Form: ``docs/adr/0003-leaf-scheme.md``.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from digital_resume.core.anchoring.leaf import HASH_BYTES
from digital_resume.core.anchoring.merkle import MAX_PATH, MAX_TREE_SIZE, root_from_path
from digital_resume.core.errors import ReceiptError
from digital_resume.core.trust.issuers import ChainRef

MAX_RECEIPT_BYTES: Final = 2048
"""What a receipt's compact JSON never exceeds."""

_MEMBERS: Final = frozenset(
    ["type", "version", "leaf", "index", "size", "path", "root", "chain", "submitter", "transaction", "block"]
)
_CHAIN_MEMBERS: Final = frozenset({"id", "genesis", "contract", "codeHash"})
_BLOCK_MEMBERS: Final = frozenset({"number", "time"})
_MAX_TIME: Final = 1 << 34
_HEX32: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_HASH: Final = re.compile(r"0x[0-9a-f]{64}", re.ASCII)
_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_CHAIN_ID: Final = re.compile(r"eip155:[1-9][0-9]{0,31}", re.ASCII)
_NODE: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A leaf's place in an anchored tree.

    Attributes:
        leaf: the leaf's hash.
        index: the leaf's place in the tree, from 0.
        size: number of leaves of the tree.
        path: the siblings from the leaf up to the root.
        root: the tree's root.
        chain: where the root was anchored, as the issuer says.
        submitter: EVM address that anchored it (EIP-55), as the issuer says.
        transaction: hash of the anchoring transaction, ``0x``.
        block_number: the transaction's block, as the issuer says.
        block_time: that block's time, as the issuer says; verdicts use the chain's.
    """

    leaf: bytes
    index: int
    size: int
    path: tuple[bytes, ...]
    root: bytes
    chain: ChainRef
    submitter: str
    transaction: str
    block_number: int
    block_time: datetime

    def verify_path(self) -> None:
        """Check that the path leads from the leaf to the root.

        Raises:
            ReceiptError: it does not.
        """
        if root_from_path(self.leaf, self.index, self.size, self.path) != self.root:
            raise ReceiptError(
                "The receipt's path does not lead to its root: receipt or credential was altered.",
                code="path_mismatch",
            )

    def to_json(self) -> dict[str, Any]:
        """Return the receipt as its JSON object."""
        return {
            "type": "AnchorReceipt",
            "version": 1,
            "leaf": self.leaf.hex(),
            "index": self.index,
            "size": self.size,
            "path": [_encode_node(node) for node in self.path],
            "root": self.root.hex(),
            "chain": {
                "id": self.chain.id,
                "genesis": self.chain.genesis,
                "contract": self.chain.contract,
                "codeHash": self.chain.code_hash,
            },
            "submitter": self.submitter,
            "transaction": self.transaction,
            "block": {"number": self.block_number, "time": int(self.block_time.timestamp())},
        }


def parse_receipt(document: object) -> Receipt:
    """Parse a receipt's JSON object. Strict: no member more, none less, every one in its form.

    Whether the path fits is the work of ``Receipt.verify_path``.

    Raises:
        ReceiptError: code ``receipt_malformed``, ``context["member"]`` names the place.
    """
    members = _members(document, "receipt", _MEMBERS)
    if members["type"] != "AnchorReceipt":
        raise _malformed("type")
    if members["version"] != 1 or isinstance(members["version"], bool):
        raise ReceiptError(
            "This receipt is of a version that this verifier does not know; update the verifier.",
            code="receipt_version_unsupported",
        )
    chain = _members(members["chain"], "chain", _CHAIN_MEMBERS)
    block = _members(members["block"], "block", _BLOCK_MEMBERS)
    size = _integer(members["size"], "size", 1, MAX_TREE_SIZE)
    path = members["path"]
    if not isinstance(path, list) or len(path) > MAX_PATH:
        raise _malformed("path")
    return Receipt(
        leaf=bytes.fromhex(_text(members["leaf"], "leaf", _HEX32)),
        index=_integer(members["index"], "index", 0, size - 1),
        size=size,
        path=tuple(_decode_node(node) for node in path),
        root=bytes.fromhex(_text(members["root"], "root", _HEX32)),
        chain=ChainRef(
            id=_text(chain["id"], "chain.id", _CHAIN_ID),
            genesis=_text(chain["genesis"], "chain.genesis", _HASH),
            contract=_text(chain["contract"], "chain.contract", _ADDRESS),
            code_hash=_text(chain["codeHash"], "chain.codeHash", _HASH),
        ),
        submitter=_text(members["submitter"], "submitter", _ADDRESS),
        transaction=_text(members["transaction"], "transaction", _HASH),
        block_number=_integer(block["number"], "block.number", 0, 1 << 53),
        block_time=datetime.fromtimestamp(_integer(block["time"], "block.time", 0, _MAX_TIME), UTC),
    )


def _malformed(member: str) -> ReceiptError:
    return ReceiptError(
        f"The receipt's {member} does not have the form it must have.",
        code="receipt_malformed",
        member=member,
    )


def _members(value: object, name: str, wanted: frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(value, dict) or value.keys() != wanted:
        raise _malformed(name)
    return value


def _text(value: object, member: str, form: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise _malformed(member)
    return value


def _integer(value: object, member: str, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise _malformed(member)
    return value


def _encode_node(node: bytes) -> str:
    return urlsafe_b64encode(node).rstrip(b"=").decode()


def _decode_node(value: object) -> bytes:
    node = urlsafe_b64decode(_text(value, "path", _NODE) + "=")
    if len(node) != HASH_BYTES or _encode_node(node) != value:
        raise _malformed("path")
    return node
