"""Where the checked copies of status lists are kept: PostgreSQL, with the newest ones in memory.

Synchronous, because the ports are: the pipeline runs in threads. A database that is away costs the
copies that are not in memory, never a verdict that could still be had from the issuer.
"""

import logging
import threading
import zlib
from collections import OrderedDict
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Engine, create_engine, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from adapters.database.engine import sqlalchemy_url
from verifier.models import StatusCopy
from verifier.status_lists import CheckedList

log = logging.getLogger(__name__)

_IN_MEMORY = 512
#: How often the moment at which a copy was last seen current is written, at most.
MARK_EVERY = timedelta(seconds=30)


def open_engine(database_url: str, *, pool_size: int = 4) -> Engine:
    """Make the verifier's synchronous engine."""
    return create_engine(
        sqlalchemy_url(database_url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        pool_timeout=5,
        hide_parameters=True,
        connect_args={"connect_timeout": 3, "options": "-c timezone=UTC -c statement_timeout=15000"},
    )


class StatusStore:
    """The newest checked version of every list, and the older ones that were seen."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._memory: OrderedDict[str, CheckedList] = OrderedDict()

    def load(self, uri: str) -> CheckedList | None:
        """Return the newest copy of a list; ``None`` when there is none or it cannot be read."""
        with self._lock:
            kept = self._memory.get(uri)
            if kept is not None:
                self._memory.move_to_end(uri)
                return kept
        return self.reload(uri)

    def reload(self, uri: str) -> CheckedList | None:
        """Return the newest copy of a list from the database, where another process may have put it."""
        with self._lock:
            kept = self._memory.get(uri)
        try:
            with self._engine.connect() as connection:
                row = connection.execute(
                    select(StatusCopy.__table__).where(StatusCopy.uri == uri, StatusCopy.newest)
                ).first()
        except SQLAlchemyError as error:
            log.warning("Copies of status lists cannot be read (%s).", type(error).__name__)
            return kept
        if row is None or (kept is not None and kept.sequence > row.sequence):
            return kept
        found = CheckedList(
            uri=row.uri,
            issuer=row.issuer,
            size=row.size,
            sequence=row.sequence,
            digest=row.digest,
            statuses=zlib.decompress(row.statuses),
            submitter=row.submitter,
            root=row.root,
            checked_at=row.checked_at,
            seen_at=row.seen_at,
        )
        self._remember(found)
        return found

    def store(self, checked: CheckedList) -> None:
        """Keep a version that was just checked; a version that is older than the kept one is not."""
        with self._lock:
            kept = self._memory.get(checked.uri)
        if kept is not None and kept.sequence > checked.sequence:
            return
        self._remember(checked)
        values = {
            "uri": checked.uri,
            "sequence": checked.sequence,
            "newest": True,
            "issuer": checked.issuer,
            "size": checked.size,
            "digest": checked.digest,
            "statuses": zlib.compress(checked.statuses, 6),
            "submitter": checked.submitter,
            "root": checked.root,
            "checked_at": checked.checked_at,
            "seen_at": checked.seen_at,
        }
        statement = insert(StatusCopy).values(values)
        try:
            with self._engine.begin() as connection:
                # Two processes may check the same list: one row at a time, the newest version wins.
                connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(checked.uri, 7))))
                newest = connection.execute(
                    select(func.max(StatusCopy.sequence)).where(StatusCopy.uri == checked.uri)
                ).scalar()
                if newest is not None and newest > checked.sequence:
                    return
                connection.execute(
                    update(StatusCopy)
                    .where(StatusCopy.uri == checked.uri, StatusCopy.sequence != checked.sequence)
                    .values(newest=False)
                )
                connection.execute(
                    statement.on_conflict_do_update(
                        index_elements=[StatusCopy.uri, StatusCopy.sequence],
                        set_={
                            "newest": True,
                            "root": statement.excluded.root,
                            "submitter": statement.excluded.submitter,
                            "checked_at": statement.excluded.checked_at,
                            "seen_at": statement.excluded.seen_at,
                        },
                    )
                )
        except SQLAlchemyError as error:
            log.warning("A copy of a status list could not be stored (%s).", type(error).__name__)

    def mark_seen(self, checked: CheckedList, moment: datetime) -> None:
        """Note that the chain still named this version's root at ``moment``."""
        self._remember(replace(checked, seen_at=moment))
        try:
            with self._engine.begin() as connection:
                connection.execute(
                    update(StatusCopy)
                    .where(StatusCopy.uri == checked.uri, StatusCopy.sequence == checked.sequence)
                    .values(seen_at=func.greatest(StatusCopy.seen_at, moment))
                )
        except SQLAlchemyError as error:
            log.warning("A copy of a status list could not be marked (%s).", type(error).__name__)

    def mark_root_seen(self, submitter: str, root: bytes, moment: datetime) -> None:
        """Note that the chain still named ``root`` at ``moment``, for all lists under it.

        Raises:
            SQLAlchemyError: the database is away.
        """
        with self._engine.begin() as connection:
            connection.execute(
                update(StatusCopy)
                .where(
                    StatusCopy.newest,
                    StatusCopy.submitter == submitter,
                    StatusCopy.root == root,
                    StatusCopy.seen_at < moment - MARK_EVERY,
                )
                .values(seen_at=moment)
            )

    def known(self, limit: int) -> list[tuple[str, str, bytes]]:
        """Return URI, submitter and root of known lists, those seen longest ago first.

        Raises:
            SQLAlchemyError: the database is away.
        """
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(StatusCopy.uri, StatusCopy.submitter, StatusCopy.root)
                .where(StatusCopy.newest)
                .order_by(StatusCopy.seen_at)
                .limit(limit)
            )
            return [(row.uri, row.submitter, row.root) for row in rows]

    def count(self) -> tuple[int, datetime | None]:
        """Return how many lists are kept, and the time for which the stalest is vouched.

        Raises:
            SQLAlchemyError: the database is away.
        """
        with self._engine.connect() as connection:
            row = connection.execute(
                select(func.count(), func.min(StatusCopy.seen_at)).where(StatusCopy.newest)
            ).one()
        return int(row[0]), row[1]

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _remember(self, checked: CheckedList) -> None:
        with self._lock:
            self._memory[checked.uri] = checked
            self._memory.move_to_end(checked.uri)
            if len(self._memory) > _IN_MEMORY:
                self._memory.popitem(last=False)
