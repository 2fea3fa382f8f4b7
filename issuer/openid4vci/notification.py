"""The notification endpoint: the wallet says whether it kept the credential (OpenID4VCI 1.0 section 11).

Idempotent. Once the credential is accepted or dropped, what was kept for its delivery is erased.
"""

from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.audit import note
from issuer.credentials.models import Credential
from issuer.openid4vci.errors import ProtocolError
from issuer.openid4vci.models import AccessToken

EVENTS: Final = ("credential_accepted", "credential_failure", "credential_deleted")


async def receive(session: AsyncSession, token: AccessToken, body: Any) -> None:
    """Take a notification.

    Raises:
        ProtocolError: ``invalid_notification_request`` or ``invalid_notification_id``.
    """
    if not isinstance(body, dict) or not isinstance(body.get("notification_id"), str):
        raise ProtocolError("invalid_notification_request", "notification_id is missing.")
    event = body.get("event")
    if event not in EVENTS:
        raise ProtocolError("invalid_notification_request", f"event must be one of {', '.join(EVENTS)}.")
    row = (
        await session.scalars(
            select(Credential)
            .where(
                Credential.notification_id == body["notification_id"],
                Credential.record_id == token.record_id,
            )
            .with_for_update()
        )
    ).one_or_none()
    if row is None:
        raise ProtocolError("invalid_notification_id", "There is no credential of that notification_id.")
    if row.notification_event == event:
        return
    row.notification_event = event
    if event != "credential_failure":
        row.encrypted_delivery = row.delivery_thumbprint = row.delivery_expires_at = None
    note(
        session,
        "credential.notified",
        row.id,
        institution_id=row.institution_id,
        actor="holder",
        event=event,
    )
