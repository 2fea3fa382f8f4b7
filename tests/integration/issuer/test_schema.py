"""The migrations make exactly the schema that the models describe."""

from digital_resume.adapters.database.migrate import differences
from issuer.models import Base


def test_no_migration_is_missing(issuer_database: str) -> None:
    assert differences(issuer_database, "issuer", Base.metadata) == []
