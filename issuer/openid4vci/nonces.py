"""``c_nonce``: handed out by the nonce endpoint, used once, gone after five minutes.

OpenID4VCI 1.0 section 7. A nonce is used by deleting its row in a transaction of its own, so of two
proofs with the same nonce one loses, and a request that fails afterwards does not give it back.
"""

import math
import time
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from digital_resume.adapters.database import execute_once
from issuer.bearer_secrets import digest, new_secret
from issuer.context import Context
from issuer.errors import TooManyNoncesError
from issuer.openid4vci.models import Nonce

#: Seconds for which a count of unused nonces is believed; those handed out in between are added.
_COUNT_EVERY: Final = 2.0


async def issue_nonce(session: AsyncSession, context: Context, institution_id: UUID) -> str:
    """Make a nonce for proofs to one institution.

    Raises:
        TooManyNoncesError: strangers asked for so many that no more are stored for now.
    """
    await _check_room(session, context, institution_id)
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


async def _check_room(session: AsyncSession, context: Context, institution_id: UUID) -> None:
    """Refuse when an institution has too many unused nonces; they are counted once in a while.

    Raises:
        TooManyNoncesError: there are too many.
    """
    counted, count = context.live_nonces.get(institution_id, (-math.inf, 0))
    if time.monotonic() - counted > _COUNT_EVERY:
        counted = time.monotonic()
        live = select(Nonce.digest).where(
            Nonce.institution_id == institution_id, Nonce.expires_at > context.clock.now()
        )
        bounded = live.limit(context.settings.live_nonces).subquery()
        count = await session.scalar(select(func.count()).select_from(bounded)) or 0
    if count >= context.settings.live_nonces:
        context.live_nonces[institution_id] = (counted, count)
        raise TooManyNoncesError(
            "This institution has more unused nonces than it keeps. Try again in a few minutes."
        )
    context.live_nonces[institution_id] = (counted, count + 1)


async def consume_nonce(context: Context, institution_id: UUID, nonce: str) -> bool:
    """Use a nonce up; tell whether it was good."""
    statement = (
        delete(Nonce)
        .where(Nonce.digest == digest(nonce), Nonce.institution_id == institution_id)
        .returning(Nonce.expires_at)
    )
    row = await execute_once(context.database, statement)
    return row is not None and row[0] > context.clock.now()
