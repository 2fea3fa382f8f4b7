"""The schemas of a database and who may use each, as the installed distributions declare them.

A service has a schema of its name (entry-point group ``digital_resume.schemas``); a module that brings
migrations has ``plugin_<name>`` (``digital_resume.modules``). Nothing here looks into a folder for them.
"""

from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Final

from digital_resume.core.errors import ResumeError
from digital_resume.extensions import JOBS, MODULES, SCHEMAS, SERVICES, declared, origin_of

JOBS_SCHEMA: Final = "jobs"
"""The services' queues, which no service owns."""

MODULES_SCHEMA: Final = "modules"
"""The modules' host's schema, with queues of its own: who writes into one decides what its workers do."""

WORKER: Final = "worker"
"""Who works on every service's jobs, and so has a role that may use their schemas."""

MODULE_PREFIX: Final = "plugin_"


class SchemaError(ResumeError):
    """A schema that no installed distribution brings, or one whose migrations cannot be loaded."""

    code = "schema_unavailable"


def migration_folders() -> dict[str, Path]:
    """Return the folder of migrations of every schema, by the schema's name in order.

    Raises:
        SchemaError: a distribution's migrations or module cannot be loaded.
    """
    found = {entry.name: _folder_of(entry) for entry in declared(SCHEMAS)}
    for entry in declared(MODULES):
        module = _load(entry)
        migrations = getattr(module, "migrations", None)
        if migrations is not None:
            found[MODULE_PREFIX + getattr(module, "name", entry.name)] = Path(migrations)
    return dict(sorted(found.items()))


def migration_folder(schema: str) -> Path:
    """Return the folder of one schema's migrations; only its own distribution is loaded.

    Raises:
        SchemaError: no installed distribution brings the schema, or it cannot be loaded.
    """
    for entry in declared(SCHEMAS):
        if entry.name == schema:
            return _folder_of(entry)
    if schema.startswith(MODULE_PREFIX):
        folder = migration_folders().get(schema)
        if folder is not None:
            return folder
    raise SchemaError(f"No installed distribution brings the schema {schema}. Install its service first.")


def service_schemas() -> dict[str, tuple[str, ...]]:
    """Return the schemas that each service's role and the worker's may use; no module is loaded for it."""
    own = [entry.name for entry in declared(SCHEMAS)]
    working = [entry.name for entry in declared(JOBS)]
    names = sorted({*own, *working, *(entry.name for entry in declared(SERVICES))})
    found = {
        name: (*((name,) if name in own else ()), *((_queues_of(name),) if name in working else ()))
        for name in names
    }
    # One process may work for all, in development: it has the modules' queues, too.
    queues = dict.fromkeys((JOBS_SCHEMA, *map(_queues_of, working)))
    found[WORKER] = (*(name for name in own if name in working), *queues)
    return found


def _queues_of(name: str) -> str:
    return MODULES_SCHEMA if name == MODULES_SCHEMA else JOBS_SCHEMA


def role_schemas() -> dict[str, tuple[str, ...]]:
    """Return the schemas that every role may use: services, worker and modules.

    Raises:
        SchemaError: a distribution's migrations or module cannot be loaded.
    """
    modules = (name for name in migration_folders() if name.startswith(MODULE_PREFIX))
    return {**service_schemas(), **{name: (name,) for name in modules}}


def _folder_of(entry: EntryPoint) -> Path:
    file = getattr(_load(entry), "__file__", None)
    if file is None:
        raise SchemaError(f"{entry.value} of {origin_of(entry)} is not a package of migrations.")
    return Path(file).parent


def _load(entry: EntryPoint) -> object:
    try:
        return entry.load()
    except Exception as error:
        # What an operator migrates is whole, or nothing is migrated.
        raise SchemaError(
            f"{entry.value} of {origin_of(entry)} cannot be loaded ({type(error).__name__}). "
            "Install it with what it needs, or remove it, and migrate again."
        ) from error
