"""Schemas and their users are those that installed distributions declare."""

from collections.abc import Callable
from importlib.metadata import EntryPoint

import pytest

from digital_resume.adapters.database import schemas
from digital_resume.adapters.database.schemas import (
    SchemaError,
    migration_folder,
    migration_folders,
    role_schemas,
    service_schemas,
)
from digital_resume.extensions import JOBS, MODULES, SCHEMAS, SERVICES

GROUPS = {"schemas": SCHEMAS, "services": SERVICES, "jobs": JOBS, "modules": MODULES}


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def install(**groups: dict[str, str]) -> None:
        points = {
            group: tuple(EntryPoint(name, value, group) for name, value in groups.get(key, {}).items())
            for key, group in {
                "schemas": SCHEMAS,
                "services": SERVICES,
                "jobs": JOBS,
                "modules": MODULES,
            }.items()
        }
        monkeypatch.setattr(schemas, "declared", lambda group: points[group])

    return install


def test_each_service_and_module_has_its_migrations() -> None:
    folders = migration_folders()
    assert set(folders) == {"issuer", "wallet", "verifier", "plugin_training"}
    for schema, folder in folders.items():
        assert (folder / "env.py").is_file()
        assert migration_folder(schema) == folder


def test_roles_use_their_own_schema_and_queues_where_they_work() -> None:
    assert role_schemas() == {
        "issuer": ("issuer", "jobs"),
        "modules": ("modules",),
        "plugin_training": ("plugin_training",),
        "verifier": ("verifier",),
        "wallet": ("wallet",),
        "worker": ("issuer", "jobs", "modules"),
    }


def test_service_that_is_not_installed_has_neither_schema_nor_role(installed: Callable[..., None]) -> None:
    installed(schemas={"wallet": "wallet.migrations"}, services={"wallet": "wallet.app:create_app"})
    assert set(migration_folders()) == {"wallet"}
    assert service_schemas() == {"wallet": ("wallet",), "worker": ("jobs",)}
    for missing in ("issuer", "plugin_training"):
        with pytest.raises(SchemaError, match=missing):
            migration_folder(missing)


@pytest.mark.parametrize("value", ["no_such_service.migrations", "sys"])
def test_migrations_that_cannot_be_loaded_are_named_and_nothing_is_migrated(
    installed: Callable[..., None], value: str
) -> None:
    installed(schemas={"other": value, "wallet": "wallet.migrations"})
    with pytest.raises(SchemaError, match=value):
        migration_folders()


def test_module_that_cannot_be_loaded_keeps_no_service_from_its_own(installed: Callable[..., None]) -> None:
    installed(schemas={"wallet": "wallet.migrations"}, modules={"broken": "no_such_module:PLUGIN"})
    assert migration_folder("wallet").name == "migrations"
    assert "wallet" in service_schemas()
    with pytest.raises(SchemaError, match="no_such_module"):
        role_schemas()
