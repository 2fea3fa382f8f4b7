"""Storage proofs of receipts, for those who will verify without a network.

Anybody may ask for one, and each costs questions to the chain's node and a thread. So few are read at a time,
equal questions wait for one answer, a bounded number wait, and what was read of a block is kept: it never
changes.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from digital_resume.adapters.chain.storage_proof import fetch_storage_proof, final_block
from digital_resume.core.anchoring.receipt import Receipt
from digital_resume.core.chain_proofs.storage_proof import StorageProof
from digital_resume.core.errors import ResumeError, SourceUnavailableError
from issuer.chain.account import ChainReader

AT_ONCE: Final = 4
WAITING: Final = 32
KEPT: Final = 512
"""Of at most 8 KiB each; every leaf of a batch has the same."""

_Question = tuple[str, bytes, int, int | None]


class ProofsBusyError(ResumeError):
    """More different storage proofs are asked for than are read at a time."""

    code = "proofs_busy"

    def __init__(self) -> None:
        super().__init__("More storage proofs are being read than this service reads at a time. Try again.")


class StorageProofs:
    """Reads storage proofs, few at a time.

    Args:
        reader: gives the chain; raises when it is not set up.
    """

    def __init__(self, reader: Callable[[], ChainReader]) -> None:
        self._reader = reader
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._asked: dict[_Question, asyncio.Task[StorageProof]] = {}
        self._kept: OrderedDict[tuple[str, bytes, int], StorageProof] = OrderedDict()

    async def of(self, receipt: Receipt, block: int | None) -> StorageProof:
        """Return the proof of a receipt's root at a final block, the newest one when not given.

        Raises:
            ProofsBusyError: too many others are asked for.
            SourceUnavailableError: the block is not final yet, or no node keeps its state.
        """
        question = (receipt.submitter.lower(), receipt.root, receipt.block_number, block)
        task = self._asked.get(question)
        if task is None:
            if len(self._asked) >= AT_ONCE + WAITING:
                raise ProofsBusyError
            task = self._asked[question] = asyncio.create_task(self._read(receipt, block))
            task.add_done_callback(lambda ended: self._end(question, ended))
        # Whoever goes away takes the answer from nobody else.
        return await asyncio.shield(task)

    def _end(self, question: _Question, ended: "asyncio.Task[StorageProof]") -> None:
        del self._asked[question]
        if not ended.cancelled():
            ended.exception()  # looked at, although everybody who asked may have gone

    async def _read(self, receipt: Receipt, block: int | None) -> StorageProof:
        async with self._at_once:
            reader = self._reader()
            final = await asyncio.to_thread(final_block, reader.client, reader.deployments)
            if block is not None and not receipt.block_number <= block <= final:
                raise SourceUnavailableError(
                    "There is no proof at that block: it is not final yet, or older than the anchor.",
                    code="block_not_final",
                )
            key = (receipt.submitter.lower(), receipt.root, final if block is None else block)
            proof = self._kept.get(key)
            if proof is None:
                proof = await asyncio.to_thread(
                    fetch_storage_proof,
                    reader.client,
                    reader.deployments,
                    receipt.submitter,
                    receipt.root,
                    key[2],
                )
            self._kept[key] = proof
            self._kept.move_to_end(key)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return proof
