"""What verdicts rest on, opened from the settings: the pinned chain and the copies of status lists."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from adapters.chain.anchor_log import ChainAnchorLog
from adapters.chain.client import ChainClient
from adapters.chain.deployments import Deployments, read_deployments
from adapters.chain.status_registry import ChainStatusRegistry
from adapters.chain.trust_directory import ChainTrustDirectory
from adapters.clock import SystemClock
from adapters.fetch import GuardedFetcher
from adapters.status_lists.copies import StatusCopies
from core.credentials.catalog import Label
from core.ports import AnchorLog, Clock, TrustDirectory
from core.verification.verdict import ChainInfo
from verifier.settings import VerifierSettings
from verifier.status_store import StatusStore, open_engine


@dataclass(frozen=True, slots=True)
class Sources:
    """Registry, log, status lists and clock of one verifier.

    Attributes:
        chain: the pinned chain, as verdicts show it.
        trust: the registry of institutions.
        anchors: the log of anchored roots.
        status: the checked copies of status lists.
        store: where those copies are kept.
        clock: the present moment.
        client: the chain's client, for the health report.
        fetcher: what fetches status lists.
    """

    chain: ChainInfo
    trust: TrustDirectory
    anchors: AnchorLog
    status: StatusCopies
    store: StatusStore
    clock: Clock
    client: ChainClient
    fetcher: GuardedFetcher

    def chain_description(self) -> dict[str, Any]:
        """Return the pinned chain as the page shows it."""
        return self.chain.to_json()

    def close(self) -> None:
        """Close kept connections."""
        self.fetcher.close()
        self.store.close()


def open_sources(settings: VerifierSettings) -> Sources:
    """Open the chain, the database and the fetcher.

    Nothing is called yet: a chain that is away makes verdicts "could not check", not the service fail.

    Raises:
        ValueError: ``DEPLOYMENTS_FILE`` or ``RPC_URLS`` is missing.
        DeploymentsFileError: the deployments file cannot be read.
    """
    if settings.deployments_file is None:
        raise ValueError("DEPLOYMENTS_FILE is not set: it pins the chain and the contracts that count.")
    if not settings.rpc_urls:
        raise ValueError("RPC_URLS is not set: name at least one node of the pinned chain.")
    deployments = read_deployments(settings.deployments_file)
    client = ChainClient(settings.rpc_urls, deployments, quorum=settings.rpc_quorum)
    trust = ChainTrustDirectory(client, deployments)
    clock = SystemClock()
    fetcher = GuardedFetcher(allowed_origins=settings.local_origins(), timeout=settings.fetch_seconds)
    store = StatusStore(
        open_engine(settings.database_url.get_secret_value(), pool_size=settings.verification_threads)
    )
    copies = StatusCopies(
        store,
        fetcher=fetcher,
        trust=trust,
        heads=ChainStatusRegistry(client, deployments),
        clock=clock,
        max_age=timedelta(seconds=settings.status_max_age_seconds),
        refresh_lists=settings.status_refresh_lists,
    )
    return Sources(
        chain=describe_chain(deployments),
        trust=trust,
        anchors=ChainAnchorLog(client, deployments),
        status=copies,
        store=store,
        clock=clock,
        client=client,
        fetcher=fetcher,
    )


def describe_chain(deployments: Deployments) -> ChainInfo:
    """Return the pinned chain as verdicts show it."""
    return ChainInfo(
        id=deployments.caip2,
        name=Label(deployments.name_ko, deployments.name_en),
        demonstration=deployments.demonstration,
    )
