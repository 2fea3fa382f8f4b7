"""Every fact of a block for a checkpoint: the registry's records, and the status root of each anchorer."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.deployments import Deployments
from digital_resume.adapters.chain.trust_directory import ChainTrustDirectory
from digital_resume.adapters.chain.views import logs, read
from digital_resume.core.chain_proofs.facts import STATUS, Fact, issuer_fact
from digital_resume.core.trust.issuers import EntryUnreadableError, IssuerRecord


def read_facts(client: ChainClient, deployments: Deployments, block: int) -> list[Fact]:
    """Return the facts of a block.

    Args:
        client: the pinned chain.
        deployments: its contracts.
        block: number of a block whose state the node keeps.

    Raises:
        SourceUnavailableError: the chain could not be read.
    """
    pinned = deployments.issuer_registry
    registry = client.contract("IssuerRegistry", pinned.address)
    registered = logs(client, registry.events.IssuerRegistered, pinned.block, block)
    directory = ChainTrustDirectory(client, deployments)
    dids = sorted({event["did"] for event in registered})
    records = list(_readable(directory, dids, block))
    anchorers = {grant.address for record in records for grant in record.anchorers}
    latest = client.contract("StatusRegistry", deployments.status_registry.address).functions.latest
    statuses = [_status(address, read(latest(address), block=block)) for address in sorted(anchorers)]
    return [*map(issuer_fact, records), *(fact for fact in statuses if fact is not None)]


def _readable(directory: ChainTrustDirectory, dids: Iterable[str], block: int) -> Iterator[IssuerRecord]:
    """Yield the records of a block but those that nobody can read: of them nothing is stated."""
    for did in dids:
        with suppress(EntryUnreadableError):
            record = directory.issuer_at(did, block)
            if record is not None:
                yield record


def _status(address: str, answer: Any) -> Fact | None:
    root, since, heartbeat, sequence = answer
    if sequence == 0:
        return None
    value = {"root": root.hex(), "since": since, "heartbeat": heartbeat, "sequence": sequence}
    return Fact(STATUS, address.lower(), value)
