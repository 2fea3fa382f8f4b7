"""Tables of the status lists, and of their versions, pending and published."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from issuer.institutions.models import Institution
from issuer.schema import Base


class StatusList(Base):
    """The canonical status array of an institution, 2 bits an entry, and the version it is at."""

    __tablename__ = "status_list"
    __table_args__ = (
        UniqueConstraint("institution_id", "number"),
        CheckConstraint("size >= 131072", name="herd_privacy"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Institution.id))
    number: Mapped[int]
    uri: Mapped[str] = mapped_column(String(400), unique=True)
    size: Mapped[int]
    statuses: Mapped[bytes]
    changed: Mapped[bool] = mapped_column(
        server_default=text("true"), comment="differs from its newest version"
    )
    sequence: Mapped[int] = mapped_column(server_default="0")


class StatusEntry(Base):
    """An entry that is taken: by a credential, or as a decoy when ``credential_id`` is empty."""

    __tablename__ = "status_entry"

    status_list_id: Mapped[UUID] = mapped_column(ForeignKey(StatusList.id), primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True)
    credential_id: Mapped[UUID | None]


class StatusPublication(Base):
    """One root over the newest versions of all lists, pending or mined on ``StatusRegistry``."""

    __tablename__ = "status_publication"
    __table_args__ = (
        CheckConstraint("state IN ('sealed', 'submitted', 'confirmed', 'past')", name="state"),
        Index(
            "uq_status_publication_open",
            text("(true)"),
            unique=True,
            postgresql_where=text("state IN ('sealed', 'submitted')"),
        ),
        Index(
            "uq_status_publication_confirmed",
            text("(true)"),
            unique=True,
            postgresql_where=text("state = 'confirmed'"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    state: Mapped[str] = mapped_column(String(10), server_default="sealed")
    root: Mapped[bytes]
    size: Mapped[int]
    submitter: Mapped[str | None] = mapped_column(String(42))
    transaction_hash: Mapped[bytes | None]
    block_number: Mapped[int | None]
    block_time: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    heartbeat_started: Mapped[int | None] = mapped_column(
        comment="Unix seconds; names the heartbeat that is under way"
    )
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class StatusContent(Base):
    """The bytes of one version of a list, kept while a publication names it."""

    __tablename__ = "status_content"

    status_list_id: Mapped[UUID] = mapped_column(ForeignKey(StatusList.id), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    statuses: Mapped[bytes]


class StatusVersion(Base):
    """A list as one publication names it: its version, its place in the tree and its path."""

    __tablename__ = "status_version"
    __table_args__ = (
        ForeignKeyConstraint(
            ["status_list_id", "sequence"],
            ["issuer.status_content.status_list_id", "issuer.status_content.sequence"],
        ),
    )

    publication_id: Mapped[int] = mapped_column(ForeignKey(StatusPublication.id), primary_key=True)
    status_list_id: Mapped[UUID] = mapped_column(primary_key=True)
    index: Mapped[int]
    sequence: Mapped[int]
    path: Mapped[list[str]]
