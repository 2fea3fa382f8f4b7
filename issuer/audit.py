"""The audit log: who did what to which id, without any personal data.

Kept in the same transaction as what it tells of. ``detail`` takes short machine words only (types,
states, codes), never names, claims, reasons in free text, codes or tokens.
"""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.models import AuditEvent


def note(
    session: AsyncSession,
    action: str,
    subject: object,
    *,
    institution_id: UUID | None,
    actor: str,
    **detail: str | int | bool,
) -> None:
    """Add an event to the session.

    Args:
        session: the session of what is told of.
        action: dotted verb, e.g. ``record.received``.
        subject: id of the thing.
        institution_id: tenant it belongs to.
        actor: ``api-key:<id>``, ``holder``, ``worker`` or ``operator``.
        detail: machine words.
    """
    session.add(
        AuditEvent(
            institution_id=institution_id,
            actor=actor,
            action=action,
            subject=str(subject),
            detail=detail,
        )
    )
