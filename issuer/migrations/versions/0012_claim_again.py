"""A record stays after it was issued, so that it can be claimed again; its earlier credential is replaced."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_UNCLAIMED = "state <> 'issued'"
_FORMER = "(state = 'issued') = (encrypted_claims IS NULL)"
_KEPT = "state = 'issued' OR encrypted_claims IS NOT NULL"


def upgrade() -> None:
    """Let issued records keep their claims; what was erased before stays erased."""
    op.drop_constraint(op.f("ck_record_erased_when_issued"), "record", schema="issuer", type_="check")
    op.create_check_constraint(op.f("ck_record_kept_until_issued"), "record", _KEPT, schema="issuer")
    op.add_column(
        "record",
        sa.Column(
            "issued_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when it became a credential the last time",
        ),
        schema="issuer",
    )
    for name in ("ix_record_unclaimed", "ix_record_unclaimed_romanised"):
        op.drop_index(name, table_name="record", schema="issuer")
    for name, column in (
        ("ix_record_person", "blind_index"),
        ("ix_record_person_romanised", "romanised_index"),
    ):
        op.create_index(
            name,
            "record",
            ["institution_id", column],
            schema="issuer",
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )
    op.create_index(
        "ix_record_kept",
        "record",
        ["issued_at"],
        schema="issuer",
        postgresql_where=sa.text("encrypted_claims IS NOT NULL"),
    )
    op.add_column("credential", sa.Column("replaced_at", sa.DateTime(timezone=True)), schema="issuer")
    op.drop_constraint(op.f("uq_credential_record_id"), "credential", schema="issuer", type_="unique")
    op.create_index(
        "uq_credential_record_id",
        "credential",
        ["record_id"],
        unique=True,
        schema="issuer",
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.add_column(
        "offer",
        sa.Column("replaces", sa.Uuid(), comment="credential that a claim by it takes the place of"),
        schema="issuer",
    )
    op.add_column("access_token", sa.Column("replaces", sa.Uuid()), schema="issuer")


def downgrade() -> None:
    """Erase what issued records kept; credentials that were replaced no longer name their record."""
    op.drop_column("access_token", "replaces", schema="issuer")
    op.drop_column("offer", "replaces", schema="issuer")
    op.drop_index("uq_credential_record_id", table_name="credential", schema="issuer")
    op.execute("UPDATE issuer.credential SET record_id = NULL WHERE replaced_at IS NOT NULL")
    op.create_unique_constraint(op.f("uq_credential_record_id"), "credential", ["record_id"], schema="issuer")
    op.drop_column("credential", "replaced_at", schema="issuer")
    for name in ("ix_record_person", "ix_record_person_romanised", "ix_record_kept"):
        op.drop_index(name, table_name="record", schema="issuer")
    op.execute(
        "UPDATE issuer.record SET encrypted_claims = NULL, blind_index = NULL, romanised_index = NULL "
        "WHERE state = 'issued'"
    )
    for name, column, where in (
        ("ix_record_unclaimed", "blind_index", _UNCLAIMED),
        ("ix_record_unclaimed_romanised", "romanised_index", f"{_UNCLAIMED} AND romanised_index IS NOT NULL"),
    ):
        op.create_index(
            name,
            "record",
            ["institution_id", column],
            schema="issuer",
            postgresql_where=sa.text(where),
        )
    op.drop_column("record", "issued_at", schema="issuer")
    op.drop_constraint(op.f("ck_record_kept_until_issued"), "record", schema="issuer", type_="check")
    op.create_check_constraint(op.f("ck_record_erased_when_issued"), "record", _FORMER, schema="issuer")
