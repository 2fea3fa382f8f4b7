"""Every fact of a block for a checkpoint: the registry's records, and the status root of each anchorer."""

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from digital_resume.adapters.chain.artifacts import load_contract
from digital_resume.adapters.chain.client import ChainClient, parse_bytes
from digital_resume.adapters.chain.deployments import Deployments
from digital_resume.adapters.chain.trust_directory import issuer_id, parse_issuer
from digital_resume.core.chain_proofs.facts import STATUS, Fact, issuer_fact
from digital_resume.core.errors import SourceUnavailableError
from digital_resume.core.trust.issuers import IssuerRecord

_REGISTERED = "0x" + keccak(text="IssuerRegistered(bytes32,address,string)").hex()
_BLOCKS_AT_ONCE = 10_000


def read_facts(client: ChainClient, deployments: Deployments, block: int) -> list[Fact]:
    """Return the facts of a block.

    Args:
        client: the pinned chain.
        deployments: its contracts.
        block: number of a block whose state the node keeps.

    Raises:
        SourceUnavailableError: the chain could not be read.
    """
    records = [read_record(client, deployments, did, block) for did in _dids(client, deployments, block)]
    known = [record for record in records if record is not None]
    anchorers = {grant.address for record in known for grant in record.anchorers}
    statuses = [_status(client, deployments, address, block) for address in sorted(anchorers)]
    return [*map(issuer_fact, known), *(fact for fact in statuses if fact is not None)]


def read_record(client: ChainClient, deployments: Deployments, did: str, block: int) -> IssuerRecord | None:
    """Return what the registry held of a DID at a block; errors as ``read_facts``."""
    contract = load_contract("IssuerRegistry")
    data = contract.encode_call("getIssuer", issuer_id(did))
    answer = client.call(deployments.issuer_registry.address, data, block=block)
    (raw,) = contract.decode_result("getIssuer", answer)
    return parse_issuer(did, raw)


def _dids(client: ChainClient, deployments: Deployments, block: int) -> list[str]:
    registry = deployments.issuer_registry
    found: list[str] = []
    for first in range(registry.block, block + 1, _BLOCKS_AT_ONCE):
        query = {
            "address": registry.address,
            "topics": [_REGISTERED],
            "fromBlock": hex(first),
            "toBlock": hex(min(block, first + _BLOCKS_AT_ONCE - 1)),
        }
        try:
            for log in client.request("eth_getLogs", [query], read_seconds=30.0):
                (did,) = decode(["string"], parse_bytes(log["data"]))
                found.append(did)
        except (KeyError, TypeError, ValueError, OverflowError, DecodingError):
            raise SourceUnavailableError("The node's log of the registry cannot be read.") from None
    return sorted(set(found))


def _status(client: ChainClient, deployments: Deployments, submitter: str, block: int) -> Fact | None:
    contract = load_contract("StatusRegistry")
    address = to_checksum_address(submitter)
    data = contract.encode_call("latest", address)
    answer = client.call(deployments.status_registry.address, data, block=block)
    root, since, heartbeat, sequence = contract.decode_result("latest", answer)
    if sequence == 0:
        return None
    value = {"root": root.hex(), "since": since, "heartbeat": heartbeat, "sequence": sequence}
    return Fact(STATUS, address.lower(), value)
