"""What an institution does to a record afterwards: amend it, withdraw it, look through all of them.

Each change is one transaction under the lock of the record, which a claim takes too: a claim that is under
way is either whole before the change, and its credential then superseded or revoked with it, or finds its
token void after it. Both are idempotent: what is withdrawn stays so, and the same content again changes
nothing.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from digital_resume.core.errors import SchemaError
from issuer.audit import note
from issuer.context import Context
from issuer.credentials.models import Credential
from issuer.credentials.service import credential_of
from issuer.errors import ConflictError
from issuer.institutions.api_keys import Caller, Scope
from issuer.openid4vci.offers import void_offers
from issuer.records import repository
from issuer.records.models import Record
from issuer.records.service import accept_record, own_record
from issuer.status.lists import Status, read_status, write_status

MAX_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Content:
    """What a record says, as an institution hands it in."""

    claims: Mapping[str, Any]
    valid_from: datetime | None
    valid_until: datetime | None
    external_id: str | None


async def withdraw(session: AsyncSession, context: Context, caller: Caller, record_id: UUID) -> Record:
    """Withdraw a record: it cannot be claimed, its credential is revoked, and what it said is erased.

    Raises:
        NotFoundError: no such record.
        NotPermittedError: a credential would be revoked, and the key may not change a status.
    """
    record = await own_record(session, caller, record_id, lock=True)
    if record.state == "withdrawn":
        return record
    effect = await _end_credential(session, context, caller, record, Status.REVOKED)
    await void_offers(session, record.id)
    before, record.state, record.corrected_at = record.state, "withdrawn", context.clock.now()
    record.encrypted_claims = record.blind_index = record.romanised_index = None
    _note(session, caller, record, "record.withdrawn", before=before, credential=effect)
    await session.flush()
    return record


async def amend(
    session: AsyncSession, context: Context, caller: Caller, record_id: UUID, content: Content
) -> Record:
    """Replace what a record says; it waits for its owner again, and its credential is superseded.

    Raises:
        NotFoundError: no such record.
        ConflictError: it was withdrawn.
        NotPermittedError: a credential would be superseded, and the key may not change a status.
        SchemaError: as for a record that is handed in.
    """
    record = await own_record(session, caller, record_id, lock=True)
    if record.state == "withdrawn":
        raise ConflictError(
            "This record was withdrawn. Hand in a new one.",
            code="record_withdrawn",
        )
    accepted = accept_record(
        context,
        caller.institution,
        record.credential_type,
        content.claims,
        valid_from=content.valid_from,
        valid_until=content.valid_until,
        external_id=content.external_id,
    )
    if _says(context, record) == (accepted.claims, content.valid_from, content.valid_until):
        record.external_id = content.external_id
        await session.flush()
        return record
    effect = await _end_credential(session, context, caller, record, Status.SUPERSEDED)
    # An offer may be bound to the key of whom the record was for until now.
    await void_offers(session, record.id)
    before, record.state, record.issued_at = record.state, "waiting", None
    record.corrected_at = context.clock.now()
    record.encrypted_claims = context.cipher.seal_claims(record.id, accepted.claims)
    record.blind_index, record.romanised_index = accepted.blind_index, accepted.romanised_index
    record.valid_from, record.valid_until = content.valid_from, content.valid_until
    record.external_id = content.external_id
    _note(session, caller, record, "record.amended", before=before, credential=effect)
    await session.flush()
    return record


def _says(
    context: Context, record: Record
) -> tuple[Mapping[str, Any], datetime | None, datetime | None] | None:
    if record.encrypted_claims is None:
        return None
    claims = context.cipher.open_claims(record.id, record.encrypted_claims)
    return claims, record.valid_from, record.valid_until


async def _end_credential(
    session: AsyncSession, context: Context, caller: Caller, record: Record, status: Status
) -> str:
    """End the credential that a record became, if it did; return what became of it, for the audit log."""
    credential: Credential | None = await credential_of(session, record)
    if credential is None:
        return "none"
    caller.require(Scope.STATUS_WRITE)
    present = await read_status(session, credential.status_list_id, credential.status_index, lock=True)
    # Revoked is final, and superseded may only become revoked.
    if present is not Status.REVOKED and present is not status:
        await write_status(session, credential.status_list_id, credential.status_index, status)
        present = status
    credential.replaced_at = context.clock.now() if status is Status.SUPERSEDED else None
    # A wallet that lost the answer gets it no more.
    credential.encrypted_delivery = credential.delivery_thumbprint = None
    credential.delivery_expires_at = None
    return present.name.lower()


def _note(session: AsyncSession, caller: Caller, record: Record, action: str, **detail: str) -> None:
    note(
        session,
        action,
        record.id,
        institution_id=caller.institution.id,
        actor=f"api-key:{caller.key_id}",
        type=record.credential_type,
        **detail,
    )


async def page_of_records(
    session: AsyncSession,
    caller: Caller,
    *,
    limit: int,
    cursor: str | None,
    state: str | None = None,
    credential_type: str | None = None,
    external_id: str | None = None,
) -> tuple[list[tuple[Record, UUID | None]], str | None]:
    """Return a page of an institution's records with their credentials' ids, and the cursor of the next page.

    Raises:
        SchemaError: code ``cursor_invalid``.
    """
    rows = await repository.records_after(
        session,
        caller.institution.id,
        after=None if cursor is None else _parse_cursor(cursor),
        limit=limit + 1,
        state=state,
        credential_type=credential_type,
        external_id=external_id,
    )
    page = rows[:limit]
    more = _cursor(page[-1]) if len(rows) > limit else None
    return [(record, await _credential_id(session, record)) for record in page], more


async def _credential_id(session: AsyncSession, record: Record) -> UUID | None:
    credential = await credential_of(session, record) if record.state in {"issued", "withdrawn"} else None
    return credential.id if credential else None


def _cursor(record: Record) -> str:
    return urlsafe_b64encode(f"{record.created_at.isoformat()}|{record.id}".encode()).rstrip(b"=").decode()


def _parse_cursor(text: str) -> tuple[datetime, UUID]:
    try:
        moment, _, record_id = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii").partition("|")
        at = datetime.fromisoformat(moment)
        if at.tzinfo is None:
            raise ValueError
        return at, UUID(record_id)
    except (binascii.Error, ValueError):
        raise SchemaError(
            "The cursor is not one that this service gave. Begin again without one.",
            code="cursor_invalid",
        ) from None
