"""What one verification reads from, what it accepts, and at which moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from digital_resume.core.credentials.catalog import Catalog
from digital_resume.core.ports import AnchorLog, StatusHistory, StatusSource, TrustDirectory
from digital_resume.core.securing.sd_jwt import MAX_KEY_BINDING_AGE


@dataclass(frozen=True, slots=True)
class Policy:
    """What a verifier accepts.

    Attributes:
        accept_unanchored: a credential of a live key that is not anchored yet is no reason for caution. For
            an institution that proves identity minutes after the credential was issued.
        max_status_age: oldest moment for which the chain vouched for a status list.
        max_heartbeat_age: how long an active institution's anchorer may say nothing of its lists.
        max_key_binding_age: oldest key binding; a share lives up to 200 days. ``None`` where the nonce, which
            lives for minutes and is used once, decides alone, whatever the holder's clock says.
        clock_skew: how far clocks may be apart.
        index_delay: how long after an anchor this verifier may not have seen it yet.
    """

    accept_unanchored: bool = False
    max_status_age: timedelta = timedelta(hours=24)
    max_heartbeat_age: timedelta = timedelta(hours=24)
    max_key_binding_age: timedelta | None = MAX_KEY_BINDING_AGE
    clock_skew: timedelta = timedelta(minutes=5)
    index_delay: timedelta = timedelta(minutes=15)


DEFAULT_POLICY = Policy()


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a verification reads what the presentation does not carry.

    Attributes:
        trust: the registry of institutions.
        anchors: the log of anchored roots.
        statuses: status lists checked against the chain.
        catalog: the credential types known here.
        history: versions of status lists that were kept, for ``as_of``; ``None`` where none are.
    """

    trust: TrustDirectory
    anchors: AnchorLog
    statuses: StatusSource
    catalog: Catalog
    history: StatusHistory | None = None


@dataclass(frozen=True, slots=True)
class Basis:
    """What a verdict rests on.

    Attributes:
        sources: what is read.
        policy: what is accepted.
        now: present moment, timezone-aware.
        as_of: the day asked for; ``None`` for now. Anchor, issuer's standing, status and validity are those
            of that day; proofs, and whose a credential is, are judged now.
    """

    sources: Sources
    policy: Policy
    now: datetime
    as_of: datetime | None = None

    @property
    def moment(self) -> datetime:
        """The moment asked for."""
        return self.as_of or self.now
