"""Retention: what is over is erased. The worker runs it now and then; several at once are harmless.

Nonces, tokens, used proofs, answers, what is kept for delivery go when their time is over, offers with their
codes a day later; records that nobody claimed or that were withdrawn, what issued records said and events of
the audit log a day after their retention ends. A record's retention begins again when its institution
corrects it. Time is the retention clock's, so that a system clock that jumps erases nothing.
Rows go some at a time, each time in a transaction of its own, so that nobody who is served waits long for a
lock.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from digital_resume.adapters.retention_clock import HOLD
from issuer.audit import AuditEvent, note
from issuer.context import Context
from issuer.credentials.models import Credential
from issuer.openid4vci.models import AccessToken, DpopProof, Nonce, Offer
from issuer.records.models import Record
from issuer.signing_api.models import IdempotentAnswer

AT_ONCE = 500


async def erase_expired(context: Context, now: datetime) -> None:
    """Erase what is over.

    Args:
        context: the issuer's.
        now: ``RetentionClock.moment``; never the system's clock as it is.
    """
    async with context.database.sessions.begin() as session:
        for model in (Nonce, AccessToken, DpopProof, IdempotentAnswer):
            await session.execute(delete(model).where(model.expires_at <= now))
        # A day longer than it could be used, so that its link still says that it has ended.
        await session.execute(delete(Offer).where(Offer.expires_at <= now - timedelta(days=1)))
        await session.execute(
            update(Credential)
            .where(Credential.delivery_expires_at <= now)
            .values(encrypted_delivery=None, delivery_thumbprint=None, delivery_expires_at=None)
        )
    settings = context.settings
    held = now - HOLD
    await _some_at_a_time(context, _erase_records, held - timedelta(days=settings.record_retention_days))
    await _some_at_a_time(context, _erase_claims, held - timedelta(days=settings.record_retention_days))
    await _some_at_a_time(context, _erase_events, held - timedelta(days=settings.audit_retention_days))


async def _some_at_a_time(
    context: Context, erase: Callable[[AsyncSession, datetime], Awaitable[int]], before: datetime
) -> None:
    erased = AT_ONCE
    while erased == AT_ONCE:
        async with context.database.sessions.begin() as session:
            erased = await erase(session, before)


async def _erase_records(session: AsyncSession, before: datetime) -> int:
    """Erase records that nobody claimed, with their offers; one that is being claimed is passed over.

    A credential that such a record once became stays, and no longer names it.
    """
    query = (
        select(Record.id, Record.institution_id)
        .where(
            Record.state != "issued",
            Record.created_at <= before,  # implied by the next one; it has the index
            func.coalesce(Record.corrected_at, Record.created_at) <= before,
        )
        .order_by(Record.created_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    rows = (await session.execute(query)).all()
    ids = [row.id for row in rows]
    for model in (AccessToken, Offer):
        await session.execute(delete(model).where(model.record_id.in_(ids)))
    # Of a record that was withdrawn after it was claimed, or amended.
    await session.execute(update(Credential).where(Credential.record_id.in_(ids)).values(record_id=None))
    await session.execute(delete(Record).where(Record.id.in_(ids)))
    for row in rows:
        note(session, "record.expired", row.id, institution_id=row.institution_id, actor="worker")
    return len(ids)


async def _erase_claims(session: AsyncSession, before: datetime) -> int:
    """Erase what records said that were issued; they can no longer be claimed again."""
    query = (
        select(Record.id, Record.institution_id)
        .where(Record.state == "issued", Record.encrypted_claims.is_not(None), Record.issued_at <= before)
        .order_by(Record.issued_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    rows = (await session.execute(query)).all()
    await session.execute(
        update(Record)
        .where(Record.id.in_([row.id for row in rows]))
        .values(encrypted_claims=None, blind_index=None, romanised_index=None)
    )
    for row in rows:
        note(session, "record.erased", row.id, institution_id=row.institution_id, actor="worker")
    return len(rows)


async def _erase_events(session: AsyncSession, before: datetime) -> int:
    oldest = select(AuditEvent.id).where(AuditEvent.at <= before).order_by(AuditEvent.at).limit(AT_ONCE)
    gone = await session.execute(
        delete(AuditEvent)
        .where(AuditEvent.id.in_(oldest.with_for_update(skip_locked=True)))
        .returning(AuditEvent.id)
    )
    return len(gone.all())
