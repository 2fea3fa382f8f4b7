"""Where the checked copies of status lists are kept: PostgreSQL, with the newest ones in memory.

Synchronous, because the ports are: the pipeline runs in threads. A database that is away costs the
copies that are not in memory, never a verdict that could still be had from the issuer.
"""

import logging
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, and_, create_engine, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from digital_resume.adapters.database.engine import sqlalchemy_url
from digital_resume.adapters.retention_clock import HOLD, RetentionClock
from digital_resume.adapters.status_lists.checking import CheckedList
from digital_resume.adapters.status_lists.stores import MARK_EVERY, MAX_SUBMITTERS, Memory, seen
from digital_resume.core.trust.logs import StatusHead
from verifier.models import StatusCopy, StatusRoot, StatusSpan

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


@dataclass(frozen=True, slots=True)
class KeptVersion:
    """A version of a list that was kept: the canonical array, its entries and its number."""

    statuses: bytes
    size: int
    sequence: int


class StatusStore:
    """The newest checked version of every list, a submitter each, and the older ones that were seen."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._memory = Memory()

    def load(self, uri: str) -> tuple[CheckedList, ...]:
        """Return the newest copies of a list; empty when there is none or they cannot be read."""
        return self._memory.load(uri) or self.reload(uri)

    def reload(self, uri: str) -> tuple[CheckedList, ...]:
        """Return the newest copies of a list from the database, where another process may have put them."""
        try:
            with self.engine.connect() as connection:
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

    def version_under(self, uri: str, submitter: str, root_sequence: int) -> KeptVersion | None:
        """Return the version of a list that was checked under one of a submitter's roots.

        Args:
            uri: the list.
            submitter: who published the root, EIP-55.
            root_sequence: the root's number on ``StatusRegistry``.

        Raises:
            SQLAlchemyError: the database is away.
        """
        with self.engine.connect() as connection:
            row = connection.execute(
                select(StatusCopy.statuses, StatusCopy.size, StatusCopy.sequence)
                .join(
                    StatusSpan,
                    and_(
                        StatusSpan.uri == StatusCopy.uri,
                        StatusSpan.submitter == StatusCopy.submitter,
                        StatusSpan.version == StatusCopy.sequence,
                    ),
                )
                .where(
                    StatusCopy.uri == uri,
                    StatusCopy.submitter == submitter,
                    StatusSpan.first <= root_sequence,
                    StatusSpan.last >= root_sequence,
                )
                .limit(1)
            ).first()
        return KeptVersion(zlib.decompress(row.statuses), row.size, row.sequence) if row else None

    def fetched_after(self, uri: str, submitter: str, moment: datetime) -> bool:
        """Tell whether its server still gave a list out under a submitter's roots after a moment.

        Raises:
            SQLAlchemyError: the database is away.
        """
        later = exists().where(
            StatusCopy.uri == uri, StatusCopy.submitter == submitter, StatusCopy.checked_at > moment
        )
        with self.engine.connect() as connection:
            return bool(connection.execute(select(later)).scalar_one())

    def prune_history(self, clock: RetentionClock, kept_for: timedelta) -> None:
        """Forget versions, and under which roots they were, that were last seen longer ago than ``kept_for``.

        Raises:
            ClockInDoubtError: the clocks disagree; nothing is forgotten.
            SQLAlchemyError: the database is away.
        """
        with self.engine.begin() as connection:
            before = clock.moment_now(connection) - kept_for - HOLD
            connection.execute(delete(StatusSpan).where(StatusSpan.seen_at < before))
            connection.execute(
                delete(StatusCopy).where(StatusCopy.newest.is_(False), StatusCopy.seen_at < before)
            )

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
            with self.engine.begin() as connection:
                # Two processes may check the same list: one row at a time, the newest version wins.
                connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(checked.uri, 7))))
                newest = connection.execute(select(func.max(StatusCopy.sequence)).where(*ours)).scalar()
                if newest is not None and newest > checked.sequence:
                    return
                # The row is about to name another root: under which one it was is written down first.
                note_spans(connection, checked.submitter, checked.uri)
                # Another list under a number that was there already cannot stand in a historical verdict.
                connection.execute(
                    delete(StatusSpan).where(
                        StatusSpan.uri == checked.uri,
                        StatusSpan.submitter == checked.submitter,
                        StatusSpan.version == checked.sequence,
                        exists().where(
                            *ours,
                            StatusCopy.sequence == checked.sequence,
                            or_(StatusCopy.digest != checked.digest, StatusCopy.size != checked.size),
                        ),
                    )
                )
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
                note_spans(connection, checked.submitter, checked.uri)
        except SQLAlchemyError as error:
            log.warning("A copy of a status list could not be stored (%s).", type(error).__name__)

    def mark_seen(self, checked: CheckedList, head: StatusHead) -> None:
        """Note that the chain still names this version's root."""
        self._memory.put(seen(checked, head))
        try:
            with self.engine.begin() as connection:
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
        with self.engine.begin() as connection:
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
            note_spans(connection, submitter)

    def known(self, limit: int) -> list[tuple[str, str, str, bytes]]:
        """Return URI, issuer, submitter and root of known lists, the least recently seen first.

        Raises:
            SQLAlchemyError: the database is away.
        """
        with self.engine.connect() as connection:
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
        with self.engine.connect() as connection:
            row = connection.execute(
                select(func.count(), func.min(StatusCopy.seen_at)).where(StatusCopy.newest)
            ).one()
        return int(row[0]), row[1]

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _seen(head: StatusHead) -> dict[str, Any]:
    return {
        "seen_at": func.greatest(StatusCopy.seen_at, head.read_at),
        "heartbeat": func.greatest(StatusCopy.heartbeat, head.heartbeat),
    }


def note_spans(connection: Connection, submitter: str, uri: str | None = None) -> None:
    """Write down under which of the chain's roots the newest versions of a submitter's lists were checked.

    A root covers a version whenever it is current, so every number under which the index has that root
    counts. Runs of numbers without a gap are one row.

    Args:
        connection: in a transaction.
        submitter: whose lists.
        uri: one list; ``None`` for all of them.
    """
    span = StatusSpan.__table__.alias("covering")
    found = (
        select(
            StatusCopy.uri,
            StatusCopy.submitter,
            StatusRoot.sequence,
            StatusCopy.sequence.label("version"),
            StatusCopy.seen_at,
        )
        .join(
            StatusRoot, and_(StatusRoot.submitter == StatusCopy.submitter, StatusRoot.root == StatusCopy.root)
        )
        .where(
            StatusCopy.submitter == submitter,
            StatusCopy.newest,
            ~exists().where(
                span.c.uri == StatusCopy.uri,
                span.c.submitter == StatusCopy.submitter,
                span.c.first <= StatusRoot.sequence,
                span.c.last >= StatusRoot.sequence,
            ),
        )
        .order_by(StatusCopy.uri, StatusRoot.sequence)
        # A rollback of one of these roots waits for us, and shortens the spans then.
        .with_for_update(read=True, of=StatusRoot)
    )
    if uri is not None:
        found = found.where(StatusCopy.uri == uri)
    for row in connection.execute(found).all():
        longer = connection.execute(
            update(StatusSpan)
            .where(
                StatusSpan.uri == row.uri,
                StatusSpan.submitter == row.submitter,
                StatusSpan.version == row.version,
                StatusSpan.last == row.sequence - 1,
            )
            .values(last=row.sequence, seen_at=row.seen_at)
        )
        if longer.rowcount == 0:
            connection.execute(
                insert(StatusSpan)
                .values(
                    uri=row.uri,
                    submitter=row.submitter,
                    first=row.sequence,
                    last=row.sequence,
                    version=row.version,
                    seen_at=row.seen_at,
                )
                .on_conflict_do_nothing()
            )
