"""What installed distributions bring, by entry points: this package scans no folder and names no service.

A service, or anybody's distribution, declares in its ``pyproject.toml``:

===========================  =====================================================================
group                        an entry is
===========================  =====================================================================
``digital_resume.commands``  a command of ``resume``: a function, or a ``typer.Typer`` with several;
                             ``tiles.export`` is the command ``export`` of the group ``tiles``
``digital_resume.services``  a service by its app's factory, ``issuer.app:create_app``
``digital_resume.schemas``   a database schema by the package of its migrations
``digital_resume.jobs``      background work: a ``digital_resume.adapters.jobs.WorkerPart``
``digital_resume.modules``   a module: a ``digital_resume.modules.api.Plugin``
===========================  =====================================================================

An entry is loaded by whoever needs it, when it is needed.
"""

from importlib.metadata import EntryPoint, entry_points
from typing import Final

COMMANDS: Final = "digital_resume.commands"
SERVICES: Final = "digital_resume.services"
SCHEMAS: Final = "digital_resume.schemas"
JOBS: Final = "digital_resume.jobs"
MODULES: Final = "digital_resume.modules"


def declared(group: str) -> tuple[EntryPoint, ...]:
    """Return the entries of a group by name; those of one name stand beside one another."""
    return tuple(sorted(entry_points(group=group), key=lambda entry: (entry.name, entry.value)))


def origin_of(entry: EntryPoint) -> str:
    """Return which distribution brings an entry, for messages."""
    return entry.dist.name if entry.dist is not None else "an unknown distribution"
