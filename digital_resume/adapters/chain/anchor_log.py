"""The log of anchored roots, read from ``AnchorRegistry`` (port ``digital_resume.core.ports.AnchorLog``).

Only the pinned chain is asked, and only a final block: ``confirmations`` below the head. Every call reads the
head, so nothing is answered while the chain cannot be read. What was found is remembered: for good where
blocks below the confirmations are final, for the same head where the head itself counts (0 confirmations).
"""

import threading
from collections import OrderedDict
from datetime import UTC, datetime

from eth_utils.address import is_hex_address, to_checksum_address

from digital_resume.adapters.chain.artifacts import load_contract
from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.deployments import Deployments
from digital_resume.core.errors import ReceiptError, SourceUnavailableError, UnknownChainError
from digital_resume.core.trust.issuers import ChainRef, same_chain

_CACHED_ROOTS = 65_536


class ChainAnchorLog:
    """When a submitter first anchored a root, finally.

    Args:
        client: the chain.
        deployments: pins the contract and says how many confirmations are final.
        remember: answer from memory what was found before; not for who has to notice that even what was
            final is gone, as the anchoring worker has.
    """

    def __init__(self, client: ChainClient, deployments: Deployments, *, remember: bool = True) -> None:
        self._client = client
        self._chain = deployments.anchor_chain
        self._confirmations = deployments.confirmations
        self._contract = load_contract("AnchorRegistry")
        self._lock = threading.Lock()
        self._head = ""
        self._remember = remember
        self._cache: OrderedDict[tuple[str, bytes], datetime] = OrderedDict()

    def anchored_at(self, chain: ChainRef, submitter: str, root: bytes) -> datetime | None:
        """Return when ``submitter`` first anchored ``root``, finally; ``None`` when never.

        Raises:
            UnknownChainError: ``chain`` is not the pinned one.
            ReceiptError: ``submitter`` is no address or ``root`` not 32 bytes.
            SourceUnavailableError: the chain could not be read.
        """
        address = check_question(chain, self._chain, submitter, root)
        head = self._client.head()
        with self._lock:
            if head.hash != self._head:
                if self._confirmations == 0:
                    self._cache.clear()
                self._head = head.hash
            cached = self._cache.get((address, root))
        if cached is not None:
            return cached
        final = head.number - self._confirmations
        if final < 0:
            return None
        data = self._contract.encode_call("anchoredAt", address, root)
        answer = self._client.call(self._chain.contract, data, block=final)
        (seconds,) = self._contract.decode_result("anchoredAt", answer)
        if seconds == 0:
            return None
        try:
            moment = datetime.fromtimestamp(seconds, UTC)
        except (ValueError, OverflowError, OSError) as error:
            raise SourceUnavailableError("The node's answer is not a time. Check RPC_URLS.") from error
        with self._lock:
            if self._remember and (self._confirmations > 0 or head.hash == self._head):
                self._cache[(address, root)] = moment
                if len(self._cache) > _CACHED_ROOTS:
                    self._cache.popitem(last=False)
        return moment


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
