"""Where the index of the chain is kept: facts, blocks and cursor come and go in one transaction.

Whoever writes says which block it believed to be the newest in the index. When that is not so any more,
because another process wrote or somebody asked for the index to be rebuilt, nothing is written.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from digital_resume.adapters.chain.client import Block
from digital_resume.adapters.chain.deployments import Deployments
from digital_resume.adapters.chain.events import LoggedEvent
from digital_resume.core.errors import ResumeError
from digital_resume.core.trust.events import AnchorerChanged, RegistryEvent
from verifier.index.position import Position, RootPeriod
from verifier.index.rows import FACTS, check_sequences, decode_event, fact_of_row, write_facts
from verifier.index.spans import cut_spans, shorten_spans
from verifier.models import (
    AnchoredRoot,
    IndexBlock,
    IndexState,
    RegistryEventRow,
    StatusHeartbeatRow,
    StatusRoot,
    StatusRootBefore,
    StatusSpan,
)


class IndexMovedError(ResumeError):
    """The index is not where its writer believed it to be; nothing was written."""

    code = "index_moved"


def pins_of(deployments: Deployments) -> str:
    """Return what the index is an index of: the chain and the contracts."""
    addresses = [contract.address for contract in deployments.contracts.values()]
    return " ".join([deployments.caip2, deployments.genesis_hash, *addresses])


class IndexStore:
    """The index of one chain's events.

    Args:
        engine: the verifier's database.
        deployments: the pinned chain; an index of another one is as none.
        keep_blocks: blocks below the newest whose hashes are all kept.
    """

    def __init__(self, engine: Engine, deployments: Deployments, *, keep_blocks: int = 64) -> None:
        self.engine = engine
        self._pins = pins_of(deployments)
        self.keep_blocks = keep_blocks

    # --- reading ----------------------------------------------------------------------------------------

    def position(self, connection: Connection | None = None) -> Position | None:
        """Return how far the index has come; ``None`` when there is none of this chain.

        Raises:
            SQLAlchemyError: the database is away.
        """
        statement = select(IndexState.__table__).where(IndexState.pins == self._pins)
        if connection is not None:
            row = connection.execute(statement).first()
        else:
            with self.engine.connect() as own:
                row = own.execute(statement).first()
        if row is None:
            return None
        return Position(
            generation=row.generation,
            first_block=row.first_block,
            block=row.block_number,
            block_hash=row.block_hash,
            block_time=row.block_time,
            head=row.head_number,
            confirmed_at=row.confirmed_at,
            ready=row.ready,
        )

    def registry_events(self, issuer_id: bytes) -> list[tuple[int, RegistryEvent]]:
        """Return an institution's events with their blocks' numbers, in the chain's order."""
        with self.engine.connect() as connection:
            rows = connection.execute(
                select(RegistryEventRow.block_number, RegistryEventRow.name, RegistryEventRow.members)
                .where(RegistryEventRow.issuer_id == issuer_id)
                .order_by(RegistryEventRow.block_number, RegistryEventRow.log_index)
            ).all()
        return [(row.block_number, decode_event(row.name, issuer_id, row.members)) for row in rows]

    def issuer_ids(self, block: int) -> list[bytes]:
        """Return the ids of all institutions that were there at a block."""
        with self.engine.connect() as connection:
            return list(
                connection.execute(
                    select(RegistryEventRow.issuer_id)
                    .where(RegistryEventRow.block_number <= block)
                    .distinct()
                    .order_by(RegistryEventRow.issuer_id)
                ).scalars()
            )

    def anchored(self, submitter: str, root: bytes) -> tuple[datetime, int] | None:
        """Return when a submitter (EIP-55) first anchored a root, and in which block."""
        with self.engine.connect() as connection:
            row = connection.execute(
                select(AnchoredRoot.anchored_at, AnchoredRoot.block_number).where(
                    AnchoredRoot.submitter == submitter, AnchoredRoot.root == root
                )
            ).first()
        return (row.anchored_at, row.block_number) if row else None

    def status_root(
        self, submitter: str, at: datetime | None = None, *, block: int | None = None
    ) -> RootPeriod | None:
        """Return a submitter's (EIP-55) current root, or the one that was current at a moment or block."""
        wanted = select(StatusRoot.__table__).where(StatusRoot.submitter == submitter)
        beats = select(func.max(StatusHeartbeatRow.said_at)).where(StatusHeartbeatRow.submitter == submitter)
        if block is not None:
            wanted = wanted.where(StatusRoot.block_number <= block)
            beats = beats.where(StatusHeartbeatRow.block_number <= block)
        if at is not None:
            wanted = wanted.where(StatusRoot.since <= at)
        with self.engine.connect() as connection:
            # Sequence and time grow together; this order is the one of an index where a moment is asked for.
            newest = (StatusRoot.since.desc(), StatusRoot.sequence.desc())
            row = connection.execute(
                wanted.order_by(*(newest if at is not None else newest[1:])).limit(1)
            ).first()
            if row is None:
                return None
            said = connection.execute(beats.where(StatusHeartbeatRow.sequence == row.sequence)).scalar()
        return RootPeriod(row.root, row.sequence, row.since, max(said or row.since, row.since))

    def facts(self, first: int, last: int) -> dict[tuple[str, int, str], int]:
        """Return every stored fact of some blocks as ``(kind, block, what)`` and how often it is there."""
        found: dict[tuple[str, int, str], int] = {}
        with self.engine.connect() as connection:
            for table in FACTS:
                block = table.block_number
                for row in connection.execute(
                    select(table.__table__).where(block.between(first, last))
                ).mappings():
                    key = fact_of_row(table, dict(row))
                    found[key] = found.get(key, 0) + 1
        return found

    def counts(self) -> dict[str, int]:
        """Return how many institutions, roots and status roots are in the index."""
        with self.engine.connect() as connection:
            return {
                "institutions": connection.execute(
                    select(func.count(func.distinct(RegistryEventRow.issuer_id)))
                ).scalar_one(),
                "anchoredRoots": connection.execute(
                    select(func.count()).select_from(AnchoredRoot)
                ).scalar_one(),
                "statusRoots": connection.execute(select(func.count()).select_from(StatusRoot)).scalar_one(),
            }

    def anchorers_roots(self, block: int, most: int | None) -> list[tuple[str, bytes, datetime]]:
        """Return roots that institutions' anchorers anchored up to a block: submitter, root, time.

        Args:
            block: the newest block that counts.
            most: how many, taken by chance where there are more; ``None`` for all.
        """
        wanted = select(AnchoredRoot.submitter, AnchoredRoot.root, AnchoredRoot.anchored_at).where(
            AnchoredRoot.block_number <= block, AnchoredRoot.submitter.in_(_granted(block))
        )
        if most is not None:
            wanted = wanted.order_by(func.random()).limit(most)
        with self.engine.connect() as connection:
            return [(row.submitter, row.root, row.anchored_at) for row in connection.execute(wanted)]

    def anchorers(self, block: int) -> list[str]:
        """Return everybody whom an institution made its anchorer up to a block, ended periods included."""
        with self.engine.connect() as connection:
            return sorted(connection.execute(_granted(block)).scalars())

    def kept_blocks(self, connection: Connection) -> list[tuple[int, str]]:
        """Return numbers and hashes of the blocks that are remembered, the oldest first."""
        rows = connection.execute(select(IndexBlock.number, IndexBlock.hash).order_by(IndexBlock.number))
        return [(row.number, row.hash) for row in rows]

    # --- writing ----------------------------------------------------------------------------------------

    def append(
        self,
        connection: Connection,
        before: Position | None,
        blocks: Sequence[Block],
        events: Sequence[LoggedEvent],
        *,
        first_block: int,
        head: int,
        now: datetime,
        filling: bool = False,
    ) -> Position:
        """Add blocks and their events after the newest block, in one transaction.

        Args:
            connection: where, outside a transaction.
            before: where the index is believed to be; ``None`` for an empty one.
            blocks: the blocks whose headers were read, the last one being the new end.
            events: all events from the block after the newest up to the new end.
            first_block: where the contracts begin.
            head: number of the chain's newest block.
            now: present moment.
            filling: whether this is a chunk of the back-fill, whose end is remembered for good.

        Raises:
            EventsMissingError: the events cannot be all; nothing was written.
            IndexMovedError: the index is somewhere else.
            SQLAlchemyError: the database is away.
        """
        end = blocks[-1]
        values = {
            "block_number": end.number,
            "block_hash": end.hash,
            "block_time": end.time,
            "head_number": head,
            "confirmed_at": now,
        }
        if end.number < head:
            values.pop("confirmed_at")
        if filling:
            values["ready"] = False  # what was read by ranges is compared before verdicts rest on it
        with connection.begin():
            if before is None:
                other = connection.execute(select(IndexState.pins)).first()
                self._clear(connection, spans=other is not None)
                connection.execute(
                    insert(IndexState).values(
                        id=1,
                        pins=self._pins,
                        generation=int(now.timestamp() * 1000),
                        first_block=first_block,
                        **{**values, "confirmed_at": now, "ready": False},
                    )
                )
            else:
                self._move(connection, before, values)
            check_sequences(connection, events)
            write_facts(connection, events)
            hashes = {event.block_number: (event.block_hash, True) for event in events}
            for block in blocks:
                hashes[block.number] = (block.hash, filling or block.number in hashes)
            connection.execute(
                insert(IndexBlock),
                [{"number": n, "hash": h, "lasting": kept} for n, (h, kept) in sorted(hashes.items())],
            )
            oldest = end.number - self.keep_blocks
            connection.execute(
                delete(IndexBlock).where(IndexBlock.number < oldest, IndexBlock.lasting.is_(False))
            )
            position = self.position(connection)
        assert position is not None
        return position

    def confirm(self, connection: Connection, before: Position, *, head: int, now: datetime) -> Position:
        """Note that the chain has nothing more than the index holds.

        Raises:
            IndexMovedError: the index is somewhere else.
        """
        with connection.begin():
            if not before.ready:
                shorten_spans(connection)
                cut_spans(connection)
            self._move(connection, before, {"head_number": head, "confirmed_at": now, "ready": True})
            position = self.position(connection)
        assert position is not None
        return position

    def distrust(self, connection: Connection, before: Position) -> None:
        """Note that the index is not what the contracts answer: no verdict rests on it until it is.

        Raises:
            IndexMovedError: the index is somewhere else.
        """
        with connection.begin():
            self._move(connection, before, {"ready": False})

    def take_back(self, connection: Connection, before: Position, to: Block | None) -> Position | None:
        """Remove everything above a block that the chain still has; everything when there is none.

        Raises:
            IndexMovedError: the index is somewhere else.
        """
        with connection.begin():
            if to is None:
                self._move(connection, before, {"generation": before.generation + 1})
                self._clear(connection, spans=True)
                return None
            values = {
                "block_number": to.number,
                "block_hash": to.hash,
                "block_time": to.time,
                "generation": before.generation + 1,
                # Until the chain is followed again the index does not pass for fresh.
                "confirmed_at": min(before.confirmed_at, to.time),
            }
            self._move(connection, before, values)
            for table in FACTS:
                connection.execute(delete(table).where(table.block_number > to.number))
            connection.execute(delete(IndexBlock).where(IndexBlock.number > to.number))
            shorten_spans(connection)
            return self.position(connection)

    def forget(self, connection: Connection) -> None:
        """Empty the index: whoever follows the chain starts again.

        Under which roots kept status lists were checked no chain can give back, so that stays. The index may
        have been wrong about the roots' numbers: they are set aside, and a span is cut where the new index
        has another root under a number, or none (``confirm``).
        """
        with connection.begin():
            former = select(StatusRoot.submitter, StatusRoot.sequence, StatusRoot.root)
            connection.execute(
                insert(StatusRootBefore)
                .from_select(["submitter", "sequence", "root"], former)
                # Set aside before and not held against a whole index since: what spans mean is that.
                .on_conflict_do_nothing()
            )
            self._clear(connection, spans=False)

    def prune_heartbeats(self, connection: Connection, below: int) -> None:
        """Drop heartbeats of old blocks that later ones of the same root have overtaken."""
        later = StatusHeartbeatRow.__table__.alias("later")
        with connection.begin():
            connection.execute(
                delete(StatusHeartbeatRow).where(
                    StatusHeartbeatRow.block_number < below,
                    select(later.c.block_number)
                    .where(
                        later.c.submitter == StatusHeartbeatRow.submitter,
                        later.c.sequence == StatusHeartbeatRow.sequence,
                        later.c.block_number > StatusHeartbeatRow.block_number,
                        later.c.block_number < below,
                    )
                    .exists(),
                )
            )

    def _move(self, connection: Connection, before: Position, values: Mapping[str, Any]) -> None:
        moved = connection.execute(
            update(IndexState)
            .where(
                IndexState.pins == self._pins,
                IndexState.generation == before.generation,
                IndexState.block_number == before.block,
                IndexState.block_hash == before.block_hash,
            )
            .values(**values)
        )
        if moved.rowcount != 1:
            raise IndexMovedError("The index of the chain was changed by somebody else in the meantime.")

    def _clear(self, connection: Connection, *, spans: bool) -> None:
        connection.execute(text("set local statement_timeout = 0"))
        for table in (IndexState, *FACTS, IndexBlock, *((StatusSpan, StatusRootBefore) if spans else ())):
            connection.execute(delete(table))


def _granted(block: int) -> Select[str]:
    """Select the addresses that institutions made their anchorers up to a block."""
    return (
        select(RegistryEventRow.members["anchorer"].astext)
        .where(RegistryEventRow.name == AnchorerChanged.__name__, RegistryEventRow.block_number <= block)
        .distinct()
    )
