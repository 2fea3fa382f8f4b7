"""The index of the chain, and the roots under which kept versions of status lists were checked."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLES = (
    "status_span",
    "status_heartbeat",
    "status_root",
    "anchored_root",
    "registry_event",
    "index_block",
    "index_state",
)


def upgrade() -> None:
    """Create the tables."""
    _state_and_blocks()
    _facts()
    op.create_table(
        "status_span",
        sa.Column("uri", sa.Text(), primary_key=True),
        sa.Column("submitter", sa.Text(), primary_key=True),
        sa.Column("first", sa.BigInteger(), primary_key=True, comment="sequence on StatusRegistry"),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False, comment="sequence of the list itself"),
        sa.Column(
            "seen_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="time of the newest block at which it was seen",
        ),
        schema="verifier",
    )
    op.create_index("ix_status_span_seen_at", "status_span", ["seen_at"], schema="verifier")


def _state_and_blocks() -> None:
    op.create_table(
        "index_state",
        sa.Column("id", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("pins", sa.Text(), nullable=False, comment="chain and contracts that it is an index of"),
        sa.Column("generation", sa.BigInteger(), nullable=False, comment="grows at each rollback"),
        sa.Column("first_block", sa.BigInteger(), nullable=False, comment="where the contracts begin"),
        sa.Column("block_number", sa.BigInteger(), nullable=False, comment="the newest block that is in it"),
        sa.Column("block_hash", sa.Text(), nullable=False),
        sa.Column("block_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "head_number",
            sa.BigInteger(),
            nullable=False,
            comment="the chain's newest block when last looked at",
        ),
        sa.Column(
            "confirmed_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="when the chain was last seen to have nothing more than is in here",
        ),
        sa.Column("ready", sa.Boolean(), nullable=False, comment="whether the back-fill was once completed"),
        sa.CheckConstraint("id = 1", name="one_row"),
        schema="verifier",
    )
    op.create_table(
        "index_block",
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column(
            "lasting",
            sa.Boolean(),
            nullable=False,
            comment="has events or ends a chunk; others go when they are old",
        ),
        schema="verifier",
    )


def _facts() -> None:
    op.create_table(
        "registry_event",
        sa.Column("block_number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("log_index", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("issuer_id", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("members", postgresql.JSONB(), nullable=False),
        schema="verifier",
    )
    op.create_index(
        "ix_registry_event_issuer",
        "registry_event",
        ["issuer_id", "block_number", "log_index"],
        schema="verifier",
    )
    op.create_table(
        "anchored_root",
        sa.Column("submitter", sa.Text(), primary_key=True),
        sa.Column("root", sa.LargeBinary(), primary_key=True),
        sa.Column("anchored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        schema="verifier",
    )
    op.create_index("ix_anchored_root_block_number", "anchored_root", ["block_number"], schema="verifier")
    op.create_table(
        "status_root",
        sa.Column("submitter", sa.Text(), primary_key=True),
        sa.Column("sequence", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        schema="verifier",
    )
    op.create_index("ix_status_root_since", "status_root", ["submitter", "since"], schema="verifier")
    op.create_index("ix_status_root_block_number", "status_root", ["block_number"], schema="verifier")
    op.create_table(
        "status_heartbeat",
        sa.Column("block_number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("submitter", sa.Text(), primary_key=True),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        schema="verifier",
    )


def downgrade() -> None:
    """Drop the tables; the index of the chain can be rebuilt."""
    for name in _TABLES:
        op.drop_table(name, schema="verifier")
