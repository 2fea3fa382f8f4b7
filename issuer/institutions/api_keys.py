"""API keys of institutions: ``vdr_<key id>_<secret>``, compared in constant time.

The key id finds the row and is public; the secret has 256 random bits, so its plain SHA-256 can be kept
without salt or stretching. An unknown id costs the same comparison as a wrong secret.
"""

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from digital_resume.error_words import particular
from issuer.bearer_secrets import digest, new_secret, same
from issuer.errors import NotPermittedError, UnauthenticatedError
from issuer.institutions import repository
from issuer.institutions.models import ApiKey, Institution

_FORM: Final = re.compile(r"vdr_([0-9a-f]{12})_([A-Za-z0-9_-]{43})", re.ASCII)
_NOBODY: Final = bytes(32)


class Scope(StrEnum):
    """What an API key may be used for."""

    RECORDS_WRITE = "records:write"
    RECORDS_READ = "records:read"
    CREDENTIALS_WRITE = "credentials:write"
    STATUS_WRITE = "status:write"


ALL_SCOPES: Final = tuple(scope.value for scope in Scope)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls the signing API: an institution, through one of its keys."""

    institution: Institution
    key_id: str
    scopes: frozenset[str]

    def require(self, scope: Scope) -> None:
        """Check that the key may be used for ``scope``.

        Raises:
            NotPermittedError: it may not.
        """
        if scope not in self.scopes:
            raise NotPermittedError(
                f"This API key lacks the scope '{scope}'. Use one that has it, or ask the operator.",
                message_ko=particular("scope_missing", "of_key", scope=scope),
                scope=str(scope),
            )


async def create(session: AsyncSession, institution_id: UUID, scopes: Collection[str], label: str) -> str:
    """Create an API key and return it; it can never be read again.

    Raises:
        ValueError: a scope that does not exist.
    """
    unknown = set(scopes) - set(ALL_SCOPES)
    if unknown:
        raise ValueError(f"No such scope: {', '.join(sorted(unknown))}")
    key_id, secret = secrets.token_hex(6), new_secret()
    session.add(
        ApiKey(
            id=key_id,
            institution_id=institution_id,
            secret_digest=digest(secret),
            scopes=sorted(scopes),
            label=label,
        )
    )
    await session.flush()
    return f"vdr_{key_id}_{secret}"


async def authenticate(session: AsyncSession, authorization: str | None) -> Caller:
    """Return the caller behind an ``Authorization`` header.

    Raises:
        UnauthenticatedError: no key, or one that is malformed, unknown, wrong or revoked.
    """
    scheme, _, token = (authorization or "").partition(" ")
    match = _FORM.fullmatch(token.strip()) if scheme.lower() == "bearer" else None
    found = await repository.api_key(session, match[1]) if match else None
    expected = found[0].secret_digest if found else _NOBODY
    correct = same(expected, digest(match[2] if match else ""))
    if found is None or not correct:
        raise UnauthenticatedError(
            "The API key is missing, wrong or revoked. Send a key of yours as 'Authorization: Bearer vdr_…'."
        )
    key, institution = found
    return Caller(institution, key.id, frozenset(key.scopes))


async def revoke(session: AsyncSession, key_id: str, now: datetime) -> bool:
    """Revoke an API key at once; tell whether there was one."""
    result = await session.execute(
        update(ApiKey)
        .where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(ApiKey.id)
    )
    return result.first() is not None
