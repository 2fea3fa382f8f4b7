"""The migrations make exactly the schema that the models describe, and Alembic sees every model."""

import importlib
import pkgutil

import issuer
from digital_resume.adapters.database.migrate import differences
from issuer.migrations.tables import MODULES, metadata
from issuer.schema import Base


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
