"""A batch takes a range of leaf numbers; a leaf's row is not written again when it is sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_RENUMBER = """
update issuer.leaf set number = placed.number
from (select digest, row_number() over (order by batch_id nulls last, position, number) as number
      from issuer.leaf) as placed
where leaf.digest = placed.digest and leaf.number <> placed.number
"""
"""Numbers follow the places that leaves have: until now a later batch could hold a lower number."""

_RANGES = """
update issuer.batch set first_number = taken.first, last_number = taken.last
from (select batch_id, min(number) as first, max(number) as last from issuer.leaf group by batch_id) as taken
where batch.id = taken.batch_id
"""

_FIRST_OF_TILES = """
update issuer.tile set first_number = leaf.number
from issuer.leaf where tile.level = 0 and leaf.batch_id = tile.batch_id and leaf.position = tile.number * 256
"""


def upgrade() -> None:
    """Give batches their ranges and tiles their first numbers, then drop the places from the leaves."""
    op.drop_constraint(op.f("uq_leaf_number"), "leaf", schema="issuer")
    op.execute(_RENUMBER)
    op.create_unique_constraint(op.f("uq_leaf_number"), "leaf", ["number"], schema="issuer")
    # A number that is not the sequence's own could lie in a range that is sealed already.
    op.execute("alter table issuer.leaf alter column number set generated always")

    op.add_column("batch", sa.Column("first_number", sa.BigInteger()), schema="issuer")
    op.add_column("batch", sa.Column("last_number", sa.BigInteger()), schema="issuer")
    op.execute(_RANGES)
    op.alter_column("batch", "first_number", nullable=False, schema="issuer")
    op.alter_column("batch", "last_number", nullable=False, schema="issuer")
    op.create_check_constraint(
        op.f("ck_batch_range"), "batch", "last_number - first_number + 1 >= size", schema="issuer"
    )
    op.create_exclude_constraint(
        "ex_batch_range",
        "batch",
        (sa.literal_column("int8range(first_number, last_number, '[]')"), "&&"),
        using="gist",
        schema="issuer",
    )
    op.create_unique_constraint(op.f("uq_batch_last_number"), "batch", ["last_number"], schema="issuer")

    op.add_column("tile", sa.Column("first_number", sa.BigInteger()), schema="issuer")
    op.execute(_FIRST_OF_TILES)
    op.create_check_constraint(
        op.f("ck_tile_first_number"), "tile", "(level = 0) = (first_number IS NOT NULL)", schema="issuer"
    )
    op.create_index(
        "ix_tile_first_number",
        "tile",
        ["batch_id", "first_number"],
        schema="issuer",
        postgresql_where=sa.text("level = 0"),
    )
    # Hashes do not compress; trying costs a third of the sealing.
    op.execute("alter table issuer.tile alter column hashes set storage external")

    op.drop_column("leaf", "position", schema="issuer")
    op.drop_column("leaf", "batch_id", schema="issuer")
