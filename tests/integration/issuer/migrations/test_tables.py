"""The migrations make exactly the schema that the models describe, and Alembic sees every model."""

import importlib
import pkgutil

from sqlalchemy import text

import issuer
from digital_resume.adapters.database.migrate import differences
from issuer.migrations.tables import MODULES, metadata
from issuer.schema import Base
from tests.integration.issuer.rig import Rig


def test_autogenerate_finds_no_difference(issuer_database: str) -> None:
    assert differences(issuer_database, "issuer", metadata) == []


def test_a_difference_would_be_found(issuer_database: str) -> None:
    metadata_without = type(metadata)(schema=metadata.schema, naming_convention=metadata.naming_convention)
    for table in metadata.sorted_tables:
        if table.name != "idempotent_answer":
            table.to_metadata(metadata_without)
    found = differences(issuer_database, "issuer", metadata_without)
    assert [change[0] for change in found if isinstance(change, tuple)][-1] == "remove_table"


def test_alembic_sees_every_model_of_every_package() -> None:
    seen = {module.__name__ for module in MODULES}
    for module in pkgutil.walk_packages(issuer.__path__, "issuer."):
        if ".migrations." not in module.name:
            importlib.import_module(module.name)
    assert {mapper.class_.__module__ for mapper in Base.registry.mappers} == seen


async def test_what_refers_to_a_record_is_found_by_an_index_of_all_rows(rig: Rig) -> None:
    """Deleting a record looks up every row that may refer to it; a partial index does not serve that."""
    referring = """
        select key.conrelid::regclass::text, exists (
            select from pg_index i
            where i.indrelid = key.conrelid and i.indkey[0] = key.conkey[1] and i.indpred is null)
        from pg_constraint key
        where key.contype = 'f' and key.confrelid = 'issuer.record'::regclass"""
    async with rig.context.database.sessions() as session:
        found = {tuple(row) for row in await session.execute(text(referring))}
    assert found == {(f"issuer.{table}", True) for table in ("access_token", "credential", "offer")}
