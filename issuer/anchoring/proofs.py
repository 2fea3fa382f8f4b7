"""Storage proofs of receipts, for those who will verify without a network."""

import asyncio

from digital_resume.adapters.chain.storage_proof import fetch_storage_proof, final_block
from digital_resume.core.anchoring.receipt import Receipt
from digital_resume.core.chain_proofs.storage_proof import StorageProof
from digital_resume.core.errors import SourceUnavailableError
from issuer.chain.account import ChainReader


async def storage_proof_of(reader: ChainReader, receipt: Receipt, block: int | None) -> StorageProof:
    """Return the proof of a receipt's root at a final block, the newest one when not given.

    Raises:
        SourceUnavailableError: the block is not final yet, or no node keeps its state.
    """
    return await asyncio.to_thread(_fetch, reader, receipt, block)


def _fetch(reader: ChainReader, receipt: Receipt, block: int | None) -> StorageProof:
    final = final_block(reader.client, reader.deployments)
    if block is not None and not receipt.block_number <= block <= final:
        raise SourceUnavailableError(
            "There is no proof at that block: it is not final yet, or older than the anchor.",
            code="block_not_final",
        )
    return fetch_storage_proof(
        reader.client, reader.deployments, receipt.submitter, receipt.root, final if block is None else block
    )
