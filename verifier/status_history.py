"""Historical status lists: the kept versions, each believed only where the chain's history says so.

"Was it valid on the day of application?" is answered from what this verifier itself has checked. A version
counts for a moment only if the root that the index of the chain names as current *at that moment* is one
under which the version was checked. Nothing stands in for a version that was not kept: not an older one, and
not the one under another anchorer's older root.
"""

from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from digital_resume.core.errors import SourceUnavailableError
from digital_resume.core.ports import STATUS_NOT_KEPT, StatusListCopy
from digital_resume.core.trust.issuers import IssuerRecord
from verifier.index.position import RootPeriod
from verifier.index.reading import Readings
from verifier.status_store import KeptVersion, StatusStore


class KeptStatuses:
    """Versions of status lists that were kept (port ``digital_resume.core.ports.StatusHistory``)."""

    def __init__(self, store: StatusStore, readings: Readings) -> None:
        self._store = store
        self._readings = readings

    def status_list_at(self, uri: str, issuer: IssuerRecord, moment: datetime) -> StatusListCopy:
        """Return the version of the list behind ``uri`` that the chain named at a past moment.

        Raises:
            SourceUnavailableError: no such version was kept, or index or database cannot be read.
        """
        reading = self._readings.index()
        if reading is None:
            raise SourceUnavailableError(
                "Without an index of the chain nobody can tell which status list was current on that day. "
                "Let INDEX be on and wait until the index is complete.",
                code="status_history_unavailable",
            )
        if moment > self._readings.reaches(reading.position):
            raise SourceUnavailableError(
                "The index of the chain does not reach to that day yet. Try again in a moment.",
                code="status_history_unavailable",
            )
        found: list[StatusListCopy] = []
        missed: list[RootPeriod] = []
        try:
            for submitter in dict.fromkeys(grant.address for grant in issuer.anchorers):
                root = reading.root_at(submitter, moment)
                if root is None or not issuer.publisher_at(submitter, moment, published_at=root.since):
                    continue
                kept = self._store.version_under(uri, submitter, root.sequence)
                if kept is None:
                    missed.append(root)
                else:
                    found.append(_copy(uri, submitter, kept, root, moment))
            # Two only while an institution changed its anchorer: the one that was published later.
            newest = max(found, key=lambda copy: copy.published_at, default=None)
            if newest is not None and self._moved(newest, missed, moment):
                newest = None
        except SQLAlchemyError as error:
            raise SourceUnavailableError(
                f"Kept status lists cannot be read ({type(error).__name__}). Check the database.",
                code="status_history_unavailable",
            ) from None
        if newest is None:
            raise SourceUnavailableError(
                "This verifier kept no version of the status list that the chain named on that day.",
                code=STATUS_NOT_KEPT,
            )
        return newest

    def _moved(self, copy: StatusListCopy, missed: list[RootPeriod], moment: datetime) -> bool:
        """Tell whether the list may have been another anchorer's by then, under a newer root not kept.

        It was not when its server still gave it out under this one's roots afterwards: an institution hands
        its lists over to a new anchorer once.
        """
        newer = any(root.since >= copy.published_at for root in missed)
        return newer and not self._store.fetched_after(copy.uri, copy.submitter, moment)


def _copy(uri: str, submitter: str, kept: KeptVersion, root: RootPeriod, moment: datetime) -> StatusListCopy:
    return StatusListCopy(
        uri=uri,
        statuses=kept.statuses,
        size=kept.size,
        sequence=kept.sequence,
        submitter=submitter,
        as_of=moment,
        current=False,
        published_at=root.since,
        heartbeat=root.heartbeat,
    )
