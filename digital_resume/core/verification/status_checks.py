"""The check of a credential's status: the right list, the issuer's, fresh, and the value in it.

That a list's bytes are those whose digest the chain names is the ``StatusSource`` port's promise; here the
list is held against the issuer (its submitter must be one of its anchorers) and against the clock. For a past
day the version counts that the chain named on that day, if the verifier has kept it; no other stands in.
"""

from dataclasses import dataclass
from typing import Final

from digital_resume.core.errors import SourceUnavailableError, StatusError
from digital_resume.core.ports import STATUS_NOT_KEPT, StatusListCopy
from digital_resume.core.status.status_array import Status
from digital_resume.core.trust.issuers import IssuerRecord, IssuerStatus
from digital_resume.core.verification.policy import Basis
from digital_resume.core.verification.verdict import CheckName, CheckResult, Outcome, StatusView, format_time

# Whose silence means nothing any more. A suspended institution's lists are published like any other's.
_PUBLISH_NO_MORE: Final = frozenset({IssuerStatus.CLOSED, IssuerStatus.MERGED})
# What is wrong with a served list is named as such; a code that is not known here is the list's own fault.
_LIST_FAULTS: Final = frozenset({"status_list_outdated", "status_list_differs", "status_not_issuers"})


@dataclass(frozen=True, slots=True)
class StatusFinding:
    """The status' result and, when it could be read, its value."""

    result: CheckResult
    view: StatusView | None = None


def _status(outcome: Outcome, code: str, **detail: object) -> CheckResult:
    return CheckResult(CheckName.STATUS, outcome, code, detail)


def check_status(
    uri: str | None,
    index: int | None,
    record: IssuerRecord | None,
    basis: Basis,
) -> StatusFinding:
    """Check the status at ``index`` of the list ``uri``.

    Args:
        uri: the list the credential names; ``None`` when it names none.
        index: its place in the list.
        record: the issuer's record; ``None`` when the registry could not be read.
        basis: the checked lists, how old one may be, and the day asked for.
    """
    sources, policy, now, as_of = basis.sources, basis.policy, basis.now, basis.as_of
    # 1. A credential without status cannot be withdrawn.
    if uri is None or index is None:
        return StatusFinding(_status(Outcome.NOT_APPLICABLE, "no_status"))
    if record is None:
        return StatusFinding(_status(Outcome.UNKNOWN, "registry_unavailable"))

    # 2. The list, as the chain names it.
    try:
        if as_of is None:
            copy = sources.statuses.status_list(uri, record)
        elif sources.history is not None:
            copy = sources.history.status_list_at(uri, record, as_of)
        else:
            return StatusFinding(_status(Outcome.UNKNOWN, STATUS_NOT_KEPT))
    except SourceUnavailableError as error:
        if error.code == STATUS_NOT_KEPT:
            return StatusFinding(_status(Outcome.UNKNOWN, STATUS_NOT_KEPT))
        return StatusFinding(_status(Outcome.UNKNOWN, "status_unavailable"))
    except StatusError as error:
        code = error.code if error.code in _LIST_FAULTS else "status_list_invalid"
        return StatusFinding(_status(Outcome.UNKNOWN, code))

    # 3. Published in this issuer's name, and by one who may.
    vouched = copy.as_of if as_of is None else as_of
    if copy.uri != uri or not record.publisher_at(copy.submitter, vouched, published_at=copy.published_at):
        return StatusFinding(_status(Outcome.UNKNOWN, "status_not_issuers", submitter=copy.submitter))

    # 4. The value, as of when its publisher last vouched for it.
    told = min(copy.heartbeat, basis.moment)
    seen = format_time(told)
    value = _value(copy, index)
    if value is None:
        return StatusFinding(_status(Outcome.UNKNOWN, "status_index_out_of_range", asOf=seen))
    view = StatusView(value.name.lower(), told)
    if value is Status.REVOKED:
        # Revocation is final: an old list is enough.
        return StatusFinding(_status(Outcome.FAIL, "revoked", asOf=seen), view)

    # 5. Fresh enough for what may change again; a historical root needs no freshness.
    if as_of is None and now - copy.as_of > policy.max_status_age:
        return StatusFinding(_status(Outcome.UNKNOWN, "status_too_old", asOf=seen), view)
    if value is Status.SUSPENDED:
        return StatusFinding(_status(Outcome.FAIL, "suspended", asOf=seen), view)
    if value is Status.SUPERSEDED:
        return StatusFinding(_status(Outcome.CAUTION, "superseded", asOf=seen), view)
    if as_of is None and not copy.current:
        return StatusFinding(_status(Outcome.CAUTION, "in_force_when_last_read", asOf=seen), view)
    silent = basis.moment - told > policy.max_heartbeat_age
    if silent and record.status_at(basis.moment) not in _PUBLISH_NO_MORE:
        # The chain still names it, but whoever should say so is silent: a revocation may wait unpublished.
        return StatusFinding(_status(Outcome.CAUTION, "status_heartbeat_old", asOf=seen), view)
    code = "in_force" if as_of is None else "was_in_force"
    return StatusFinding(_status(Outcome.PASS, code, asOf=seen), view)


def _value(copy: StatusListCopy, index: int) -> Status | None:
    """Read two bits, least significant first (Token Status List); ``None`` out of range."""
    place, shift = index // 4, 2 * (index % 4)
    if not 0 <= index < copy.size or place >= len(copy.statuses):
        return None
    return Status(copy.statuses[place] >> shift & 3)
