"""Storage proofs: that ``AnchorRegistry`` held a root at a block, proven without asking any node.

The block's header is bound by the block's hash, which a checkpoint vouches for; the header names the state's
root; the state proves the contract's account with the code that the verifier pins, and the account's storage
the time of (submitter, root). The proof travels beside a receipt of version 1.
Source: EIP-1186 (``eth_getProof``), Yellow Paper 4.1 and 4.3. Layout of the storage: a test pins it.
Checkpoints are the work of ``digital_resume.core.chain_proofs.checkpoint``.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from eth_utils.crypto import keccak

from digital_resume.core.anchoring.leaf import HASH_BYTES
from digital_resume.core.chain_proofs.trie import MAX_NODES, value_in_trie
from digital_resume.core.encoding.base64url import b64u_decode, b64u_encode
from digital_resume.core.encoding.rlp import decode_integer, decode_rlp
from digital_resume.core.errors import MalformedError, ReceiptError
from digital_resume.core.trust.issuers import ChainRef

MAX_PROOF_BYTES: Final = 8_192
"""What header and nodes of one proof have together at most."""

MAX_HEADER_BYTES: Final = 2_048
_MEMBERS: Final = frozenset({"type", "version", "submitter", "root", "header", "account", "storage"})
_MAX_TIME: Final = 1 << 34
_TIMES_SLOT: Final = 0
"""Slot of ``AnchorRegistry._times``: mapping(address submitter => mapping(bytes32 root => uint64 time))."""


@dataclass(frozen=True, slots=True)
class StorageProof:
    """Header and nodes as bytes, and what they are about.

    Attributes:
        submitter: the EVM address, ``0x``.
        root: the anchored root.
        header: RLP of the block's header.
        account: nodes from the state's root to the contract's account.
        storage: nodes from the account's storage root to the slot.
    """

    submitter: str
    root: bytes
    header: bytes
    account: tuple[bytes, ...]
    storage: tuple[bytes, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the proof as its JSON object."""
        return {
            "type": "AnchorStorageProof",
            "version": 1,
            "submitter": self.submitter,
            "root": self.root.hex(),
            "header": b64u_encode(self.header),
            "account": [b64u_encode(node) for node in self.account],
            "storage": [b64u_encode(node) for node in self.storage],
        }


@dataclass(frozen=True, slots=True)
class Header:
    """What is read of a block's header."""

    hash: bytes
    state_root: bytes
    number: int
    time: datetime


def parse_storage_proof(document: object) -> StorageProof:
    """Parse a proof's JSON object, strictly.

    Raises:
        ReceiptError: code ``storage_proof_malformed``.
    """
    if not isinstance(document, dict) or document.keys() != _MEMBERS:
        raise _malformed()
    if document["type"] != "AnchorStorageProof" or document["version"] != 1 or document["version"] is True:
        raise _malformed()
    proof = StorageProof(
        submitter="0x" + _hex(document["submitter"], 20, "0x").hex(),
        root=_hex(document["root"], HASH_BYTES, ""),
        header=_bytes(document["header"]),
        account=_nodes(document["account"]),
        storage=_nodes(document["storage"]),
    )
    if len(proof.header) + sum(map(len, proof.account + proof.storage)) > MAX_PROOF_BYTES:
        raise _malformed()
    return proof


def parse_header(raw: bytes) -> Header:
    """Read a block's header out of its RLP.

    Raises:
        ReceiptError: codes ``header_malformed`` and ``rlp_malformed``.
    """
    fields = decode_rlp(raw) if len(raw) <= MAX_HEADER_BYTES else b""
    if not isinstance(fields, list) or not 15 <= len(fields) <= 32:
        raise ReceiptError("The proof's block header is not one.", code="header_malformed")
    state_root, number, time = fields[3], decode_integer(fields[8]), decode_integer(fields[11])
    if not isinstance(state_root, bytes) or len(state_root) != HASH_BYTES or time > _MAX_TIME:
        raise ReceiptError("The proof's block header is not one.", code="header_malformed")
    return Header(keccak(raw), state_root, number, datetime.fromtimestamp(time, UTC))


def anchor_slot(submitter: str, root: bytes) -> bytes:
    """Return the storage slot of the time at which ``submitter`` anchored ``root``."""
    address = bytes.fromhex(submitter.removeprefix("0x"))
    outer = keccak(address.rjust(32, b"\0") + _TIMES_SLOT.to_bytes(32, "big"))
    return keccak(root + outer)


def verify_storage_proof(proof: StorageProof, chain: ChainRef, *, block_hash: bytes) -> datetime | None:
    """Return when the submitter anchored the root, as the contract's storage had it at a block.

    Args:
        proof: the proof.
        chain: the pinned contract: its address and the hash of its code.
        block_hash: the block that somebody trusted vouches for.

    Returns:
        The time; ``None`` when it is proven that it was not anchored by then.

    Raises:
        ReceiptError: the proof does not hold.
    """
    header = parse_header(proof.header)
    # 1. the header is that block's
    if header.hash != block_hash:
        raise ReceiptError(
            "The storage proof is of another block than the checkpoint. Fetch the proof for its block.",
            code="storage_proof_other_block",
        )
    # 2. the contract is there, with the pinned code
    account = value_in_trie(header.state_root, bytes.fromhex(chain.contract[2:]), proof.account)
    fields = None if account is None else decode_rlp(account)
    if not isinstance(fields, list) or len(fields) != 4 or not isinstance(fields[2], bytes):
        raise ReceiptError("There is no contract at the pinned address.", code="storage_proof_no_contract")
    if fields[3] != bytes.fromhex(chain.code_hash[2:]):
        raise ReceiptError("The contract's code is not the pinned one.", code="storage_proof_other_code")
    # 3. its storage has the time
    value = value_in_trie(fields[2], anchor_slot(proof.submitter, proof.root), proof.storage)
    if value is None:
        return None
    time = decode_integer(decode_rlp(value))
    if not 0 < time <= header.time.timestamp():
        raise ReceiptError("The contract's storage holds no time.", code="storage_proof_no_time")
    return datetime.fromtimestamp(time, UTC)


def _nodes(value: object) -> tuple[bytes, ...]:
    if not isinstance(value, list) or len(value) > MAX_NODES:
        raise _malformed()
    return tuple(_bytes(node) for node in value)


def _bytes(value: object) -> bytes:
    if not isinstance(value, str):
        raise _malformed()
    try:
        return b64u_decode(value, max_bytes=MAX_PROOF_BYTES)
    except MalformedError:
        raise _malformed() from None


def _hex(value: object, length: int, prefix: str) -> bytes:
    if not isinstance(value, str) or not value.startswith(prefix) or len(value) != len(prefix) + 2 * length:
        raise _malformed()
    digits = value.removeprefix(prefix)
    if not digits.isascii() or not digits.isalnum():
        raise _malformed()
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise _malformed() from None


def _malformed() -> ReceiptError:
    return ReceiptError(
        "This is not a storage proof of a form that is known here.", code="storage_proof_malformed"
    )
