"""The log of anchored roots, read from ``AnchorRegistry`` (port ``digital_resume.core.ports.AnchorLog``).

Only the pinned chain is asked, and only a final block: ``confirmations`` below the head. Every call reads the
head, so nothing is answered while the chain cannot be read. What was found is remembered: for good where
blocks below the confirmations are final, for the same head where the head itself counts (0 confirmations).
"""

from datetime import UTC, datetime

from digital_resume.adapters.chain.client import Block, ChainClient
from digital_resume.adapters.chain.deployments import Deployments
from digital_resume.adapters.chain.views import HeadCache, read, understood
from digital_resume.core.trust.issuers import ChainRef
from digital_resume.core.trust.logs import check_question

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
        self._chain = deployments.anchor_chain
        self._confirmations = deployments.confirmations
        self._contract = client.contract("AnchorRegistry", deployments.anchor_registry.address)
        self._known = HeadCache(client, _CACHED_ROOTS if remember else 0, for_good=self._confirmations > 0)

    def anchored_at(self, chain: ChainRef, submitter: str, root: bytes) -> datetime | None:
        """Return when ``submitter`` first anchored ``root``, finally; ``None`` when never.

        Raises:
            UnknownChainError: ``chain`` is not the pinned one.
            ReceiptError: ``submitter`` is no address or ``root`` not 32 bytes.
            SourceUnavailableError: the chain could not be read.
        """
        address = check_question(chain, self._chain, submitter, root)
        return self._known.answer(
            (address, root), lambda head: self._read(address, root, head), keep_none=False
        )

    def _read(self, address: str, root: bytes, head: Block) -> datetime | None:
        final = head.number - self._confirmations
        if final < 0:
            return None
        seconds = read(self._contract.functions.anchoredAt(address, root), block=final)
        with understood("anchoredAt"):
            return datetime.fromtimestamp(seconds, UTC) if seconds else None
