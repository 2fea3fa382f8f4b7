"""What the issuer's code is handed: settings, database, cipher, clock, types and the chain.

Made once in ``create_app`` and in the worker; nothing here is a module-level singleton.
"""

import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Request

from digital_resume.adapters.chain.deployments import Deployments, DeploymentsFileError
from digital_resume.adapters.clock import SystemClock
from digital_resume.adapters.database import Database
from digital_resume.adapters.fetch import GuardedFetcher
from digital_resume.adapters.keystore import KeyCipher
from digital_resume.adapters.status_lists.copies import StatusCopies
from digital_resume.adapters.status_lists.stores import MemoryStore
from digital_resume.core.credentials.catalog import Catalog
from digital_resume.core.errors import SourceUnavailableError
from digital_resume.core.ports import Clock
from digital_resume.core.securing.linked_data.canonicalizer import use_contexts
from digital_resume.core.securing.linked_data.own_contexts import read_contexts
from issuer.chain.account import ChainReader
from issuer.chain.standing import Standing, Standings
from issuer.encryption import RowCipher
from issuer.errors import ChainStateError
from issuer.settings import IssuerSettings

_FETCH_SECONDS: Final = 5.0
#: How old a copy may be while its server is away; an identity's policy asks for less anyway.
_MAX_COPY_AGE: Final = timedelta(hours=1)


@dataclass(slots=True)
class Context:
    """Settings and adapters of one running issuer."""

    settings: IssuerSettings
    database: Database
    cipher: RowCipher
    clock: Clock
    catalog: Catalog
    _reader: ChainReader | None = None
    _copies: StatusCopies | None = None
    _standings: Standings | None = None
    live_nonces: dict[UUID, tuple[float, int]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def from_settings(
        cls,
        settings: IssuerSettings,
        *,
        clock: Clock | None = None,
        database: Database | None = None,
        catalog: Catalog | None = None,
    ) -> "Context":
        """Make the context of a deployment.

        Args:
            settings: what the environment says.
            clock: the system's when not given.
            database: that of ``DATABASE_URL`` when not given.
            catalog: credential types; those of the settings when not given.

        Raises:
            ValueError: no key-encryption key, or a database URL that is not PostgreSQL's.
            MalformedError: the folder of further credential types or contexts is not what it must be.
        """
        use_contexts(read_contexts(settings.contexts_dir))
        return cls(
            settings=settings,
            database=database or Database.from_settings(settings),
            cipher=RowCipher(KeyCipher(settings.load_key_encryption_key())),
            clock=clock or SystemClock(),
            catalog=catalog or settings.load_catalog(),
        )

    def credential_issuer(self, slug: str) -> str:
        """Return the credential issuer identifier of an institution."""
        return f"{self.settings.issuer_url}/i/{slug}"

    def reader(self) -> ChainReader:
        """Return the chain; opened when first asked for, so that the service starts without it.

        Raises:
            SourceUnavailableError: the chain is not set up.
        """
        with self._lock:
            if self._reader is None:
                try:
                    self._reader = ChainReader.from_settings(self.settings)
                except (ChainStateError, DeploymentsFileError) as error:
                    raise SourceUnavailableError(error.message) from None
            return self._reader

    async def standing_of(self, did: str, credential_type: str, verification_method: str) -> Standing:
        """Return what the chain says of an institution that is about to sign, as ``Standings.of``."""
        if self._standings is None:
            self._standings = Standings(
                self.reader,
                self.clock,
                fresh=self.settings.standing_seconds,
                keep=self.settings.standing_keep_seconds,
            )
        return await self._standings.of(did, credential_type, verification_method)

    async def close(self) -> None:
        """Let go of the chain and of the database."""
        if self._reader is not None:
            self._reader.client.close()
        await self.database.dispose()

    def status_copies(self) -> StatusCopies:
        """Return checked copies of other deployments' status lists, in memory: identities are shown rarely.

        Raises:
            SourceUnavailableError: the chain is not set up.
        """
        reader = self.reader()
        with self._lock:
            if self._copies is None:
                self._copies = StatusCopies(
                    MemoryStore(),
                    fetcher=GuardedFetcher(
                        allowed_origins=self.settings.local_origins(), timeout=_FETCH_SECONDS
                    ),
                    trust=reader.trust_directory,
                    heads=reader.status_registry,
                    clock=self.clock,
                    max_age=_MAX_COPY_AGE,
                )
            return self._copies

    def deployments(self) -> Deployments:
        """Return the pinned chain and contracts; errors as ``reader``."""
        return self.reader().deployments


async def context_of(request: Request) -> Context:
    """Return the running app's context; asynchronous, because FastAPI gives a plain function to a thread."""
    context = request.app.state.context
    assert isinstance(context, Context)
    return context


ContextDep = Annotated[Context, Depends(context_of)]
