"""Finding modules: by entry point, those of this distribution like everybody's."""

from collections.abc import Iterable
from importlib.metadata import EntryPoint

from digital_resume.core.credentials.catalog import Catalog
from digital_resume.extensions import MODULES, declared
from digital_resume.modules.api import Plugin
from digital_resume.modules.checking import PluginError, check_plugin


def discover(
    points: Iterable[EntryPoint] | None = None, catalog: Catalog | None = None
) -> tuple[Plugin, ...]:
    """Load every module: those that installed distributions bring.

    Args:
        points: entry points to use instead of those that are installed.
        catalog: credential types of the deployment; those shipped when not given.

    Raises:
        PluginError: an entry point is not a ``Plugin``, two modules have one name, or a declaration is wrong.
    """
    found: dict[str, Plugin] = {}
    for point in declared(MODULES) if points is None else points:
        plugin = point.load()
        if not isinstance(plugin, Plugin):
            raise PluginError(f"{point.value} is not a digital_resume.modules.api.Plugin.")
        if plugin.name in found:
            raise PluginError(f"Two modules are named {plugin.name!r}; rename {point.value}.")
        check_plugin(plugin, catalog)
        found[plugin.name] = plugin
    return tuple(found.values())
