"""Tables of anchoring: leaves, batches of them, the tiles of a batch's tree."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    String,
    func,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from issuer.schema import Base


class Batch(Base):
    """The leaves of one anchoring: sealed into a tree, submitted, confirmed.

    It holds every leaf whose number lies in its range. The ranges of two batches never overlap, so a leaf is
    in one batch at most; where in the tree it stands follows from its number and the tiles.
    """

    __tablename__ = "batch"
    __table_args__ = (
        CheckConstraint("state IN ('sealed', 'submitted', 'confirmed')", name="state"),
        CheckConstraint("last_number - first_number + 1 >= size", name="range"),
        ExcludeConstraint(
            (literal_column("int8range(first_number, last_number, '[]')"), "&&"),
            using="gist",
            name="ex_batch_range",
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    state: Mapped[str] = mapped_column(String(10), server_default="sealed")
    root: Mapped[bytes] = mapped_column(unique=True)
    size: Mapped[int]
    first_number: Mapped[int]
    last_number: Mapped[int] = mapped_column(unique=True)
    submitter: Mapped[str | None] = mapped_column(String(42))
    transaction_hash: Mapped[bytes | None]
    block_number: Mapped[int | None]
    anchored_at: Mapped[datetime | None]
    sealed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    confirmed_at: Mapped[datetime | None]


class Leaf(Base):
    """A leaf: written once, with its credential. Collecting while no batch's range has its number.

    ``number`` is the sequence's alone: ``issuer.anchoring.sealing`` counts on it.
    """

    __tablename__ = "leaf"

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Identity(always=True), unique=True)


class Tile(Base):
    """256 hashes of one level of a batch's tree; on level 0 also the number of its first leaf."""

    __tablename__ = "tile"
    __table_args__ = (
        CheckConstraint("(level = 0) = (first_number IS NOT NULL)", name="first_number"),
        Index("ix_tile_first_number", "batch_id", "first_number", postgresql_where=text("level = 0")),
    )

    batch_id: Mapped[int] = mapped_column(ForeignKey(Batch.id), primary_key=True)
    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    first_number: Mapped[int | None]
    hashes: Mapped[bytes]
