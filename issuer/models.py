"""The issuer's tables (PostgreSQL schema ``issuer``), SQLAlchemy 2 declarative.

What is personal is either encrypted under the key-encryption key (records that wait, answers kept
for a replay, a credential that is being delivered) or not kept at all: after a claim only ids, the
type, the status index and the leaf remain. The keys for that encryption are never in the database.

Constraints carry what must never happen: one credential a record, one index a status list, one leaf
once, one transaction a nonce, one answer an idempotency key.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from digital_resume.adapters.database import COLUMN_TYPES, metadata_for

SCHEMA = "issuer"


class Base(DeclarativeBase):
    """Declarative base: names every constraint, so that migrations can name them too."""

    metadata = metadata_for(SCHEMA)
    type_annotation_map = {  # noqa: RUF012 -- SQLAlchemy reads this class attribute
        **COLUMN_TYPES,
        list[str]: ARRAY(Text),
    }


class Institution(Base):
    """A tenant: an institution that signs credentials in its own name."""

    __tablename__ = "institution"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    did: Mapped[str] = mapped_column(String(400), unique=True)
    name_ko: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    credential_types: Mapped[list[str]]
    blind_index_key: Mapped[bytes] = mapped_column(
        comment="HMAC key of the blind index, encrypted under the KEK"
    )
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SigningKey(Base):
    """A P-256 key of an institution; the private half is encrypted under the KEK.

    A prepared one signs nothing until the chain knows it; see ``issuer.onboarding.rotation``.
    """

    __tablename__ = "signing_key"
    __table_args__ = (
        Index(
            "uq_signing_key_active", "institution_id", unique=True, postgresql_where=text("state = 'active'")
        ),
        Index(
            "uq_signing_key_prepared",
            "institution_id",
            unique=True,
            postgresql_where=text("state = 'prepared'"),
        ),
        CheckConstraint("state IN ('prepared', 'active', 'retired')", name="state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Institution.id), index=True)
    verification_method: Mapped[str] = mapped_column(String(600), unique=True)
    encrypted_private_key: Mapped[bytes]
    state: Mapped[str] = mapped_column(String(10), server_default="active")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    retired_at: Mapped[datetime | None]


class ApiKey(Base):
    """An API key of an institution: only the digest of its secret is kept."""

    __tablename__ = "api_key"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Institution.id), index=True)
    secret_digest: Mapped[bytes]
    scopes: Mapped[list[str]]
    label: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    revoked_at: Mapped[datetime | None]


class Record(Base):
    """What an institution handed over for one person: waits encrypted until it is claimed."""

    __tablename__ = "record"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'offered', 'issued')", name="state"),
        CheckConstraint("(state = 'issued') = (encrypted_claims IS NULL)", name="erased_when_issued"),
        Index(
            "ix_record_unclaimed",
            "institution_id",
            "blind_index",
            postgresql_where=text("state <> 'issued'"),
        ),
        Index("ix_record_waiting", "created_at", postgresql_where=text("state <> 'issued'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Institution.id))
    credential_type: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(10), server_default="waiting")
    encrypted_claims: Mapped[bytes | None]
    blind_index: Mapped[bytes | None]
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    external_id: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class IdempotentAnswer(Base):
    """The answer given under an ``Idempotency-Key``, encrypted, kept so long as it may be replayed."""

    __tablename__ = "idempotent_answer"

    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Institution.id), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    request_digest: Mapped[bytes]
    status: Mapped[int | None] = mapped_column(SmallInteger)
    encrypted_body: Mapped[bytes | None]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Offer(Base):
    """A credential offer with its pre-authorized code."""

    __tablename__ = "offer"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'redeemed', 'burnt', 'replaced')", name="state"),
        Index("uq_offer_open", "record_id", unique=True, postgresql_where=text("state = 'open'")),
    )

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Institution.id))
    record_id: Mapped[UUID] = mapped_column(ForeignKey(Record.id), index=True)
    state: Mapped[str] = mapped_column(String(10), server_default="open")
    code_digest: Mapped[bytes] = mapped_column(unique=True)
    encrypted_code: Mapped[bytes]
    tx_code_mac: Mapped[bytes | None]
    tries_left: Mapped[int] = mapped_column(SmallInteger)
    holder_thumbprint: Mapped[bytes | None] = mapped_column(
        comment="RFC 7638 thumbprint of the key that alone may claim"
    )
    expires_at: Mapped[datetime] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AccessToken(Base):
    """An access token for the one credential of an offer; only its digest is kept."""

    __tablename__ = "access_token"

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Institution.id))
    record_id: Mapped[UUID] = mapped_column(ForeignKey(Record.id), index=True)
    credential_type: Mapped[str] = mapped_column(String(80))
    holder_thumbprint: Mapped[bytes | None]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Nonce(Base):
    """A ``c_nonce`` that was handed out and not used yet; using it deletes the row."""

    __tablename__ = "nonce"

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Institution.id))
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Credential(Base):
    """An issued credential: ids, type, status index and leaf, never what it says.

    ``encrypted_delivery`` holds the credential only until the wallet has confirmed it or the delivery
    time is over, so that an answer lost on the network can be asked for again.
    """

    __tablename__ = "credential"
    __table_args__ = (UniqueConstraint("status_list_id", "status_index"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Institution.id), index=True)
    record_id: Mapped[UUID | None] = mapped_column(ForeignKey(Record.id), unique=True)
    credential_type: Mapped[str] = mapped_column(String(80))
    status_list_id: Mapped[UUID] = mapped_column(ForeignKey("issuer.status_list.id"))
    status_index: Mapped[int]
    leaf: Mapped[bytes] = mapped_column(ForeignKey("issuer.leaf.digest"), unique=True)
    issued_at: Mapped[datetime]
    notification_id: Mapped[str | None] = mapped_column(String(22), unique=True)
    notification_event: Mapped[str | None] = mapped_column(String(24))
    encrypted_delivery: Mapped[bytes | None]
    delivery_thumbprint: Mapped[bytes | None]
    delivery_expires_at: Mapped[datetime | None] = mapped_column(index=True)


class AuditEvent(Base):
    """What was done, by which key, on which id. Never a name, a claim, a code or a token."""

    __tablename__ = "audit_event"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    institution_id: Mapped[UUID | None] = mapped_column(ForeignKey(Institution.id), index=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
    actor: Mapped[str] = mapped_column(String(40))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(60))
    detail: Mapped[dict[str, Any]]


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
    """One root over the newest versions of all lists, on its way to or on ``StatusRegistry``."""

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


class ChainTransaction(Base):
    """A signed raw transaction, stored before it is sent. At most one a nonce is under way."""

    __tablename__ = "chain_transaction"
    __table_args__ = (
        CheckConstraint("purpose IN ('anchor', 'status', 'heartbeat')", name="purpose"),
        CheckConstraint("state IN ('signed', 'sent', 'mined', 'replaced', 'lost', 'void')", name="state"),
        Index(
            "uq_chain_transaction_nonce",
            "genesis",
            "submitter",
            "nonce",
            unique=True,
            postgresql_where=text("state IN ('signed', 'sent')"),
        ),
        Index("ix_chain_transaction_subject", "purpose", "subject_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(10))
    subject_id: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), server_default="signed")
    genesis: Mapped[str] = mapped_column(String(66))
    submitter: Mapped[str] = mapped_column(String(42))
    nonce: Mapped[int]
    hash: Mapped[bytes] = mapped_column(unique=True)
    raw: Mapped[bytes]
    max_fee_per_gas: Mapped[int]
    max_priority_fee_per_gas: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    sent_at: Mapped[datetime | None]
