"""PostgreSQL for a service: one engine, one session a request, one commit a request.

A service puts a ``Database`` at ``app.state.database`` and its endpoints take ``SessionDep``.
Services never commit; the dependency commits once when the endpoint has returned and *before* the
answer is sent, so that no client ever hears of something that was not stored. An endpoint that
raises is rolled back. What must survive a failed request goes through
``digital_resume.adapters.database.once``.
"""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from digital_resume.settings import CommonSettings


def sqlalchemy_url(database_url: str) -> URL:
    """Return ``postgresql://…`` as SQLAlchemy's URL for psycopg 3.

    Raises:
        ValueError: the URL is not PostgreSQL's; it is not repeated, as it holds a password.
    """
    try:
        url = make_url(database_url)
    except Exception:
        raise ValueError("DATABASE_URL is not a database URL.") from None
    if url.drivername not in {"postgresql", "postgres", "postgresql+psycopg"}:
        raise ValueError("DATABASE_URL must begin with postgresql://: PostgreSQL is the only database.")
    return url.set(drivername="postgresql+psycopg")


def libpq_url(database_url: str) -> str:
    """Return the URL in the form psycopg and procrastinate take."""
    return sqlalchemy_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)


class Database:
    """An engine and its sessions; made when an app starts, disposed of when it stops."""

    def __init__(self, database_url: str, *, pool_size: int = 5, max_overflow: int = 10) -> None:
        self.engine: AsyncEngine = create_async_engine(
            sqlalchemy_url(database_url),
            pool_size=pool_size,
            max_overflow=max_overflow,
            pool_pre_ping=True,
            pool_timeout=10,
            # Rows of people must not appear in messages of errors.
            hide_parameters=True,
            connect_args={"connect_timeout": 10, "options": "-c timezone=UTC -c statement_timeout=60000"},
        )
        self.sessions: async_sessionmaker[AsyncSession] = async_sessionmaker(
            self.engine, expire_on_commit=False
        )

    @classmethod
    def from_settings(cls, settings: CommonSettings, **options: Any) -> "Database":
        """Make a database from ``DATABASE_URL``."""
        return cls(settings.database_url.get_secret_value(), **options)

    async def ping(self) -> None:
        """Run one query; raises what the driver raises when the server does not answer."""
        async with self.engine.connect() as connection:
            await connection.execute(text("select 1"))

    async def dispose(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def database_of(request: Request) -> Database:
    """Return the app's database."""
    database = request.app.state.database
    assert isinstance(database, Database)
    return database


async def _database_dependency(request: Request) -> Database:
    # Asynchronous: FastAPI gives a plain function to a thread, which costs milliseconds on a busy machine.
    return database_of(request)


async def request_session(request: Request) -> AsyncIterator[AsyncSession]:
    """Yield the request's session; commit once when the endpoint returned, roll back when it raised."""
    async with database_of(request).sessions() as session:
        yield session
        await session.commit()


#: The request's session. ``scope="function"``: the commit happens before the answer is sent.
SessionDep = Annotated[AsyncSession, Depends(request_session, scope="function")]
DatabaseDep = Annotated[Database, Depends(_database_dependency)]
