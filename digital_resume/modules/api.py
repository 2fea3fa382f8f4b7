"""The seam: what a module registers, and all that it is given. Modules import this and ``core`` only.

A module is a ``Plugin`` value found through the entry-point group ``digital_resume.modules``; built-in
modules come by the same door. The host (``plugins.host``) gives each a ``PluginContext``: a database schema
of its own (``plugin_<name>``), an issuer client with the module's own API key, a verifier client that answers
verdicts, and a clock. A module never sees a service's database, another module's schema, or a person's
data beyond what that person presented and the verifier verified.

``digital_resume.modules.conformance`` ships the test base that every module passes.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from fastapi import APIRouter
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from digital_resume.adapters.database.base import COLUMN_TYPES, metadata_for
from digital_resume.adapters.database.migrate import run_migrations
from digital_resume.adapters.retention_clock import ClockInDoubtError, RetentionClock, retention_clock_table
from digital_resume.core.errors import ResumeError
from digital_resume.core.ports import Clock
from digital_resume.web.openapi import problems as problem_codes
from digital_resume.web.problems import ProblemKind

__all__ = [
    "COLUMN_TYPES",
    "ClockInDoubtError",
    "IssuerClient",
    "IssuerRefusedError",
    "Offer",
    "Plugin",
    "PluginContext",
    "PluginJob",
    "PluginSettings",
    "ProblemKind",
    "RecordRef",
    "RetentionClock",
    "VerifierClient",
    "plugin_metadata",
    "problem_codes",
    "retention_clock_table",
    "run_migrations",
    "schema_of",
]

API_VERSION = 1


class IssuerRefusedError(ResumeError):
    """The issuer refused what a module asked; ``context`` has the issuer's ``status`` and ``reason``.

    ``code`` is the issuer's own where the claims are at fault, so that the person can correct them.
    """

    code = "issuer_refused"


@dataclass(frozen=True, slots=True)
class RecordRef:
    """A record that the issuer holds until its owner claims it.

    Attributes:
        record_id: its id at the issuer.
        state: ``waiting``, ``offered`` or ``issued``.
    """

    record_id: str
    state: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A credential offer (OpenID4VCI) with the code that is handed over apart from it.

    Attributes:
        offer: the credential offer object.
        offer_link: the same as a link or QR that any browser opens; it leads to the wallet.
        offer_uri: the same for another wallet app, under OpenID4VCI's own scheme.
        tx_code: transaction code, told to the person in another way than the link.
        expires_at: until when it can be redeemed, ISO 8601.
    """

    offer: Mapping[str, Any]
    offer_link: str
    offer_uri: str
    tx_code: str = field(repr=False)
    expires_at: str


class IssuerClient(Protocol):
    """The issuer's signing API with the module's own API key."""

    async def create_record(
        self,
        credential_type: str,
        claims: Mapping[str, Any],
        *,
        idempotency_key: str,
        external_id: str | None = None,
    ) -> RecordRef:
        """Hand in a record that waits for its owner; the same key and body answer the same record.

        Raises:
            IssuerRefusedError: the issuer refused it, e.g. claims that break the type's schema.
            SourceUnavailableError: the issuer cannot be reached; ask again with the same key.
        """
        ...

    async def offer_record(self, record_id: str) -> Offer:
        """Make a fresh offer for a waiting record (errors as of ``create_record``)."""
        ...

    async def record(self, record_id: str) -> Mapping[str, Any]:
        """Return what the issuer says of a record (errors as of ``create_record``)."""
        ...

    async def change_status(self, credential_id: str, status: str, *, reason: str | None = None) -> None:
        """Set a credential ``valid``, ``revoked``, ``suspended`` or ``superseded``."""
        ...


class VerifierClient(Protocol):
    """The verification API."""

    async def verify(
        self,
        presentation: Mapping[str, Any],
        *,
        challenge: str,
        domain: str | None = None,
        expires: int | None = None,
    ) -> Mapping[str, Any]:
        """Return the verdict on a presentation.

        Raises:
            SourceUnavailableError: the verifier cannot be reached.
        """
        ...


class PluginSettings(BaseSettings):
    """Base of a module's settings; a subclass sets ``env_prefix`` to ``PLUGIN_<NAME>_``."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", hide_input_in_errors=True)

    issuer_api_key: SecretStr | None = Field(
        default=None, description="The module's own key for the issuer's signing API."
    )
    database_url: SecretStr | None = Field(
        default=None, description="With the module's own database role, which sees its schema only."
    )


@dataclass(frozen=True, slots=True)
class PluginContext:
    """All that a module is given.

    Attributes:
        settings: the module's own settings, an instance of ``Plugin.settings``.
        sessions: sessions of the database; the module's models live in its own schema.
        issuer: the issuer's signing API.
        verifier: the verification API.
        clock: the present moment.
        retention: the time by which data is destroyed, which no jump of the system's clock moves; for a
            module whose migration made its table (``retention_clock_table``). One a process: it measures.
        production: whether development stand-ins are refused.
        base_url: where the module is reachable, without trailing slash.
    """

    settings: PluginSettings
    sessions: async_sessionmaker[AsyncSession]
    issuer: IssuerClient
    verifier: VerifierClient
    clock: Clock
    production: bool
    base_url: str
    retention: RetentionClock | None = None


@dataclass(frozen=True, slots=True)
class PluginJob:
    """Periodic work of a module, done by ``resume worker modules``.

    Of all workers of a deployment one runs it, once a period. What was missed while none ran is caught up by
    one run when the next one starts. A worker that dies leaves its job to another, and a job that fails is
    tried again: it must be such that a second run changes nothing more. No transaction is open around it.

    Attributes:
        name: ``[a-z][a-z0-9_]*``, the module's own.
        every: its period, as ``schedule.cron_of`` takes it.
        run: the work; given the module's context, with the module's own database role.
        limit: after which it is cancelled and counts as failed.
    """

    name: str
    every: timedelta
    run: Callable[[PluginContext], Awaitable[None]]
    limit: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Plugin:
    """A module.

    Attributes:
        name: ``[a-z][a-z0-9_]*``; names its schema, its path and its settings.
        title: its name for people, ``ko`` and ``en``.
        credential_types: types it issues or reads; each must be in the catalog.
        presentation_requests: DCQL queries by name, for what it asks people to present.
        router: makes its routes, served below ``/<name>``.
        pages: folder of its browser files, served below ``/<name>/static``; ``index.html`` at ``/<name>/``.
        jobs: periodic work.
        settings: class of its settings.
        migrations: folder of its Alembic migrations.
        problems: its own problem codes.
        max_body: largest request body below its path.
    """

    name: str
    title: Mapping[str, str]
    credential_types: tuple[str, ...]
    router: Callable[[PluginContext], APIRouter]
    settings: type[PluginSettings] = PluginSettings
    presentation_requests: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    pages: Path | None = None
    jobs: tuple[PluginJob, ...] = ()
    migrations: Path | None = None
    problems: Mapping[str, ProblemKind] = field(default_factory=dict)
    max_body: int = 65_536


def schema_of(name: str) -> str:
    """Return the database schema of a module."""
    return f"plugin_{name}"


def plugin_metadata(name: str) -> MetaData:
    """Return the metadata for a module's models, in its own schema."""
    return metadata_for(schema_of(name))
