"""The checks that rest on the chain: anchor and issuer, with the compromise rule.

1. Evidence: which receipts lead from the leaf to a root that the chain knows, and since when.
2. Anchor: the earliest of them whose submitter was the issuer's anchorer at that time. Its time, the
   chain's and never the receipt's, is the *decisive time*; without one the decisive time is now.
3. Issuer: key and accreditation at the decisive time.

The compromise rule: a report names ``since``. A credential of that key stands only if an authorised anchorer
of its issuer anchored it before ``since``. Not anchored and signed by a live key: caution. Not anchored and
signed by a retired key: not genuine. Suspension, closure and merger leave standing what was anchored before.
A key whose registration is in a block that is not final yet is no stranger's: what it signed is unknown.
An anchor that could not be looked up decides nothing: what depends on its time is unknown. But whoever has a
stolen key writes the receipt as well, so a chain that nobody pinned, a receipt version that nobody knows, or
an anchor too young to help anyway leave no doubt in favour of a compromised or retired key.

*As of another day* (``as_of``): what was anchored later was not anchored then, and what it rests on must have
held on that day, too. Keys are judged by what is known today, whatever the day asked for: a credential that
nobody anchored may have been made yesterday, and a compromise that was reported later counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from digital_resume.core.anchoring.receipt import Receipt, parse_receipt
from digital_resume.core.errors import ReceiptError, SourceUnavailableError, UnknownChainError
from digital_resume.core.trust.issuers import IssuerRecord, KeyEntry
from digital_resume.core.verification.policy import Basis
from digital_resume.core.verification.verdict import CheckName, CheckResult, Outcome, format_time

MAX_RECEIPTS_PER_LEAF: Final = 4
# What a receipt says of itself, whoever wrote it.
_WRITTEN_BY_ANYBODY: Final = frozenset({"unknown_chain", "receipt_version_unsupported"})


@dataclass(frozen=True, slots=True)
class LocatedAnchor:
    """A receipt whose root the chain knows, and when its submitter first anchored it."""

    receipt: Receipt
    time: datetime


@dataclass(frozen=True, slots=True)
class AnchorEvidence:
    """What the receipts of one leaf prove before anybody's authority is looked at."""

    located: tuple[LocatedAnchor, ...]
    problems: tuple[CheckResult, ...] = ()


@dataclass(frozen=True, slots=True)
class AnchorFinding:
    """The anchor's result; ``anchor`` is set only when it counts for the issuer.

    ``problems`` are those of all receipts, while none counts.
    """

    result: CheckResult
    anchor: LocatedAnchor | None = None
    problems: tuple[CheckResult, ...] = ()

    def undecided(self, ended: datetime | None, basis: Basis) -> bool:
        """Tell whether an anchor may exist that could not be looked up and would decide otherwise.

        Args:
            ended: since when the signing key is compromised or retired; ``None`` for a live key.
            basis: the present moment, and how far this verifier may be behind the chain.
        """
        codes = {problem.code for problem in self.problems if problem.outcome is Outcome.UNKNOWN}
        if ended is not None:
            codes -= _WRITTEN_BY_ANYBODY
            if ended <= basis.now - basis.policy.index_delay:
                # What is not seen yet was anchored later than that.
                codes.discard("chain_behind")
        return bool(codes)


def _anchor(outcome: Outcome, code: str, **detail: object) -> CheckResult:
    return CheckResult(CheckName.ANCHOR, outcome, code, detail)


def gather_evidence(leaf: bytes, receipts: Sequence[object], basis: Basis) -> AnchorEvidence:
    """Look up every receipt of ``leaf`` on the chain. Receipts of other leaves are passed over."""
    wanted = leaf.hex()
    own = [receipt for receipt in receipts if isinstance(receipt, dict) and receipt.get("leaf") == wanted]
    located: list[LocatedAnchor] = []
    problems: list[CheckResult] = []
    for document in own[:MAX_RECEIPTS_PER_LEAF]:
        found = _locate(document, basis)
        if isinstance(found, LocatedAnchor):
            located.append(found)
        else:
            problems.append(found)
    return AnchorEvidence(tuple(located), tuple(problems))


def _locate(document: object, basis: Basis) -> LocatedAnchor | CheckResult:
    try:
        receipt = parse_receipt(document)
        receipt.verify_path()
    except ReceiptError as error:
        if error.code == "receipt_version_unsupported":
            return _anchor(Outcome.UNKNOWN, error.code)
        return _anchor(Outcome.FAIL, "receipt_invalid")
    try:
        time = basis.sources.anchors.anchored_at(receipt.chain, receipt.submitter, receipt.root)
    except UnknownChainError:
        return _anchor(Outcome.UNKNOWN, "unknown_chain", chain=receipt.chain.id)
    except SourceUnavailableError:
        return _anchor(Outcome.UNKNOWN, "chain_unavailable")
    if time is not None:
        return LocatedAnchor(receipt, time)
    # The receipt's own time is believed only to its holder's disadvantage: unknown instead of not genuine.
    if abs(basis.now - receipt.block_time) <= basis.policy.index_delay:
        return _anchor(Outcome.UNKNOWN, "chain_behind")
    return _anchor(Outcome.FAIL, "not_on_chain")


def judge_anchor(evidence: AnchorEvidence, record: IssuerRecord, basis: Basis) -> AnchorFinding:
    """Decide whether an anchor counts for the issuer: only its own anchorers' do."""
    authorised = [
        anchor for anchor in evidence.located if record.anchorer_at(anchor.receipt.submitter, anchor.time)
    ]
    if authorised:
        earliest = min(authorised, key=lambda anchor: anchor.time)
        time = format_time(earliest.time)
        if basis.as_of is not None and earliest.time > basis.as_of:
            return AnchorFinding(_anchor(Outcome.CAUTION, "anchored_later", time=time), earliest)
        return AnchorFinding(_anchor(Outcome.PASS, "anchored", time=time), earliest)
    if evidence.problems:
        return AnchorFinding(evidence.problems[0], problems=evidence.problems)
    if evidence.located:
        submitter = evidence.located[0].receipt.submitter
        return AnchorFinding(_anchor(Outcome.CAUTION, "anchorer_not_authorised", submitter=submitter))
    if basis.policy.accept_unanchored:
        return AnchorFinding(_anchor(Outcome.NOT_APPLICABLE, "not_anchored_accepted"))
    return AnchorFinding(_anchor(Outcome.CAUTION, "not_anchored"))


def anchor_without_registry(evidence: AnchorEvidence) -> CheckResult:
    """Return the anchor's result when the registry cannot say who the issuer's anchorers are."""
    return next(iter(evidence.problems), _anchor(Outcome.UNKNOWN, "registry_unavailable"))


def key_ended(key: KeyEntry, now: datetime) -> datetime | None:
    """Return since when a key is compromised or retired; ``None`` while it lives."""
    ends = [end for end in (key.compromised_since, key.period.end) if end is not None and end <= now]
    return min(ends, default=None)


def check_issuer(
    record: IssuerRecord,
    credential_type: str,
    key_digest: bytes,
    finding: AnchorFinding,
    basis: Basis,
) -> CheckResult:
    """Check key and accreditation at the decisive time.

    Args:
        record: what the registry holds of the issuer.
        credential_type: the credential's type.
        key_digest: SHA-256 of the signing key's multikey.
        finding: the anchor's result.
        basis: the present moment, decisive for what is not anchored; how far this verifier may be behind the
            chain; the day asked for.
    """
    anchored = finding.anchor.time if finding.anchor else None
    decisive = anchored or basis.now
    detail: dict[str, object] = {"did": record.did, "decisiveTime": format_time(decisive)}
    key = record.key(key_digest)

    # 3.1 The key must be one the issuer has had at all; no time can change that.
    if key is None and key_digest in record.pending_keys:
        return CheckResult(CheckName.ISSUER, Outcome.UNKNOWN, "key_not_final", detail)
    if key is None:
        return CheckResult(CheckName.ISSUER, Outcome.FAIL, "key_not_of_issuer", detail)
    since = key.compromised_since
    if since is not None:
        detail["compromisedSince"] = format_time(since)

    # 3.2 What depends on the decisive time: compromise, the key's period, standing, accreditation.
    problem: str | None = None
    if since is not None and (anchored is None or anchored >= since):
        problem = "key_compromised"
    else:
        problem = record.problem_at(decisive, credential_type, key)

    # 3.3 An anchor that could not be looked up might have another time than now.
    if problem is not None and finding.undecided(key_ended(key, basis.now), basis):
        return CheckResult(CheckName.ISSUER, Outcome.UNKNOWN, "anchor_undecided", detail)
    if problem is not None:
        return CheckResult(CheckName.ISSUER, Outcome.FAIL, problem, detail)

    # 3.4 Not anchored by the day asked for: what it rests on must have held on that day already. It is as
    # genuine as before, only later.
    as_of = basis.as_of
    if as_of is not None and as_of < decisive and record.problem_at(as_of, credential_type, key):
        return CheckResult(CheckName.ISSUER, Outcome.CAUTION, "not_then", detail)
    code = "accredited" if since is None else "anchored_before_compromise"
    return CheckResult(CheckName.ISSUER, Outcome.PASS, code, detail)
