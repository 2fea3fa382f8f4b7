"""One owner of the anchoring account's nonces, by a PostgreSQL advisory lock on a connection of its own.

The lock is the server's: when the owner's process or connection dies, it is free at once. ``verify`` is
called before every transaction that is sent, so an owner that lost its connection sends nothing more.
What a last moment's race could still do is harmless: nonces are unique on the chain, and anchoring and
publishing the same root twice changes nothing.
"""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from digital_resume.adapters.database import Database
from digital_resume.core.errors import SourceUnavailableError


class NonceLease:
    """Held ownership of an account's nonces."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def verify(self) -> None:
        """Check that the lock's connection lives.

        Raises:
            SourceUnavailableError: it does not; stop sending.
        """
        try:
            await self._connection.execute(text("select 1"))
        except SQLAlchemyError:
            raise SourceUnavailableError(
                "The connection that holds the nonce lock was lost. The next tick goes on.",
                code="lease_lost",
            ) from None


@asynccontextmanager
async def nonce_lease(database: Database, genesis: str, submitter: str) -> AsyncIterator[NonceLease | None]:
    """Hold the nonces of an account; yields ``None`` when another worker holds them."""
    key = _lock_key(genesis, submitter)
    async with database.engine.connect() as raw:
        connection = await raw.execution_options(isolation_level="AUTOCOMMIT")
        held = await connection.scalar(text("select pg_try_advisory_lock(:key)"), {"key": key})
        if not held:
            yield None
            return
        try:
            yield NonceLease(connection)
        finally:
            with suppress(SQLAlchemyError):
                await connection.execute(text("select pg_advisory_unlock(:key)"), {"key": key})


def _lock_key(genesis: str, submitter: str) -> int:
    digest = hashlib.sha256(f"vdr-nonce|{genesis}|{submitter.lower()}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
