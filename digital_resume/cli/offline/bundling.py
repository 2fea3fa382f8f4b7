"""Making a bundle for verifying without a network: judge a share once, and keep whatever was asked for."""

from datetime import datetime
from typing import Any

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.deployments import Deployments
from digital_resume.adapters.chain.storage_proof import fetch_storage_proof
from digital_resume.cli.offline.judging import BundledStatuses, FactsDirectory, OfflineBundle, judge
from digital_resume.core.chain_proofs.checkpoint import Checkpoint
from digital_resume.core.chain_proofs.facts import ISSUER, STATUS, FactsTree, issuer_record
from digital_resume.core.chain_proofs.storage_proof import verify_storage_proof
from digital_resume.core.credentials.catalog import default_catalog
from digital_resume.core.errors import MalformedError, ProofError
from digital_resume.core.ports import Fetcher, StatusListCopy
from digital_resume.core.trust.issuers import ChainRef, IssuerRecord
from digital_resume.core.verification.policy import Sources


def build_bundle(
    presentation: dict[str, Any],
    *,
    challenge: str,
    expires: int,
    checkpoint: Checkpoint,
    facts: FactsTree,
    client: ChainClient,
    deployments: Deployments,
    fetcher: Fetcher,
    now: datetime,
) -> OfflineBundle:
    """Return a presentation with what proves it at a checkpoint's block.

    Args:
        presentation: what the share holds.
        challenge: the share's id.
        expires: the share's end, Unix seconds.
        checkpoint: a checkpoint with facts.
        facts: all facts of its block.
        client: a chain whose node keeps the state of that block.
        deployments: the pinned chain.
        fetcher: fetches status lists.
        now: present moment.

    Raises:
        ProofError: the facts are not the checkpoint's.
        SourceUnavailableError: node or status list server is away.
    """
    if checkpoint.facts != facts.head:
        raise ProofError("The facts are of another block than the checkpoint.", code="facts_differ")
    collector = _Collector(checkpoint, facts, client, deployments, fetcher)
    bare = OfflineBundle(presentation, challenge, expires, (), (), {})
    judge(bare, deployments, collector.sources(now), now=now)
    return OfflineBundle(
        presentation,
        challenge,
        expires,
        tuple(collector.proofs.values()),
        tuple(collector.facts.values()),
        collector.lists,
    )


class _Collector:
    """Sources that keep what they answered."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        tree: FactsTree,
        client: ChainClient,
        deployments: Deployments,
        fetcher: Fetcher,
    ) -> None:
        self._checkpoint = checkpoint
        self._tree = tree
        self._client = client
        self._deployments = deployments
        self._fetcher = fetcher
        self.proofs: dict[tuple[str, bytes], dict[str, Any]] = {}
        self.facts: dict[tuple[str, str], dict[str, Any]] = {}
        self.lists: dict[str, str] = {}

    def issuer(self, did: str) -> IssuerRecord | None:
        """Return an institution's record at the checkpoint."""
        proven = self._keep(ISSUER, did)
        return None if proven is None else issuer_record(proven)

    def anchored_at(self, chain: ChainRef, submitter: str, root: bytes) -> datetime | None:
        """Return when a root was anchored, as of the checkpoint."""
        del chain  # the pinned one alone is asked
        proof = fetch_storage_proof(self._client, self._deployments, submitter, root, self._checkpoint.number)
        self.proofs[proof.submitter, root] = proof.to_json()
        return verify_storage_proof(proof, self._deployments.anchor_chain, block_hash=self._checkpoint.hash)

    def sources(self, now: datetime) -> Sources:
        """Return it as what a verification reads."""
        return Sources(self, self, _Statuses(self, now), default_catalog())

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> bytes:
        """Fetch a part of a status list and keep it."""
        body = self._fetcher.fetch(url, accept=accept, max_bytes=max_bytes)
        try:
            self.lists[url] = body.decode("utf-8")
        except UnicodeDecodeError:
            raise MalformedError("A status list that was served is not text.") from None
        return body

    def _keep(self, kind: str, key: str) -> Any:
        proven = self._tree.prove(kind, key)
        if proven is None:
            return None
        self.facts[kind, key] = proven.to_json()
        return proven.fact

    def status_list(self, uri: str, issuer: IssuerRecord, now: datetime) -> StatusListCopy:
        """Fetch a status list and keep what proves it."""
        for grant in issuer.anchorers:
            self._keep(STATUS, grant.address.lower())
        known = FactsDirectory(self._tree.head, list(self.facts.values()))
        source = BundledStatuses(known, self, self._deployments, now=now, as_of=self._checkpoint.time)
        return source.status_list(uri, issuer)


class _Statuses:
    """The collector as port ``StatusSource``."""

    def __init__(self, collector: _Collector, now: datetime) -> None:
        self._collector = collector
        self._now = now

    def status_list(self, uri: str, issuer: IssuerRecord) -> StatusListCopy:
        """Return the checked list behind ``uri``."""
        return self._collector.status_list(uri, issuer, self._now)
