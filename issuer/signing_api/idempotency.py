"""``Idempotency-Key``: the same request twice is done once and answered the same.

The key is claimed by inserting its row in the request's own transaction. A second request with the same
key waits on that row (PostgreSQL blocks on the unique index) until the first has committed, then
replays its answer; when the first failed, its row is gone and the second is done. A failed request
therefore never uses a key up. Answers are kept encrypted and only for a bounded time, because the answer
to an issuance is a credential; that time is the retention clock's.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.bearer_secrets import same
from issuer.encryption import RowCipher
from issuer.errors import IdempotencyKeyError, IdempotencyKeyReusedError
from issuer.schema import retention_clock
from issuer.signing_api.models import IdempotentAnswer

_FORM: Final = re.compile(r"[\x21-\x7e]{8,128}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it was given, or is to be given: HTTP status and JSON body."""

    status: int
    body: bytes
    replayed: bool = False


def parse_key(header: str | None) -> str:
    """Return the key of an ``Idempotency-Key`` header.

    Raises:
        IdempotencyKeyError: missing, or not 8 to 128 visible ASCII characters.
    """
    if header is None:
        raise IdempotencyKeyError(
            "This request needs an Idempotency-Key header, so that sending it twice does it once. "
            "Make a random one for each thing you hand over.",
            code="idempotency_key_missing",
        )
    if not _FORM.fullmatch(header):
        raise IdempotencyKeyError(
            "The Idempotency-Key is not 8 to 128 visible ASCII characters; a random UUID is one."
        )
    return header


async def claim(
    session: AsyncSession,
    cipher: RowCipher,
    *,
    institution_id: UUID,
    key: str,
    operation: str,
    body: bytes,
    now: datetime,
    lifetime: timedelta,
) -> Answer | None:
    """Claim ``key`` for this request, or return the answer that was given under it.

    Of the request an HMAC is kept, never a plain digest: whoever reads the table must not find a birth date
    by trying all of them.

    Args:
        session: the request's own.
        cipher: keys the HMAC, and seals the answer.
        institution_id: tenant.
        key: the request's ``Idempotency-Key``.
        operation: method and path.
        body: the request's body as it came in.
        now: present moment.
        lifetime: how long the answer is kept.

    Raises:
        IdempotencyKeyReusedError: the key was used with another request.
    """
    row = IdempotentAnswer
    mac = cipher.request_mac(institution_id, key, operation, body)
    where = (row.institution_id == institution_id) & (row.key == key)
    # A system clock that jumps ahead must not make a retried request act twice: an answer is over only when
    # the retention clock says so too.
    trusted = select(retention_clock.c.trusted_at).scalar_subquery()
    await session.execute(delete(row).where(where, row.expires_at <= now, row.expires_at <= trusted))
    mine = await session.execute(
        insert(row)
        .values(institution_id=institution_id, key=key, request_mac=mac, expires_at=now + lifetime)
        .on_conflict_do_nothing()
        .returning(row.key)
    )
    if mine.first() is not None:
        return None
    stored = (await session.scalars(select(row).where(where))).one()
    if not same(stored.request_mac, mac):
        raise IdempotencyKeyReusedError(
            "This Idempotency-Key was used before with another request. Nothing was changed; use a new key."
        )
    # Both are set before the row's transaction commits.
    assert stored.status is not None
    assert stored.encrypted_body is not None
    answer = cipher.open_answer(institution_id, key, stored.encrypted_body)
    return Answer(stored.status, answer, replayed=True)


async def keep(
    session: AsyncSession, cipher: RowCipher, *, institution_id: UUID, key: str, answer: Answer
) -> None:
    """Keep the answer to a claimed key, in the same transaction as what it tells of."""
    await session.execute(
        update(IdempotentAnswer)
        .where(IdempotentAnswer.institution_id == institution_id, IdempotentAnswer.key == key)
        .values(status=answer.status, encrypted_body=cipher.seal_answer(institution_id, key, answer.body))
    )
