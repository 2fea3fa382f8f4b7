"""What the two logs say, as values: ``AnchorRegistry``'s roots and ``StatusRegistry``'s status roots."""

from dataclasses import dataclass
from datetime import datetime

from eth_utils.address import is_hex_address, to_checksum_address

from digital_resume.core.errors import ReceiptError, UnknownChainError
from digital_resume.core.trust.issuers import ChainRef, same_chain


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


@dataclass(frozen=True, slots=True)
class StatusHead:
    """What a submitter says now.

    Attributes:
        root: root over the digests of all its lists.
        since: when this root became current.
        heartbeat: when the submitter last said that it still is.
        sequence: number of this version, from 1.
        read_at: time of the block at which it was read.
        block_number: number of that block.
    """

    root: bytes
    since: datetime
    heartbeat: datetime
    sequence: int
    read_at: datetime
    block_number: int


def check_question(chain: ChainRef, pinned: ChainRef, submitter: str, root: bytes) -> str:
    """Return the submitter's address in EIP-55 form, if the question can be asked at all.

    Raises:
        UnknownChainError: ``chain`` is not the pinned one.
        ReceiptError: ``submitter`` is no address or ``root`` not 32 bytes.
    """
    if not same_chain(chain, pinned):
        raise UnknownChainError(
            "The receipt names a chain or contract that this verifier has not pinned. "
            "It is not followed there; ask who shared it for a receipt on a known chain.",
            chain=chain.id,
        )
    if not is_hex_address(submitter) or len(root) != 32:
        raise ReceiptError("The receipt's submitter is no address, or its root is not 32 bytes.")
    return str(to_checksum_address(submitter))
