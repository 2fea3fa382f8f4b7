"""The verdict: what was checked, with which outcome, and what it means for the person who reads it.

Values only. What a check's code means for the verdict and says in Korean and English is data in
``digital_resume.core.verification.messages``; ``to_json`` is the form that the verification API serves.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from digital_resume.core.credentials.catalog import Label, ResumeDisplay
from digital_resume.core.credentials.sd_jwt_vc import CredentialView
from digital_resume.core.verification.message import Both
from digital_resume.core.verification.messages import MESSAGES
from digital_resume.core.verification.verdict_texts import VERDICT_TEXTS


class VerdictKind(StrEnum):
    """What is said of a credential or a resume, worst first."""

    SHARING_ENDED = "sharing_ended"
    NOT_GENUINE = "not_genuine"
    NOT_IN_FORCE = "not_in_force"
    UNKNOWN_ISSUER = "unknown_issuer"
    COULD_NOT_CHECK = "could_not_check"
    SUPERSEDED = "superseded"
    CAUTION = "caution"
    VERIFIED = "verified"


_RANK = {kind: rank for rank, kind in enumerate(VerdictKind)}


class CheckName(StrEnum):
    """The checks of an item, in their order."""

    FORMAT = "format"
    PROOF = "proof"
    HOLDER = "holder"
    SAME_PERSON = "same_person"
    ISSUER = "issuer"
    ANCHOR = "anchor"
    STATUS = "status"
    VALIDITY = "validity"
    SCHEMA = "schema"


class Outcome(StrEnum):
    """What a check found."""

    PASS = "pass"  # noqa: S105 - an outcome, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"
    CAUTION = "caution"


def worst(kinds: Iterable[VerdictKind]) -> VerdictKind:
    """Return the worst of some verdicts; ``VERIFIED`` when there is none."""
    return min(kinds, key=_RANK.__getitem__, default=VerdictKind.VERIFIED)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check's outcome.

    Attributes:
        check: which check.
        outcome: what it found.
        code: why; with check and outcome it must be in ``messages.MESSAGES``.
        detail: values safe to show to whoever may see the verdict.
    """

    check: CheckName
    outcome: Outcome
    code: str
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        """Its row in ``messages.MESSAGES``."""
        return self.check, self.outcome, self.code

    @property
    def kind(self) -> VerdictKind:
        """What this outcome alone makes of the verdict."""
        return VerdictKind(MESSAGES[self.key].verdict)

    def to_json(self) -> dict[str, Any]:
        """Return the check as the API serves it."""
        message = MESSAGES[self.key]
        told: dict[str, Any] = {
            "check": self.check.value,
            "outcome": self.outcome.value,
            "code": self.code,
            "message": {"ko": message.ko, "en": message.en},
            "detail": dict(self.detail),
        }
        return told | {"label": message.label._asdict()} if message.label else told


@dataclass(frozen=True, slots=True)
class ChainRead:
    """How fresh what was read of the chain is.

    Attributes:
        source: ``index`` when the verifier's own index answered, ``chain`` when the chain itself did.
        block: the newest block that counted; ``None`` with the chain itself, which was read at its newest.
        block_time: its time.
        behind_seconds: how long ago the chain was last seen to have nothing more than that; where blocks come
            regularly, the newest one's own age.
    """

    source: str
    block: int | None = None
    block_time: datetime | None = None
    behind_seconds: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return it as the API serves it."""
        return {
            "from": self.source,
            "block": self.block,
            "blockTime": format_time(self.block_time) if self.block_time else None,
            "behindSeconds": self.behind_seconds,
        }


@dataclass(frozen=True, slots=True)
class ChainInfo:
    """The chain the verdict rests on, as this verifier's deployments file names it."""

    id: str
    name: Label
    demonstration: bool
    read: ChainRead | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the chain as the API serves it."""
        told: dict[str, Any] = {
            "id": self.id,
            "name": self.name.as_dict(),
            "demonstration": self.demonstration,
        }
        return told | {"read": self.read.to_json()} if self.read else told


@dataclass(frozen=True, slots=True)
class IssuerView:
    """An institution as the registry names it."""

    did: str
    name: Label

    def to_json(self) -> dict[str, Any]:
        """Return the institution as the API serves it."""
        return {"did": self.did, "name": self.name.as_dict()}


@dataclass(frozen=True, slots=True)
class ClaimView:
    """One disclosed claim with the label people read; of a table also the names and labels of its columns."""

    path: str
    label: Label
    value: Any
    columns: tuple[tuple[str, Label], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the claim as the API serves it."""
        claim = {"path": self.path, "label": self.label.as_dict(), "value": self.value}
        if self.columns:
            claim["columns"] = [{"name": name, "label": label.as_dict()} for name, label in self.columns]
        return claim


@dataclass(frozen=True, slots=True)
class AnchorView:
    """The facts of an anchor that held. ``time`` is the chain's; the block is what the receipt names."""

    time: datetime
    index: int
    size: int
    root: str
    path: tuple[str, ...]
    transaction: str
    block_number: int
    submitter: str

    def to_json(self) -> dict[str, Any]:
        """Return the anchor as the API serves it."""
        return {
            "time": format_time(self.time),
            "index": self.index,
            "size": self.size,
            "root": self.root,
            "path": list(self.path),
            "transaction": self.transaction,
            "blockNumber": self.block_number,
            "submitter": self.submitter,
        }


@dataclass(frozen=True, slots=True)
class StatusView:
    """A status and when its publisher last vouched for it on the chain."""

    value: str
    as_of: datetime

    def to_json(self) -> dict[str, Any]:
        """Return the status as the API serves it."""
        return {"value": self.value, "asOf": format_time(self.as_of)}


@dataclass(frozen=True, slots=True)
class ItemVerdict:
    """The verdict on one credential.

    Attributes:
        index: its place in the presentation.
        type: credential type; ``None`` unless the proof holds.
        type_name: the type's name for people; ``None`` when the catalog does not know the type.
        display: how the type stands in a resume; ``None`` like ``type_name``.
        issuer: ``None`` unless the proof holds and the registry knows the issuer.
        checks: all nine, in order.
        claims: what it says; empty when it is not genuine.
        hidden: how many claims the holder chose not to show.
        anchor: ``None`` when it is not anchored.
        status: ``None`` when it has none or it could not be read.
        credential: the credential as values, for whoever acts on it (not served); ``None`` when it must not
            be shown.
        leaf: its anchor leaf (not served); empty unless format, proof and holder hold.
    """

    index: int
    checks: tuple[CheckResult, ...]
    type: str | None = None
    type_name: Label | None = None
    display: ResumeDisplay | None = None
    issuer: IssuerView | None = None
    claims: tuple[ClaimView, ...] = ()
    hidden: int = 0
    anchor: AnchorView | None = None
    status: StatusView | None = None
    credential: CredentialView | None = field(default=None, repr=False)
    leaf: bytes = b""

    @property
    def verdict(self) -> VerdictKind:
        """The worst that any check makes of it."""
        return worst(check.kind for check in self.checks)

    def check(self, name: CheckName) -> CheckResult:
        """Return the result of one check."""
        return next(check for check in self.checks if check.check is name)

    def to_json(self) -> dict[str, Any]:
        """Return the item as the API serves it."""
        return {
            "index": self.index,
            "type": self.type,
            "typeName": self.type_name.as_dict() if self.type_name else None,
            "display": self.display.to_json() if self.display else None,
            "issuer": self.issuer.to_json() if self.issuer else None,
            "verdict": self.verdict.value,
            **_texts(self.verdict, self.checks),
            "checks": [check.to_json() for check in self.checks],
            "claims": [claim.to_json() for claim in self.claims],
            "hidden": self.hidden,
            "anchor": self.anchor.to_json() if self.anchor else None,
            "status": self.status.to_json() if self.status else None,
        }


@dataclass(frozen=True, slots=True)
class SelfDeclared:
    """The holder's own words. ``statement`` is ``None`` when their proof does not hold."""

    statement: str | None
    verified: bool

    def to_json(self) -> dict[str, Any]:
        """Return the statement as the API serves it."""
        return {"statement": self.statement, "verified": self.verified}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on one resume.

    Attributes:
        checked_at: the moment it was judged at.
        checks: those of the presentation itself.
        items: what institutions issued, and what pretends to be.
        self_declared: the holder's own words; they never change the verdict.
        made_on: when the holder signed; ``None`` unless that signature holds.
        domain: for whom it was made.
        holder_name: the name the credentials agree on.
        chain: the chain the verdict rests on.
        as_of: the moment the credentials were judged as of; ``None`` when that is ``checked_at``.
    """

    checked_at: datetime
    checks: tuple[CheckResult, ...]
    items: tuple[ItemVerdict, ...] = ()
    self_declared: tuple[SelfDeclared, ...] = ()
    made_on: datetime | None = None
    domain: str | None = None
    holder_name: str | None = None
    chain: ChainInfo | None = None
    as_of: datetime | None = None

    @property
    def verdict(self) -> VerdictKind:
        """The worst of the presentation's own checks and of the institutions' items."""
        return worst([*(check.kind for check in self.checks), *(item.verdict for item in self.items)])

    def _every_check(self) -> list[CheckResult]:
        return [*self.checks, *(check for item in self.items for check in item.checks)]

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as the API serves it."""
        return {
            "verdict": self.verdict.value,
            **_texts(self.verdict, self._every_check()),
            "checkedAt": format_time(self.checked_at),
            "asOf": format_time(self.as_of) if self.as_of else None,
            "madeOn": format_time(self.made_on) if self.made_on else None,
            "domain": self.domain,
            "holder": {"name": self.holder_name} if self.holder_name else None,
            "chain": self.chain.to_json() if self.chain else None,
            "presentation": {"checks": [check.to_json() for check in self.checks]},
            "items": [item.to_json() for item in self.items],
            "selfDeclared": [words.to_json() for words in self.self_declared],
        }


def sharing_ended(*, now: datetime, reason: str, chain: ChainInfo | None = None) -> Verdict:
    """Build the verdict on a share that cannot be opened any more.

    Args:
        now: present moment.
        reason: ``share_stopped``, ``share_expired`` or ``share_unknown``.
        chain: shown beside the verdict.
    """
    return Verdict(now, (CheckResult(CheckName.VALIDITY, Outcome.FAIL, reason),), chain=chain)


def format_time(moment: datetime) -> str:
    """Write a moment as ``2026-11-23T06:00:00Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _texts(kind: VerdictKind, checks: Iterable[CheckResult]) -> dict[str, Any]:
    """Return a verdict's word and advice: the reason's own where all reasons for it have the same."""
    text = VERDICT_TEXTS[kind]
    own = Both(text.title_ko, text.title_en), Both(text.next_ko, text.next_en)
    reasons = [MESSAGES[check.key] for check in checks if check.kind is kind]
    words = {message.word or own[0] for message in reasons}
    advice = {message.advice or own[1] for message in reasons}
    return {
        "title": (words.pop() if len(words) == 1 else own[0])._asdict(),
        "next": (advice.pop() if len(advice) == 1 else own[1])._asdict(),
    }
