"""The issuer's PostgreSQL schema: the declarative base of every model, and so one metadata.

Models are beside their feature, in each package's ``models``. What is personal in them is either encrypted
under the key-encryption key or not kept at all; that key is never in the database.
"""

from sqlalchemy import ARRAY, Text
from sqlalchemy.orm import DeclarativeBase

from digital_resume.adapters.database import COLUMN_TYPES, metadata_for
from digital_resume.adapters.retention_clock import retention_clock_table

SCHEMA = "issuer"


class Base(DeclarativeBase):
    """Declarative base: names every constraint, so that migrations can name them too."""

    metadata = metadata_for(SCHEMA)
    type_annotation_map = {  # noqa: RUF012 -- SQLAlchemy reads this class attribute
        **COLUMN_TYPES,
        list[str]: ARRAY(Text),
    }


retention_clock = retention_clock_table(Base.metadata)
