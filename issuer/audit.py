"""The audit log: who did what to which id, without any personal data.

Kept in the same transaction as what it tells of. ``detail`` takes short machine words only (types,
states, codes), never names, claims, reasons in free text, codes or tokens.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Identity, String, func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from issuer.institutions.models import Institution
from issuer.schema import Base


class AuditEvent(Base):
    """What was done, by which key, on which id. Never a name, a claim, a code or a token."""

    __tablename__ = "audit_event"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    institution_id: Mapped[UUID | None] = mapped_column(ForeignKey(Institution.id), index=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
    actor: Mapped[str] = mapped_column(String(40))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(60))
    detail: Mapped[dict[str, Any]]


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
