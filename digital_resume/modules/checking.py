"""What every module's declaration must be; the host and the conformance base ask the same."""

import re
from typing import Final

from digital_resume.core.credentials.catalog import Catalog, default_catalog
from digital_resume.core.errors import ResumeError
from digital_resume.modules.api import Plugin, PluginJob
from digital_resume.modules.schedule import cron_of

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,30}", re.ASCII)
#: Paths of the host itself, below which no module can be served.
_HOSTS_PATHS: Final = frozenset({"api", "healthz", "shared", "static", "vendor"})


class PluginError(ResumeError):
    """A module that cannot be taken in, with what its author or operator must change."""

    code = "module_refused"


def check_plugin(plugin: Plugin, catalog: Catalog | None = None) -> None:
    """Check a module's declaration.

    Args:
        plugin: the module.
        catalog: credential types of the deployment; those shipped when not given.

    Raises:
        PluginError: with what is wrong.
        UnknownTypeError: a credential type that the catalog does not hold.
    """
    if not _NAME.fullmatch(plugin.name):
        raise PluginError(f"{plugin.name!r} is not a module's name: lower-case letters, digits, underscores.")
    if plugin.name in _HOSTS_PATHS:
        raise PluginError(f"No module can be named {plugin.name!r}: the host serves that path itself.")
    if {"ko", "en"} - plugin.title.keys():
        raise PluginError(f"The module {plugin.name} needs a title in ko and en.")
    for name in plugin.credential_types:
        (catalog or default_catalog()).credential_type(name)
    for folder, member in ((plugin.pages, "index.html"), (plugin.migrations, "env.py")):
        if folder is not None and not (folder / member).is_file():
            raise PluginError(f"The module {plugin.name} has no {member} in {folder.name}/.")
    _check_jobs(plugin.name, plugin.jobs)


def _check_jobs(module: str, jobs: tuple[PluginJob, ...]) -> None:
    names = [job.name for job in jobs]
    if len(set(names)) != len(names):
        raise PluginError(f"The module {module} has two jobs of one name.")
    for job in jobs:
        if not _NAME.fullmatch(job.name):
            raise PluginError(
                f"{job.name!r} is not a job's name: lower-case letters, digits, underscores ({module})."
            )
        if job.limit.total_seconds() <= 0:
            raise PluginError(f"The job {job.name} of the module {module} has no time to run in.")
        try:
            cron_of(job.every)
        except ValueError as error:
            raise PluginError(f"The job {job.name} of the module {module}: {error}") from None
