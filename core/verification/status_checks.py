"""The check of a credential's status: the right list, the issuer's, fresh, and the value in it.

That a list's bytes are those whose digest the chain names is the ``StatusSource`` port's promise; here the
list is held against the issuer (its submitter must be one of its anchorers) and against the clock.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.errors import SourceUnavailableError, StatusError
from core.ports import StatusListCopy, StatusSource
from core.status.status_array import Status
from core.trust import IssuerRecord, IssuerStatus
from core.verification.policy import Policy
from core.verification.verdict import CheckName, CheckResult, Outcome, StatusView, format_time

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
    *,
    record: IssuerRecord | None,
    statuses: StatusSource,
    now: datetime,
    policy: Policy,
) -> StatusFinding:
    """Check the status at ``index`` of the list ``uri``.

    Args:
        uri: the list the credential names; ``None`` when it names none.
        index: its place in the list.
        record: the issuer's record; ``None`` when the registry could not be read.
        statuses: the checked lists.
        now: present moment.
        policy: how old a list may be.
    """
    # 1. A credential without status cannot be withdrawn.
    if uri is None or index is None:
        return StatusFinding(_status(Outcome.NOT_APPLICABLE, "no_status"))
    if record is None:
        return StatusFinding(_status(Outcome.UNKNOWN, "registry_unavailable"))

    # 2. The list, as the chain names it.
    try:
        copy = statuses.status_list(uri, record)
    except SourceUnavailableError:
        return StatusFinding(_status(Outcome.UNKNOWN, "status_unavailable"))
    except StatusError as error:
        code = error.code if error.code in _LIST_FAULTS else "status_list_invalid"
        return StatusFinding(_status(Outcome.UNKNOWN, code))

    # 3. Published in this issuer's name, and by one who may.
    if copy.uri != uri or not record.publisher_at(copy.submitter, copy.as_of, published_at=copy.published_at):
        return StatusFinding(_status(Outcome.UNKNOWN, "status_not_issuers", submitter=copy.submitter))

    # 4. The value, as of when its publisher last vouched for it.
    as_of = format_time(copy.heartbeat)
    value = _value(copy, index)
    if value is None:
        return StatusFinding(_status(Outcome.UNKNOWN, "status_index_out_of_range", asOf=as_of))
    view = StatusView(value.name.lower(), copy.heartbeat)
    if value is Status.REVOKED:
        # Revocation is for ever: an old list is enough.
        return StatusFinding(_status(Outcome.FAIL, "revoked", asOf=as_of), view)

    # 5. Fresh enough for what may change again.
    if now - copy.as_of > policy.max_status_age:
        return StatusFinding(_status(Outcome.UNKNOWN, "status_too_old", asOf=as_of), view)
    if value is Status.SUSPENDED:
        return StatusFinding(_status(Outcome.FAIL, "suspended", asOf=as_of), view)
    if value is Status.SUPERSEDED:
        return StatusFinding(_status(Outcome.CAUTION, "superseded", asOf=as_of), view)
    if not copy.current:
        return StatusFinding(_status(Outcome.CAUTION, "in_force_when_last_read", asOf=as_of), view)
    if now - copy.heartbeat > policy.max_heartbeat_age and record.status_at(now) is IssuerStatus.ACTIVE:
        # The chain still names it, but whoever should say so is silent: a revocation may wait unpublished.
        return StatusFinding(_status(Outcome.CAUTION, "status_heartbeat_old", asOf=as_of), view)
    return StatusFinding(_status(Outcome.PASS, "in_force", asOf=as_of), view)


def _value(copy: StatusListCopy, index: int) -> Status | None:
    """Read two bits, least significant first (Token Status List); ``None`` out of range."""
    place, shift = index // 4, 2 * (index % 4)
    if not 0 <= index < copy.size or place >= len(copy.statuses):
        return None
    return Status(copy.statuses[place] >> shift & 3)
