"""What a verifier is connected to, opened from the settings: nodes, database, servers of status lists."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from digital_resume.adapters.chain.anchor_log import ChainAnchorLog
from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.deployments import Deployments, read_deployments
from digital_resume.adapters.chain.events import EventReader
from digital_resume.adapters.chain.status_registry import ChainStatusRegistry
from digital_resume.adapters.chain.trust_directory import ChainTrustDirectory
from digital_resume.adapters.fetch import GuardedFetcher
from digital_resume.adapters.status_lists.copies import StatusCopies
from digital_resume.core.ports import Clock, Fetcher
from digital_resume.core.securing.linked_data.canonicalizer import use_contexts
from digital_resume.core.securing.linked_data.own_contexts import read_contexts
from digital_resume.core.verification.policy import Sources
from digital_resume.core.verification.verdict import ChainInfo
from verifier.index.checking import IndexChecker
from verifier.index.follower import Follower, IndexWorker
from verifier.index.reading import DirectReading, Readings
from verifier.index.store import IndexStore
from verifier.settings import VerifierSettings
from verifier.status_history import KeptStatuses
from verifier.status_store import StatusStore, open_engine


@dataclass(frozen=True, slots=True)
class Connections:
    """What one verifier reads from, and what must be closed when it ends.

    Attributes:
        chain: the pinned chain, as verdicts show it.
        sources: what a verification reads.
        copies: the checked copies of status lists, which ``sources`` answers from.
        store: where those copies are kept.
        clock: the present moment.
        client: the chain's client, for the health report.
        fetcher: what fetches status lists.
        readings: chooses between the index and the chain; ``sources`` goes by it.
        index: keeps the index up to date when it is started; ``None`` when the chain is always read.
    """

    chain: ChainInfo
    sources: Sources
    copies: StatusCopies
    store: StatusStore
    clock: Clock
    client: ChainClient
    fetcher: GuardedFetcher
    readings: Readings | None = None
    index: IndexWorker | None = None

    def chain_description(self) -> dict[str, Any]:
        """Return the pinned chain as the page shows it."""
        return self.chain.to_json()

    def close(self) -> None:
        """Close kept connections."""
        if self.index is not None:
            self.index.stop()
        self.client.close()
        self.fetcher.close()
        self.store.close()


def open_connections(
    settings: VerifierSettings,
    clock: Clock,
    *,
    client: ChainClient | None = None,
    fetcher: Fetcher | None = None,
) -> Connections:
    """Open the chain, the database and the fetcher.

    Nothing is called yet: a chain that is away makes verdicts "could not check", not the service fail.

    Args:
        settings: the verifier's.
        clock: the present moment.
        client: the chain's nodes; those of the settings when not given.
        fetcher: what fetches status lists; a guarded one when not given.

    Raises:
        ValueError: ``DEPLOYMENTS_FILE`` or ``RPC_URLS`` is missing.
        DeploymentsFileError: the deployments file cannot be read.
        MalformedError: the folder of further credential types or contexts is not what it must be.
    """
    use_contexts(read_contexts(settings.contexts_dir))
    file, urls = pinned(settings)
    deployments = read_deployments(file)
    client = client or ChainClient(urls, deployments, quorum=settings.rpc_quorum)
    guarded = GuardedFetcher(allowed_origins=settings.local_origins(), timeout=settings.fetch_seconds)
    store = StatusStore(
        open_engine(settings.database_url.get_secret_value(), pool_size=settings.verification_threads)
    )
    index = open_index(settings, store.engine, deployments) if settings.index == "on" else None
    readings = Readings(
        index,
        deployments,
        DirectReading(
            ChainTrustDirectory(client, deployments),
            ChainAnchorLog(client, deployments),
            ChainStatusRegistry(client, deployments),
        ),
        clock=clock,
        max_age=timedelta(seconds=settings.index_max_age_seconds),
        max_block_age=_max_block_age(settings, deployments),
    )
    copies = StatusCopies(
        store,
        fetcher=fetcher or guarded,
        trust=readings,
        heads=readings,
        clock=clock,
        max_age=timedelta(seconds=settings.status_max_age_seconds),
        refresh_lists=settings.status_refresh_lists,
    )
    return Connections(
        chain=deployments.described(),
        sources=Sources(readings, readings, copies, settings.load_catalog(), KeptStatuses(store, readings)),
        copies=copies,
        store=store,
        clock=clock,
        client=client,
        fetcher=guarded,
        readings=readings,
        index=_worker(index, settings, client, deployments, clock) if index is not None else None,
    )


def _worker(
    index: IndexStore, settings: VerifierSettings, client: ChainClient, deployments: Deployments, clock: Clock
) -> IndexWorker:
    def make() -> Follower:
        reader = EventReader(client, deployments, proven=settings.index_proof == "receipts")
        compare = IndexChecker(index, client, deployments).check_views
        return Follower(index, reader, clock, chunk=settings.index_chunk_blocks, compare=compare)

    return IndexWorker(index, make, pause=settings.index_poll_seconds)


def pinned(settings: VerifierSettings) -> tuple[Path, tuple[str, ...]]:
    """Return the deployments file and the nodes that the settings name.

    Raises:
        ValueError: ``DEPLOYMENTS_FILE`` or ``RPC_URLS`` is missing.
    """
    if settings.deployments_file is None:
        raise ValueError("DEPLOYMENTS_FILE is not set: it pins the chain and the contracts that count.")
    if not settings.rpc_urls:
        raise ValueError("RPC_URLS is not set: name at least one node of the pinned chain.")
    return settings.deployments_file, settings.rpc_urls


def open_index(settings: VerifierSettings, engine: Engine, deployments: Deployments) -> IndexStore:
    """Return the store of the index, as the settings want it."""
    # A block must be remembered at least until it is final.
    keep = max(settings.index_keep_blocks, 2 * deployments.confirmations)
    return IndexStore(engine, deployments, keep_blocks=keep)


def _max_block_age(settings: VerifierSettings, deployments: Deployments) -> timedelta | None:
    if settings.index_max_block_age_seconds is not None:
        return timedelta(seconds=settings.index_max_block_age_seconds)
    # A demonstration's chain makes a block when there is something to put into it.
    return None if deployments.demonstration else timedelta(hours=1)
