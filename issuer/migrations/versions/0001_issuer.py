"""Institutions, records, credentials, anchoring and status."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the issuer's tables."""
    _create_institutions()
    _create_anchoring()
    _create_status()
    _create_records()
    _create_credentials()
    # Hashes, ciphertext and raw statuses do not compress: store them out of line and spare the attempt.
    for table, column in (("tile", "hashes"), ("record", "encrypted_claims"), ("status_content", "statuses")):
        op.execute(f"alter table issuer.{table} alter column {column} set storage external")


def _create_institutions() -> None:
    """Tenants, their keys, the audit log."""
    op.create_table(
        "institution",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("did", sa.String(length=400), nullable=False),
        sa.Column("name_ko", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("credential_types", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "blind_index_key",
            sa.LargeBinary(),
            nullable=False,
            comment="HMAC key of the blind index, encrypted under the KEK",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution")),
        sa.UniqueConstraint("did", name=op.f("uq_institution_did")),
        sa.UniqueConstraint("slug", name=op.f("uq_institution_slug")),
        schema="issuer",
    )
    op.create_table(
        "signing_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("verification_method", sa.String(length=600), nullable=False),
        sa.Column("encrypted_private_key", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="active", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('active', 'retired')", name=op.f("ck_signing_key_state")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["issuer.institution.id"], name=op.f("fk_signing_key_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_key")),
        sa.UniqueConstraint("verification_method", name=op.f("uq_signing_key_verification_method")),
        schema="issuer",
    )
    op.create_index(
        op.f("ix_signing_key_institution_id"),
        "signing_key",
        ["institution_id"],
        unique=False,
        schema="issuer",
    )
    op.create_index(
        "uq_signing_key_active",
        "signing_key",
        ["institution_id"],
        unique=True,
        schema="issuer",
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("secret_digest", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["issuer.institution.id"], name=op.f("fk_api_key_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        schema="issuer",
    )
    op.create_index(
        op.f("ix_api_key_institution_id"), "api_key", ["institution_id"], unique=False, schema="issuer"
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["issuer.institution.id"], name=op.f("fk_audit_event_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
        schema="issuer",
    )
    op.create_index(
        op.f("ix_audit_event_institution_id"),
        "audit_event",
        ["institution_id"],
        unique=False,
        schema="issuer",
    )


def _create_anchoring() -> None:
    """Leaves, batches, tiles and the transactions that carry roots."""
    op.create_table(
        "batch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="sealed", nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("submitter", sa.String(length=42), nullable=True),
        sa.Column("transaction_hash", sa.LargeBinary(), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=True),
        sa.Column("anchored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('sealed', 'submitted', 'confirmed')", name=op.f("ck_batch_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        sa.UniqueConstraint("root", name=op.f("uq_batch_root")),
        schema="issuer",
    )
    op.create_table(
        "leaf",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(batch_id IS NULL) = (position IS NULL)", name=op.f("ck_leaf_placed")),
        sa.ForeignKeyConstraint(["batch_id"], ["issuer.batch.id"], name=op.f("fk_leaf_batch_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_leaf")),
        sa.UniqueConstraint("batch_id", "position", name=op.f("uq_leaf_batch_id_position")),
        sa.UniqueConstraint("number", name=op.f("uq_leaf_number")),
        schema="issuer",
    )
    op.create_index(
        "ix_leaf_collecting",
        "leaf",
        ["number"],
        unique=False,
        schema="issuer",
        postgresql_where=sa.text("batch_id IS NULL"),
    )
    op.create_table(
        "tile",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["issuer.batch.id"], name=op.f("fk_tile_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", "level", "number", name=op.f("pk_tile")),
        schema="issuer",
    )
    op.create_table(
        "chain_transaction",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="signed", nullable=False),
        sa.Column("genesis", sa.String(length=66), nullable=False),
        sa.Column("submitter", sa.String(length=42), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("max_fee_per_gas", sa.BigInteger(), nullable=False),
        sa.Column("max_priority_fee_per_gas", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "purpose IN ('anchor', 'status', 'heartbeat')", name=op.f("ck_chain_transaction_purpose")
        ),
        sa.CheckConstraint(
            "state IN ('signed', 'sent', 'mined', 'replaced', 'lost', 'void')",
            name=op.f("ck_chain_transaction_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_transaction")),
        sa.UniqueConstraint("hash", name=op.f("uq_chain_transaction_hash")),
        schema="issuer",
    )
    op.create_index(
        "ix_chain_transaction_subject",
        "chain_transaction",
        ["purpose", "subject_id"],
        unique=False,
        schema="issuer",
    )
    op.create_index(
        "uq_chain_transaction_nonce",
        "chain_transaction",
        ["genesis", "submitter", "nonce"],
        unique=True,
        schema="issuer",
        postgresql_where=sa.text("state IN ('signed', 'sent')"),
    )


def _create_status() -> None:
    """Status lists and their publications."""
    op.create_table(
        "status_list",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("uri", sa.String(length=400), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("statuses", sa.LargeBinary(), nullable=False),
        sa.Column(
            "changed",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="differs from its newest version",
        ),
        sa.Column("sequence", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("size >= 131072", name=op.f("ck_status_list_herd_privacy")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["issuer.institution.id"], name=op.f("fk_status_list_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_list")),
        sa.UniqueConstraint("institution_id", "number", name=op.f("uq_status_list_institution_id_number")),
        sa.UniqueConstraint("uri", name=op.f("uq_status_list_uri")),
        schema="issuer",
    )
    op.create_table(
        "status_entry",
        sa.Column("status_list_id", sa.Uuid(), nullable=False),
        sa.Column("index", sa.BigInteger(), nullable=False),
        sa.Column("credential_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["status_list_id"], ["issuer.status_list.id"], name=op.f("fk_status_entry_status_list_id")
        ),
        sa.PrimaryKeyConstraint("status_list_id", "index", name=op.f("pk_status_entry")),
        schema="issuer",
    )
    op.create_table(
        "status_publication",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="sealed", nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("submitter", sa.String(length=42), nullable=True),
        sa.Column("transaction_hash", sa.LargeBinary(), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=True),
        sa.Column("block_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "heartbeat_started",
            sa.BigInteger(),
            nullable=True,
            comment="Unix seconds; names the heartbeat that is under way",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state IN ('sealed', 'submitted', 'confirmed', 'past')", name=op.f("ck_status_publication_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_publication")),
        schema="issuer",
    )
    op.create_index(
        "uq_status_publication_confirmed",
        "status_publication",
        [sa.text("(true)")],
        unique=True,
        schema="issuer",
        postgresql_where=sa.text("state = 'confirmed'"),
    )
    op.create_index(
        "uq_status_publication_open",
        "status_publication",
        [sa.text("(true)")],
        unique=True,
        schema="issuer",
        postgresql_where=sa.text("state IN ('sealed', 'submitted')"),
    )
    op.create_table(
        "status_content",
        sa.Column("status_list_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("statuses", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["status_list_id"], ["issuer.status_list.id"], name=op.f("fk_status_content_status_list_id")
        ),
        sa.PrimaryKeyConstraint("status_list_id", "sequence", name=op.f("pk_status_content")),
        schema="issuer",
    )
    op.create_table(
        "status_version",
        sa.Column("publication_id", sa.BigInteger(), nullable=False),
        sa.Column("status_list_id", sa.Uuid(), nullable=False),
        sa.Column("index", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("path", sa.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["issuer.status_publication.id"],
            name=op.f("fk_status_version_publication_id"),
        ),
        sa.ForeignKeyConstraint(
            ["status_list_id", "sequence"],
            ["issuer.status_content.status_list_id", "issuer.status_content.sequence"],
            name=op.f("fk_status_version_status_list_id_sequence"),
        ),
        sa.PrimaryKeyConstraint("publication_id", "status_list_id", name=op.f("pk_status_version")),
        schema="issuer",
    )


def _create_records() -> None:
    """Records, offers and what OpenID4VCI hands out."""
    op.create_table(
        "record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("credential_type", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="waiting", nullable=False),
        sa.Column("encrypted_claims", sa.LargeBinary(), nullable=True),
        sa.Column("blind_index", sa.LargeBinary(), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(state = 'issued') = (encrypted_claims IS NULL)", name=op.f("ck_record_erased_when_issued")
        ),
        sa.CheckConstraint("state IN ('waiting', 'offered', 'issued')", name=op.f("ck_record_state")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["issuer.institution.id"], name=op.f("fk_record_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record")),
        schema="issuer",
    )
    op.create_index(
        "ix_record_unclaimed",
        "record",
        ["institution_id", "blind_index"],
        unique=False,
        schema="issuer",
        postgresql_where=sa.text("state <> 'issued'"),
    )
    op.create_table(
        "idempotent_answer",
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("request_digest", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("encrypted_body", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["issuer.institution.id"], name=op.f("fk_idempotent_answer_institution_id")
        ),
        sa.PrimaryKeyConstraint("institution_id", "key", name=op.f("pk_idempotent_answer")),
        schema="issuer",
    )
    op.create_index(
        op.f("ix_idempotent_answer_expires_at"),
        "idempotent_answer",
        ["expires_at"],
        unique=False,
        schema="issuer",
    )
    op.create_table(
        "offer",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="open", nullable=False),
        sa.Column("code_digest", sa.LargeBinary(), nullable=False),
        sa.Column("encrypted_code", sa.LargeBinary(), nullable=False),
        sa.Column("tx_code_mac", sa.LargeBinary(), nullable=True),
        sa.Column("tries_left", sa.SmallInteger(), nullable=False),
        sa.Column(
            "holder_thumbprint",
            sa.LargeBinary(),
            nullable=True,
            comment="RFC 7638 thumbprint of the key that alone may claim",
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('open', 'redeemed', 'burnt', 'replaced')", name=op.f("ck_offer_state")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["issuer.institution.id"], name=op.f("fk_offer_institution_id")
        ),
        sa.ForeignKeyConstraint(["record_id"], ["issuer.record.id"], name=op.f("fk_offer_record_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_offer_code_digest")),
        schema="issuer",
    )
    op.create_index(
        "uq_offer_open",
        "offer",
        ["record_id"],
        unique=True,
        schema="issuer",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "access_token",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("credential_type", sa.String(length=80), nullable=False),
        sa.Column("holder_thumbprint", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["issuer.institution.id"], name=op.f("fk_access_token_institution_id")
        ),
        sa.ForeignKeyConstraint(["record_id"], ["issuer.record.id"], name=op.f("fk_access_token_record_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_access_token")),
        schema="issuer",
    )
    op.create_index(
        op.f("ix_access_token_expires_at"), "access_token", ["expires_at"], unique=False, schema="issuer"
    )
    op.create_index(
        op.f("ix_access_token_record_id"), "access_token", ["record_id"], unique=False, schema="issuer"
    )
    op.create_table(
        "nonce",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["issuer.institution.id"], name=op.f("fk_nonce_institution_id")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_nonce")),
        schema="issuer",
    )
    op.create_index(op.f("ix_nonce_expires_at"), "nonce", ["expires_at"], unique=False, schema="issuer")


def _create_credentials() -> None:
    """Issued credentials."""
    op.create_table(
        "credential",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("credential_type", sa.String(length=80), nullable=False),
        sa.Column("status_list_id", sa.Uuid(), nullable=False),
        sa.Column("status_index", sa.BigInteger(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("notification_id", sa.String(length=22), nullable=True),
        sa.Column("notification_event", sa.String(length=24), nullable=True),
        sa.Column("encrypted_delivery", sa.LargeBinary(), nullable=True),
        sa.Column("delivery_thumbprint", sa.LargeBinary(), nullable=True),
        sa.Column("delivery_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["issuer.institution.id"], name=op.f("fk_credential_institution_id")
        ),
        sa.ForeignKeyConstraint(["leaf"], ["issuer.leaf.digest"], name=op.f("fk_credential_leaf")),
        sa.ForeignKeyConstraint(["record_id"], ["issuer.record.id"], name=op.f("fk_credential_record_id")),
        sa.ForeignKeyConstraint(
            ["status_list_id"], ["issuer.status_list.id"], name=op.f("fk_credential_status_list_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
        sa.UniqueConstraint("leaf", name=op.f("uq_credential_leaf")),
        sa.UniqueConstraint("notification_id", name=op.f("uq_credential_notification_id")),
        sa.UniqueConstraint("record_id", name=op.f("uq_credential_record_id")),
        sa.UniqueConstraint(
            "status_list_id", "status_index", name=op.f("uq_credential_status_list_id_status_index")
        ),
        schema="issuer",
    )
    op.create_index(
        op.f("ix_credential_delivery_expires_at"),
        "credential",
        ["delivery_expires_at"],
        unique=False,
        schema="issuer",
    )
    op.create_index(
        op.f("ix_credential_institution_id"), "credential", ["institution_id"], unique=False, schema="issuer"
    )
