"""Storage proofs and checkpoints out of a node: ``eth_getProof`` and the block's header, checked before use.

The header is the block's own: its keccak-256 is the block's hash
(``digital_resume.core.chain_proofs.blocks``).
"""

from eth_utils.crypto import keccak

from digital_resume.adapters.chain.block_logs import checked_header
from digital_resume.adapters.chain.client import ChainClient, parse_bytes
from digital_resume.adapters.chain.deployments import Deployments
from digital_resume.core.chain_proofs.checkpoint import Checkpoint
from digital_resume.core.chain_proofs.storage_proof import (
    StorageProof,
    anchor_slot,
    parse_header,
    parse_storage_proof,
    verify_storage_proof,
)
from digital_resume.core.chain_proofs.trie import MAX_NODE_BYTES, MAX_NODES
from digital_resume.core.errors import ReceiptError, SourceUnavailableError


def fetch_storage_proof(
    client: ChainClient, deployments: Deployments, submitter: str, root: bytes, block: int
) -> StorageProof:
    """Fetch the proof of a submitter's root at a block, and check that it holds.

    Args:
        client: the pinned chain.
        deployments: the contract.
        submitter: EVM address.
        root: the root.
        block: number of the block; nodes keep the state of the newest ones only, unless they are archives.

    Raises:
        SourceUnavailableError: no node answered, or none keeps that block's state.
    """
    header = _header(client, block)
    chain = deployments.anchor_chain
    slot = "0x" + anchor_slot(submitter, root).hex()
    raw = client.request("eth_getProof", [chain.contract, [slot], hex(block)])
    try:
        proof = StorageProof(
            submitter=submitter.lower(),
            root=root,
            header=header,
            account=_nodes(raw["accountProof"]),
            storage=_nodes(raw["storageProof"][0]["proof"]),
        )
        parse_storage_proof(proof.to_json())  # bounds
        verify_storage_proof(proof, chain, block_hash=keccak(header))
    except (KeyError, IndexError, TypeError, ReceiptError) as error:
        raise SourceUnavailableError(
            f"The node's storage proof does not hold ({type(error).__name__}). Ask a node that keeps the "
            "state of that block and speaks eth_getProof (EIP-1186).",
            code="storage_proof_unavailable",
        ) from None
    return proof


def _nodes(told: object) -> tuple[bytes, ...]:
    """Decode a trie's nodes; none is decoded where there are more, or larger ones, than a proof has."""
    if not isinstance(told, list) or len(told) > MAX_NODES:
        raise TypeError
    if any(not isinstance(node, str) or len(node) > 2 + 2 * MAX_NODE_BYTES for node in told):
        raise TypeError
    return tuple(parse_bytes(node) for node in told)


def fetch_checkpoint(client: ChainClient, deployments: Deployments, block: int | None = None) -> Checkpoint:
    """Make an unsigned checkpoint of a block; of the newest final one when not given.

    Raises:
        SourceUnavailableError: the chain could not be read, or has no such final block.
    """
    final = final_block(client, deployments)
    number = final if block is None else block
    if not 0 <= number <= final:
        raise SourceUnavailableError("There is no final block of that number yet.", code="block_not_final")
    header = parse_header(_header(client, number))
    return Checkpoint(
        chain_id=deployments.caip2,
        genesis=deployments.genesis_hash,
        contracts=deployments.contracts_digest,
        number=number,
        hash=header.hash,
        time=header.time,
    )


def final_block(client: ChainClient, deployments: Deployments) -> int:
    """Return the number of the newest block that is final by the chain's setting."""
    return max(0, client.head().number - deployments.confirmations)


def _header(client: ChainClient, block: int) -> bytes:
    raw = client.request("eth_getBlockByNumber", [hex(block), False])
    if not isinstance(raw, dict):
        raise SourceUnavailableError("The chain has no block of that number.", code="block_not_final")
    return checked_header(raw)
