"""``c_nonce``: handed out by the nonce endpoint, used once, gone after five minutes.

OpenID4VCI 1.0 section 7. A nonce is used by deleting its row in a transaction of its own, so of two
proofs with the same nonce one loses, and a request that fails afterwards does not give it back.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from adapters.database import execute_once
from issuer.context import Context
from issuer.models import Nonce
from issuer.secrets import digest, new_secret


async def issue_nonce(session: AsyncSession, context: Context, institution_id: UUID) -> str:
    """Make a nonce for proofs to one institution."""
    nonce = new_secret()
    session.add(
        Nonce(
            digest=digest(nonce),
            institution_id=institution_id,
            expires_at=context.clock.now() + timedelta(seconds=context.settings.nonce_seconds),
        )
    )
    await session.flush()
    return nonce


async def consume_nonce(context: Context, institution_id: UUID, nonce: str) -> bool:
    """Use a nonce up; tell whether it was good."""
    statement = (
        delete(Nonce)
        .where(Nonce.digest == digest(nonce), Nonce.institution_id == institution_id)
        .returning(Nonce.expires_at)
    )
    row = await execute_once(context.database, statement)
    return row is not None and row[0] > context.clock.now()
