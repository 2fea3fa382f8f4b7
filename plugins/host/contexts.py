"""What modules are given, opened once for a process: by the host's app, and by the worker of their jobs."""

from collections.abc import Sequence

from digital_resume.adapters.clock import SystemClock
from digital_resume.adapters.database import Database
from digital_resume.adapters.database.roles import check_own_role
from digital_resume.modules.api import (
    Plugin,
    PluginContext,
    PluginSettings,
    RetentionClock,
    plugin_metadata,
    retention_clock_table,
    schema_of,
)
from digital_resume.modules.checking import PluginError
from digital_resume.settings import CommonSettings
from plugins.host.clients import HttpIssuerClient, HttpVerifierClient, http_client


class OpenModules:
    """The contexts of modules, and the connections behind them.

    Args:
        settings: what every service shares.
        plugins: the modules.

    Raises:
        PluginError: in production, a module without a database role of its own, or a key-encryption key in
            a process that runs modules' code.
    """

    def __init__(self, settings: CommonSettings, plugins: Sequence[Plugin]) -> None:
        if settings.is_production and (settings.key_encryption_key or settings.key_encryption_key_file):
            raise PluginError(
                "ENVIRONMENT=production runs no module in a process that is given the key-encryption key. "
                "Unset KEY_ENCRYPTION_KEY and KEY_ENCRYPTION_KEY_FILE here.",
                code="module_beside_keys",
            )
        self._settings = settings
        own = {plugin.name: plugin.settings() for plugin in plugins}
        self._urls = {name: _database_url(name, chosen, settings) for name, chosen in own.items()}
        self._databases = {name: Database(url) for name, url in self._urls.items()}
        self._issuer, self._verifier = http_client(settings.issuer_url), http_client(settings.verifier_url)
        self.contexts = {plugin.name: self._context(plugin.name, own[plugin.name]) for plugin in plugins}

    @property
    def databases(self) -> tuple[Database, ...]:
        """The modules' databases, each with its own role."""
        return tuple(self._databases.values())

    def check_roles(self) -> None:
        """Refuse, in production, roles that may use more than their own schema.

        Raises:
            DatabaseRoleError: one may.
        """
        check_own_role(self._settings, self._settings.database_url.get_secret_value(), "modules")
        for name, url in self._urls.items():
            check_own_role(self._settings, url, schema_of(name))

    async def close(self) -> None:
        """Close every connection."""
        await self._issuer.aclose()
        await self._verifier.aclose()
        for database in self._databases.values():
            await database.dispose()

    def _context(self, name: str, own: PluginSettings) -> PluginContext:
        clock = SystemClock()
        return PluginContext(
            settings=own,
            sessions=self._databases[name].sessions,
            issuer=HttpIssuerClient(self._issuer, own.issuer_api_key),
            verifier=HttpVerifierClient(self._verifier),
            clock=clock,
            production=self._settings.is_production,
            base_url=f"{self._settings.modules_url}/{name}",
            retention=RetentionClock(retention_clock_table(plugin_metadata(name)), clock),
        )


def _database_url(name: str, own: PluginSettings, settings: CommonSettings) -> str:
    if own.database_url is not None:
        return own.database_url.get_secret_value()
    if settings.is_production:
        raise PluginError(
            f"PLUGIN_{name.upper()}_DATABASE_URL is not set: in production each module has a database role "
            "of its own. 'resume migrate' makes it."
        )
    return settings.database_url.get_secret_value()
