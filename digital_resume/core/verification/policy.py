"""What one verification reads from, and what it accepts."""

from dataclasses import dataclass
from datetime import timedelta

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
        max_key_binding_age: oldest key binding; a share lives up to 200 days, an answer to a nonce minutes.
        clock_skew: how far clocks may be apart.
        index_delay: how long after an anchor this verifier may not have seen it yet.
    """

    accept_unanchored: bool = False
    max_status_age: timedelta = timedelta(hours=24)
    max_heartbeat_age: timedelta = timedelta(hours=24)
    max_key_binding_age: timedelta = MAX_KEY_BINDING_AGE
    clock_skew: timedelta = timedelta(minutes=5)
    index_delay: timedelta = timedelta(minutes=15)


DEFAULT_POLICY = Policy()


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a verification reads what the presentation does not carry."""

    trust: TrustDirectory
    anchors: AnchorLog
    statuses: StatusSource
    catalog: Catalog
    history: StatusHistory | None = None
