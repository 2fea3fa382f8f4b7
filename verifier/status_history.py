"""Status lists for days gone by: the kept versions, each believed only where the chain's history says so.

"Was it valid on the day of application?" is answered from what this verifier itself has checked. A version
counts for a moment only if the root that the copy of the chain names as current *at that moment* is one
under which the version was checked. Nothing stands in for a version that was not kept.
"""

from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from core.errors import SourceUnavailableError
from core.ports import STATUS_NOT_KEPT, StatusListCopy
from core.trust import IssuerRecord
from verifier.index.reading import Readings
from verifier.status_store import StatusStore


class KeptStatuses:
    """Versions of status lists that were kept (port ``core.ports.StatusHistory``)."""

    def __init__(self, store: StatusStore, readings: Readings) -> None:
        self._store = store
        self._readings = readings

    def status_list_at(self, uri: str, issuer: IssuerRecord, moment: datetime) -> StatusListCopy:
        """Return the version of the list behind ``uri`` that the chain named at a moment gone by.

        Raises:
            SourceUnavailableError: no such version was kept, or copy or database cannot be read.
        """
        reading = self._readings.copy()
        if reading is None:
            raise SourceUnavailableError(
                "Without a copy of the chain nobody can tell which status list was current on that day. "
                "Let INDEX be on and wait until the copy is complete.",
                code="status_history_unavailable",
            )
        if moment > self._readings.reaches(reading.position):
            raise SourceUnavailableError(
                "The copy of the chain does not reach to that day yet. Try again in a moment.",
                code="status_history_unavailable",
            )
        found: list[StatusListCopy] = []
        for submitter in dict.fromkeys(grant.address for grant in issuer.anchorers):
            root = reading.root_at(submitter, moment)
            if root is None or not issuer.publisher_at(submitter, moment, published_at=root.since):
                continue
            try:
                kept = self._store.version_under(uri, submitter, root.sequence)
            except SQLAlchemyError as error:
                raise SourceUnavailableError(
                    f"Kept status lists cannot be read ({type(error).__name__}). Check the database.",
                    code="status_history_unavailable",
                ) from None
            if kept is not None:
                found.append(
                    StatusListCopy(
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
                )
        if not found:
            raise SourceUnavailableError(
                "This verifier kept no version of the status list that the chain named on that day.",
                code=STATUS_NOT_KEPT,
            )
        # Two only while an institution changed its anchorer: the one that was published later.
        return max(found, key=lambda copy: copy.published_at)
