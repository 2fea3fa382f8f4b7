"""One world for a test: chain, registry, status lists, institutions, and a verifier that looks at them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from digital_resume.core.credentials.catalog import Catalog, Label, default_catalog
from digital_resume.core.trust.issuers import ChainRef
from digital_resume.core.verification.pipeline import verify_item, verify_presentation
from digital_resume.core.verification.policy import DEFAULT_POLICY, Policy, Sources
from digital_resume.core.verification.verdict import ChainInfo, ItemVerdict, Verdict
from tests.fakes.institution import Institution
from tests.fakes.sources import FakeAnchorLog, FakeStatusSource, FakeTrustDirectory

VERIFIER_URL = "http://localhost:8003"
SHARE_ID = "AAECAwQFBgcICQoLDA0ODw"
START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


class World:
    """Everything a verification reads, at one moment that a test can move.

    Attributes:
        now: the present moment; institutions exist since ``start``.
    """

    def __init__(self, *, now: datetime = NOW, catalog: Catalog | None = None) -> None:
        self.start, self.now = START, now
        self.chain = ChainRef(
            "eip155:20261", "0x" + "ab" * 32, "0x5FbDB2315678afecb367f032d93F642f64180aa3", "0x" + "cd" * 32
        )
        self.trust = FakeTrustDirectory()
        self.anchors = FakeAnchorLog(self.chain)
        self.statuses = FakeStatusSource()
        self.catalog = catalog or default_catalog()
        self.chain_info = ChainInfo(self.chain.id, Label("시연용 체인", "Demonstration chain"), True)

    @property
    def sources(self) -> Sources:
        """What a verification reads."""
        return Sources(self.trust, self.anchors, self.statuses, self.catalog, self.statuses)

    def institution(self, slug: str, *types: str, **options: Any) -> Institution:
        """Make an institution that is accredited for ``types``."""
        return Institution(
            slug,
            trust=self.trust,
            anchors=self.anchors,
            statuses=self.statuses,
            catalog=self.catalog,
            at=self.start,
            types=types,
            **options,
        )

    def ago(self, **span: float) -> datetime:
        """Return a moment before now, e.g. ``ago(days=3)``."""
        return self.now - timedelta(**span)

    def cut_chain(self) -> None:
        """Make everything that reads the chain unreadable."""
        self.trust.available = self.anchors.available = self.statuses.available = False

    def verify(
        self,
        presentation: bytes | Mapping[str, Any],
        *,
        challenge: str = SHARE_ID,
        domain: str | None = VERIFIER_URL,
        policy: Policy = DEFAULT_POLICY,
        expires: datetime | None = None,
        heartbeat: bool = True,
        as_of: datetime | None = None,
    ) -> Verdict:
        """Judge a resume now; status lists are as fresh as a running deployment's unless told otherwise."""
        if heartbeat:
            self.statuses.heartbeat(self.now)
        return verify_presentation(
            presentation,
            expected_challenge=challenge,
            expected_domain=domain,
            now=self.now,
            sources=self.sources,
            policy=policy,
            expected_expires=expires,
            chain=self.chain_info,
            as_of=as_of,
        )

    def verify_item(
        self, token: str, *, nonce: str | None, audience: str, policy: Policy = DEFAULT_POLICY
    ) -> ItemVerdict:
        """Judge one credential by itself, now."""
        self.statuses.heartbeat(self.now)
        return verify_item(
            token,
            expected_nonce=nonce,
            expected_audience=audience,
            now=self.now,
            sources=self.sources,
            policy=policy,
        )
