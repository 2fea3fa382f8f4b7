"""What every service's models share: a schema of their own, names of constraints, types of columns.

A service writes::

    class Base(DeclarativeBase):
        metadata = metadata_for("issuer")
        type_annotation_map = COLUMN_TYPES
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, LargeBinary, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB

#: Names that Alembic can refer to, whoever made the constraint.
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

#: Python types to PostgreSQL's: text without length, times with zone, JSON as jsonb, integers of 8 bytes.
COLUMN_TYPES: dict[Any, Any] = {
    str: Text(),
    int: BigInteger(),
    bytes: LargeBinary(),
    datetime: DateTime(timezone=True),
    dict[str, Any]: JSONB(),
    list[Any]: JSONB(),
}


def metadata_for(schema: str) -> MetaData:
    """Return the metadata of one service's schema."""
    return MetaData(schema=schema, naming_convention=NAMING_CONVENTION)
