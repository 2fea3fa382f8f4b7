"""The log of anchored roots without a network: storage proofs against one checkpoint (port ``AnchorLog``)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from digital_resume.core.chain_proofs.checkpoint import Checkpoint
from digital_resume.core.chain_proofs.storage_proof import StorageProof, verify_storage_proof
from digital_resume.core.errors import ReceiptError, SourceUnavailableError, UnknownChainError
from digital_resume.core.trust.issuers import ChainRef, same_chain

MAX_PROOFS: Final = 256


class ProvenAnchorLog:
    """When a submitter first anchored a root, as far as proofs say. What no proof says is not known.

    Args:
        chain: the pinned chain and contract.
        checkpoint: a block that ``verify_checkpoint`` accepted.
        proofs: whatever was handed over; looked at when it is asked for.
    """

    def __init__(self, chain: ChainRef, checkpoint: Checkpoint, proofs: Iterable[StorageProof]) -> None:
        self._chain = chain
        self._block_hash = checkpoint.hash
        self._proofs = {(proof.submitter.lower(), proof.root): proof for proof in proofs}

    def anchored_at(self, chain: ChainRef, submitter: str, root: bytes) -> datetime:
        """Return when ``submitter`` first anchored ``root``; never ``None``: it may have been since.

        Raises:
            UnknownChainError: ``chain`` is not the pinned one.
            SourceUnavailableError: there is no proof, none that holds, or it was not anchored by then.
        """
        if not same_chain(chain, self._chain):
            raise UnknownChainError(
                "The receipt names a chain or contract that this verifier has not pinned.", chain=chain.id
            )
        proof = self._proofs.get((submitter.lower(), root))
        if proof is None:
            raise SourceUnavailableError(
                "No storage proof of this anchor was handed over, and no network is asked.", code="not_proven"
            )
        try:
            time = verify_storage_proof(proof, self._chain, block_hash=self._block_hash)
        except ReceiptError as error:
            raise SourceUnavailableError(error.message, code=error.code) from None
        if time is None:
            raise SourceUnavailableError(
                "The root was not anchored at the checkpoint; it may have been since.", code="not_proven"
            )
        return time
