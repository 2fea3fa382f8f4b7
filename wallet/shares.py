"""Shares: sealed resumes, stored until they are stopped or expire. The server can open none of them.

What proves that a caller made a share is a secret of which only the SHA-256 is stored. Stopping destroys the
key that the stored bytes are under before anything else, so that nothing PostgreSQL keeps can be opened.
"""

import asyncio
import hashlib
import hmac
import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from digital_resume.core.resume.envelope import BLOCK_BYTES, ENVELOPE_VERSION, MAX_BLOB_BYTES
from digital_resume.error_words import particular
from wallet.errors import ShareError
from wallet.models import Share, ShareOpenings, key_slots
from wallet.share_keys import ShareKeyDestroyedError, ShareKeyError, ShareKeys

_OVERHEAD: Final = 12 + 16
_DAY: Final = 86_400
_SWEEP_ROWS: Final = 1_000
#: Seconds for which a count of the stored bytes is believed.
_COUNT_EVERY: Final = 10.0


@dataclass(frozen=True, slots=True)
class Deposit:
    """A sealed resume as its maker hands it in; the form of each part is checked already."""

    id: str
    expires: int
    ciphertext: bytes
    stop_key_hash: bytes


@dataclass(frozen=True, slots=True)
class ShareBounds:
    """How long a share may live, in days, and how wrong its maker's clock may go, in seconds."""

    min_days: int
    max_days: int
    slack: int


class StoredBytes:
    """How much ciphertext is stored, counted once in a while; what is deposited in between is added.

    Args:
        most: bytes that may be stored in all.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._counted_at = -math.inf
        self._count = 0

    async def take(self, session: AsyncSession, size: int) -> bool:
        """Make room for ``size`` bytes; tell whether there is."""
        if time.monotonic() - self._counted_at > _COUNT_EVERY:
            self._counted_at = time.monotonic()
            total = select(func.coalesce(func.sum(func.octet_length(Share.ciphertext)), 0))
            self._count = int(await session.scalar(total) or 0)
        if self._count + size > self._most:
            return False
        self._count += size
        return True


async def deposit_share(
    session: AsyncSession,
    deposit: Deposit,
    bounds: ShareBounds,
    stored: StoredBytes,
    *,
    keys: ShareKeys,
    now: datetime,
) -> None:
    """Store a share; an identical repeat is accepted, so that a wallet may send again after a lost answer.

    Raises:
        ShareError: ``share_expiry_invalid``, ``share_too_large``, ``share_ciphertext_invalid``, or
            ``share_id_taken`` when the id stands for another share or for one that was stopped;
            ``share_store_full``; ``share_key_missing`` where a repeat cannot be compared.
    """
    _check_size(deposit.ciphertext)
    seconds = deposit.expires - int(now.timestamp())
    if not bounds.min_days * _DAY - bounds.slack <= seconds <= bounds.max_days * _DAY + bounds.slack:
        known = await session.get(Share, deposit.id)
        if known is None or not _same(known, deposit, keys):
            raise ShareError(
                f"A share lives {bounds.min_days} to {bounds.max_days} days from now. "
                "Choose another period, and check the device's clock.",
                code="share_expiry_invalid",
                message_ko=particular(
                    "share_expiry_invalid", "bounds", least=bounds.min_days, most=bounds.max_days
                ),
            )
        return
    if not await stored.take(session, len(deposit.ciphertext)):
        known = await session.get(Share, deposit.id)
        if known is None or not _same(known, deposit, keys):
            raise ShareError(
                "The wallet server stores no more shares just now. Try again later.", code="share_store_full"
            )
        return
    slot = await session.scalar(select(key_slots.next_value()))
    assert slot is not None
    sealed = await asyncio.to_thread(keys.seal, slot, deposit.id, deposit.ciphertext)
    made = await session.scalar(
        insert(Share)
        .values(
            id=deposit.id,
            version=ENVELOPE_VERSION,
            expires=deposit.expires,
            stop_key_hash=deposit.stop_key_hash,
            ciphertext=sealed,
            key_slot=slot,
        )
        .on_conflict_do_nothing()
        .returning(Share.id)
    )
    if made is not None:
        return
    await asyncio.to_thread(keys.destroy, slot)
    known = await session.get(Share, deposit.id)
    if known is None or not _same(known, deposit, keys):
        raise ShareError(
            "This share id is taken. Make the share again with a fresh id.", code="share_id_taken"
        )


async def read_share(
    session: AsyncSession, share_id: str, keys: ShareKeys, now: datetime
) -> tuple[Share, bytes]:
    """Return a share that may be opened, and its ciphertext.

    Raises:
        ShareError: ``share_unknown``, ``share_stopped``, ``share_expired`` or ``share_key_missing``.
    """
    share = await session.get(Share, share_id)
    if share is None:
        raise _unknown()
    if share.stopped_at is not None:
        raise _stopped()
    if share.ciphertext is None or share.expires <= now.timestamp():
        raise ShareError("This share has expired. Ask for a new link.", code="share_expired")
    try:
        return share, _opened(share.id, share.key_slot, share.ciphertext, keys)
    except ShareKeyDestroyedError:
        raise _stopped() from None  # its key is gone, and a kill came before its row said so


async def stop_share(
    session: AsyncSession, share_id: str, secret: bytes, keys: ShareKeys, now: datetime
) -> None:
    """Stop a share and erase its ciphertext, the key first; stopping twice is no error.

    Raises:
        ShareError: ``share_unknown`` or ``stop_secret_wrong``.
    """
    await authorise(session, share_id, secret)
    slot = await session.scalar(select(Share.key_slot).where(Share.id == share_id))
    if slot is not None:
        await asyncio.to_thread(keys.destroy, slot)
    await session.execute(
        update(Share)
        .where(Share.id == share_id, Share.stopped_at.is_(None))
        .values(stopped_at=now, ciphertext=None, key_slot=None)
    )


async def read_openings(session: AsyncSession, share_id: str) -> tuple[int, list[datetime]]:
    """Return how often a share was fetched and the last times, oldest first."""
    openings = await session.get(ShareOpenings, share_id)
    return (openings.count, [at.astimezone(UTC) for at in openings.recent]) if openings else (0, [])


async def newest_slot(session: AsyncSession) -> int | None:
    """Return the highest slot of a share that has its key; ``None`` when there is none."""
    return await session.scalar(select(func.max(Share.key_slot)))


async def sweep(session: AsyncSession, now: datetime, tombstone_days: int, keys: ShareKeys) -> int:
    """Erase shares that expired before ``now``, keys first, and forget shares that ended long ago.

    Args:
        session: a transaction of its own.
        now: ``RetentionClock.moment`` less ``HOLD``; never the system's clock as it is.
        tombstone_days: how long a share's id is remembered after its expiry.
        keys: the shares' keys.

    Returns:
        How many rows were changed; a full batch means that there is more to do.
    """
    moment = int(now.timestamp())
    expired = (
        await session.execute(
            select(Share.id, Share.key_slot)
            .where(Share.ciphertext.is_not(None), Share.expires <= moment)
            .limit(_SWEEP_ROWS)
            .with_for_update(skip_locked=True)
        )
    ).all()
    slots = [row.key_slot for row in expired if row.key_slot is not None]
    await asyncio.to_thread(keys.destroy, *slots)
    ids = [row.id for row in expired]
    await session.execute(update(Share).where(Share.id.in_(ids)).values(ciphertext=None, key_slot=None))
    old = (
        select(Share.id)
        .where(Share.expires <= moment - tombstone_days * _DAY)
        .limit(_SWEEP_ROWS)
        .with_for_update(skip_locked=True)
    )
    forgotten = (await session.scalars(delete(Share).where(Share.id.in_(old)).returning(Share.id))).all()
    return len(ids) + len(forgotten)


def sweep_is_full(changed: int) -> bool:
    """Tell whether a sweep stopped at its batch's limit."""
    return changed >= _SWEEP_ROWS


async def authorise(session: AsyncSession, share_id: str, secret: bytes) -> None:
    """Check that the caller holds the share's stop secret.

    Raises:
        ShareError: ``share_unknown`` or ``stop_secret_wrong``.
    """
    expected = await session.scalar(select(Share.stop_key_hash).where(Share.id == share_id))
    if expected is None:
        raise _unknown()
    if not hmac.compare_digest(hashlib.sha256(secret).digest(), expected):
        raise ShareError("Only the wallet that made the share can do this.", code="stop_secret_wrong")


def _unknown() -> ShareError:
    return ShareError("There is no such share. Check the link.", code="share_unknown")


def _stopped() -> ShareError:
    return ShareError("The holder has stopped this share. Ask for a new link.", code="share_stopped")


def _opened(share_id: str, slot: int | None, stored: bytes, keys: ShareKeys) -> bytes:
    if slot is None:
        return stored
    try:
        return keys.open(slot, share_id, stored)
    except ShareKeyDestroyedError:
        raise
    except ShareKeyError:
        raise ShareError(
            "The wallet server cannot open this share just now: its key is not where it should be. The share "
            "has not ended. Try again later; if it stays, tell whoever runs the service.",
            code="share_key_missing",
        ) from None


def _same(known: Share, deposit: Deposit, keys: ShareKeys) -> bool:
    if known.ciphertext is None or known.expires != deposit.expires:
        return False
    try:
        ciphertext = _opened(known.id, known.key_slot, known.ciphertext, keys)
    except ShareKeyDestroyedError:
        return False
    return hmac.compare_digest(known.stop_key_hash, deposit.stop_key_hash) and hmac.compare_digest(
        ciphertext, deposit.ciphertext
    )


def _check_size(ciphertext: bytes) -> None:
    if len(ciphertext) > MAX_BLOB_BYTES:
        raise ShareError(
            f"The resume is larger than a share may be ({MAX_BLOB_BYTES} bytes). Choose fewer credentials.",
            code="share_too_large",
            message_ko=particular("share_too_large", "bounds", most=MAX_BLOB_BYTES),
        )
    padded = len(ciphertext) - _OVERHEAD
    if padded <= 0 or padded % BLOCK_BYTES:
        raise ShareError(
            "The ciphertext is not that of a sealed resume: its size is wrong.",
            code="share_ciphertext_invalid",
        )
