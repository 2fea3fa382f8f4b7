"""Copies of status lists a submitter each, with the time of publication and of the last heartbeat."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Key the copies by submitter too; what is known of older rows is when they were checked."""
    for name, comment in (
        ("published_at", "since when the chain names a root over this version, as far as was seen"),
        ("heartbeat", "when the submitter last said that its root is its newest"),
    ):
        op.add_column(
            "status_copy",
            sa.Column(name, sa.DateTime(timezone=True), nullable=True, comment=comment),
            schema="verifier",
        )
    op.execute("update verifier.status_copy set published_at = checked_at, heartbeat = checked_at")
    for name in ("published_at", "heartbeat"):
        op.alter_column("status_copy", name, nullable=False, schema="verifier")
    _key("uri", "submitter", "sequence", newest=("uri", "submitter"))


def downgrade() -> None:
    """Keep the newest submitter's copies only."""
    op.execute(
        "delete from verifier.status_copy a using verifier.status_copy b where a.uri = b.uri "
        "and a.submitter <> b.submitter and (a.seen_at, a.submitter) < (b.seen_at, b.submitter)"
    )
    _key("uri", "sequence", newest=("uri",))
    for name in ("heartbeat", "published_at"):
        op.drop_column("status_copy", name, schema="verifier")


def _key(*columns: str, newest: tuple[str, ...]) -> None:
    op.drop_index("uq_status_copy_newest", "status_copy", schema="verifier")
    op.drop_constraint("pk_status_copy", "status_copy", schema="verifier")
    op.create_primary_key("pk_status_copy", "status_copy", list(columns), schema="verifier")
    op.create_index(
        "uq_status_copy_newest",
        "status_copy",
        list(newest),
        unique=True,
        schema="verifier",
        postgresql_where=sa.text("newest"),
    )
