"""Where the checked copies of status lists are kept: PostgreSQL, with the newest ones in memory.

Synchronous, because the ports are: the pipeline runs in threads. A database that is away costs the
copies that are not in memory, never a verdict that could still be had from the issuer.
"""

import logging
import zlib
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, create_engine, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from adapters.chain.status_registry import StatusHead
from adapters.database.engine import sqlalchemy_url
from adapters.status_lists.checking import CheckedList
from adapters.status_lists.stores import MARK_EVERY, MAX_SUBMITTERS, Memory, seen
from verifier.models import StatusCopy

log = logging.getLogger(__name__)


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
    """The newest checked version of every list, a submitter each, and the older ones that were seen."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._memory = Memory()

    def load(self, uri: str) -> tuple[CheckedList, ...]:
        """Return the newest copies of a list; empty when there is none or they cannot be read."""
        return self._memory.load(uri) or self.reload(uri)

    def reload(self, uri: str) -> tuple[CheckedList, ...]:
        """Return the newest copies of a list from the database, where another process may have put them."""
        try:
            with self._engine.connect() as connection:
                rows = connection.execute(
                    select(StatusCopy.__table__)
                    .where(StatusCopy.uri == uri, StatusCopy.newest)
                    .order_by(StatusCopy.seen_at.desc())
                    .limit(MAX_SUBMITTERS)
                ).all()
        except SQLAlchemyError as error:
            log.warning("Copies of status lists cannot be read (%s).", type(error).__name__)
            return self._memory.load(uri)
        for row in rows:
            self._memory.put(
                CheckedList(
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
                    published_at=row.published_at,
                    heartbeat=row.heartbeat,
                )
            )
        return self._memory.load(uri)

    def store(self, checked: CheckedList) -> None:
        """Keep a version that was just checked; one older than the same submitter's kept one is not."""
        self._memory.put(checked)
        values = {
            "uri": checked.uri,
            "submitter": checked.submitter,
            "sequence": checked.sequence,
            "newest": True,
            "issuer": checked.issuer,
            "size": checked.size,
            "digest": checked.digest,
            "statuses": zlib.compress(checked.statuses, 6),
            "root": checked.root,
            "checked_at": checked.checked_at,
            "seen_at": checked.seen_at,
            "published_at": checked.published_at,
            "heartbeat": checked.heartbeat,
        }
        key = ("uri", "submitter", "sequence")
        statement = insert(StatusCopy).values(values)
        ours = (StatusCopy.uri == checked.uri, StatusCopy.submitter == checked.submitter)
        try:
            with self._engine.begin() as connection:
                # Two processes may check the same list: one row at a time, the newest version wins.
                connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(checked.uri, 7))))
                newest = connection.execute(select(func.max(StatusCopy.sequence)).where(*ours)).scalar()
                if newest is not None and newest > checked.sequence:
                    return
                connection.execute(
                    update(StatusCopy)
                    .where(*ours, StatusCopy.sequence != checked.sequence)
                    .values(newest=False)
                )
                # Every column: a row never mixes what two different lists said.
                connection.execute(
                    statement.on_conflict_do_update(
                        index_elements=list(key),
                        set_={name: statement.excluded[name] for name in values if name not in key},
                    )
                )
        except SQLAlchemyError as error:
            log.warning("A copy of a status list could not be stored (%s).", type(error).__name__)

    def mark_seen(self, checked: CheckedList, head: StatusHead) -> None:
        """Note that the chain still names this version's root."""
        self._memory.put(seen(checked, head))
        try:
            with self._engine.begin() as connection:
                connection.execute(
                    update(StatusCopy)
                    .where(
                        StatusCopy.uri == checked.uri,
                        StatusCopy.submitter == checked.submitter,
                        StatusCopy.sequence == checked.sequence,
                    )
                    .values(**_seen(head))
                )
        except SQLAlchemyError as error:
            log.warning("A copy of a status list could not be marked (%s).", type(error).__name__)

    def mark_root_seen(self, submitter: str, head: StatusHead) -> None:
        """Note that the chain still names a root, for all lists under it.

        Raises:
            SQLAlchemyError: the database is away.
        """
        with self._engine.begin() as connection:
            connection.execute(
                update(StatusCopy)
                .where(
                    StatusCopy.newest,
                    StatusCopy.submitter == submitter,
                    StatusCopy.root == head.root,
                    StatusCopy.seen_at < head.read_at - MARK_EVERY,
                )
                .values(**_seen(head))
            )

    def known(self, limit: int) -> list[tuple[str, str, str, bytes]]:
        """Return URI, issuer, submitter and root of known lists, those seen longest ago first.

        Raises:
            SQLAlchemyError: the database is away.
        """
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(StatusCopy.uri, StatusCopy.issuer, StatusCopy.submitter, StatusCopy.root)
                .where(StatusCopy.newest)
                .order_by(StatusCopy.seen_at)
                .limit(limit)
            )
            return [(row.uri, row.issuer, row.submitter, row.root) for row in rows]

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


def _seen(head: StatusHead) -> dict[str, Any]:
    return {
        "seen_at": func.greatest(StatusCopy.seen_at, head.read_at),
        "heartbeat": func.greatest(StatusCopy.heartbeat, head.heartbeat),
    }
