"""Times of waiting records stay within the years that every reader of a credential has."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_FIRST, _END = "0001-01-01T00:00:00Z", "10000-01-01T00:00:00Z"
_LAST = "9999-12-31T23:59:59Z"


def upgrade() -> None:
    """Move the times of stored rows to the nearest that can be read, and let no other in."""
    for column in ("valid_from", "valid_until"):
        op.execute(
            f"update issuer.record set {column} = least(greatest({column}, timestamptz '{_FIRST}'),"  # noqa: S608  # constants of this file
            f" timestamptz '{_LAST}') where {column} < timestamptz '{_FIRST}'"
            f" or {column} >= timestamptz '{_END}'"
        )
        op.create_check_constraint(
            op.f(f"ck_record_{column}_kept"),
            "record",
            sa.text(f"{column} >= timestamptz '{_FIRST}' and {column} < timestamptz '{_END}'"),
            schema="issuer",
        )


def downgrade() -> None:
    """Let any time in."""
    for column in ("valid_from", "valid_until"):
        op.drop_constraint(op.f(f"ck_record_{column}_kept"), "record", schema="issuer")
