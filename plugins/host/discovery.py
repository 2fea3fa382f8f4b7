"""Finding modules: by entry point, the built-in ones through the same door."""

from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from digital_resume.core.credentials.catalog import Catalog
from digital_resume.modules.api import Plugin
from digital_resume.modules.checking import PluginError, check_plugin

GROUP: Final = "vdr.plugins"
BUILT_IN: Final = (EntryPoint("training", "plugins.training:PLUGIN", GROUP),)


def discover(
    points: Iterable[EntryPoint] | None = None, catalog: Catalog | None = None
) -> tuple[Plugin, ...]:
    """Load every module: the built-in ones and those installed packages name.

    Args:
        points: entry points to use instead of those that are installed.
        catalog: credential types of the deployment; those shipped when not given.

    Raises:
        PluginError: an entry point is not a ``Plugin``, two modules have one name, or a declaration is wrong.
    """
    found: dict[str, Plugin] = {}
    origins: dict[str, str] = {}
    for point in (*BUILT_IN, *(entry_points(group=GROUP) if points is None else points)):
        plugin = point.load()
        if not isinstance(plugin, Plugin):
            raise PluginError(f"{point.value} is not a digital_resume.modules.api.Plugin.")
        if origins.get(plugin.name) == point.value:
            continue  # the distribution's own entry point for a built-in module
        if plugin.name in found:
            raise PluginError(f"Two modules are named {plugin.name!r}; rename {point.value}.")
        check_plugin(plugin, catalog)
        found[plugin.name], origins[plugin.name] = plugin, point.value
    return tuple(found.values())
