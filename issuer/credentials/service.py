"""Credentials signed at once for a known holder, and the status of issued ones."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from digital_resume.core.errors import IdentifierError, MalformedError, SchemaError
from digital_resume.core.identifiers.did import resolve_did_jwk, resolve_did_key
from digital_resume.core.keys.signing import PublicKey, public_key_from_jwk
from digital_resume.error_words import particular, words_for
from issuer.audit import note
from issuer.chain.standing import Standing
from issuer.context import Context
from issuer.credentials.models import Credential
from issuer.credentials.signing import Order, Signed, sign_credential
from issuer.errors import ConflictError, NotFoundError
from issuer.institutions.api_keys import Caller
from issuer.records.models import Record
from issuer.records.service import accept_claims
from issuer.records.validity import check_validity
from issuer.status.lists import Status, read_status, write_status

_FINAL = frozenset({Status.REVOKED, Status.SUPERSEDED})


def label(status: Status) -> str:
    """Return the word of a status on the API."""
    return status.name.lower()


def parse_status(word: str) -> Status:
    """Return the status of a word on the API."""
    return Status[word.upper()]


def parse_holder(jwk: Mapping[str, Any] | None, did: str | None) -> PublicKey:
    """Return the holder's key from exactly one of a JWK and a did:key or did:jwk.

    Raises:
        SchemaError: code ``holder_invalid``.
    """
    if (jwk is None) == (did is None):
        raise SchemaError(
            "Name the holder by exactly one of jwk and did.",
            code="holder_invalid",
            message_ko=particular("holder_invalid", "not_one"),
        )
    try:
        key = public_key_from_jwk(jwk) if jwk is not None else _key_of(did or "")
    except (IdentifierError, MalformedError) as error:
        raise SchemaError(
            f"The holder's key cannot be read: {error.message}",
            code="holder_invalid",
            message_ko=particular("holder_invalid", "unreadable", why=words_for(error).ko),
        ) from None
    if key.curve not in ("P-256", "Ed25519"):
        raise SchemaError(
            f"The holder's key must be a P-256 or an Ed25519 key, not {key.curve}.",
            code="holder_invalid",
            message_ko=particular("holder_invalid", "other_curve", curve=key.curve),
        )
    return key


def _key_of(did: str) -> PublicKey:
    return resolve_did_jwk(did) if did.startswith("did:jwk:") else resolve_did_key(did)


async def issue_at_once(
    session: AsyncSession,
    context: Context,
    caller: Caller,
    standing: Standing,
    *,
    credential_type: str,
    claims: Mapping[str, Any],
    holder: PublicKey,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    cryptosuite: str | None = None,
    open_badge: bool = False,
) -> Signed:
    """Sign a credential for a holder whose key the institution knows.

    Raises:
        UnknownTypeError, SchemaError: as ``accept_claims`` and ``check_validity``.
        SigningRefusedError, SourceUnavailableError: as ``sign_credential``.
    """
    kind, accepted = accept_claims(context, caller.institution, credential_type, claims)
    check_validity(kind, accepted, now=context.clock.now(), valid_from=valid_from, valid_until=valid_until)
    signed = await sign_credential(
        session,
        context,
        caller.institution,
        standing,
        Order(
            kind,
            accepted,
            holder,
            valid_from,
            valid_until,
            cryptosuite=cryptosuite,
            open_badge=open_badge,
        ),
    )
    note(
        session,
        "credential.issued",
        signed.row.id,
        institution_id=caller.institution.id,
        actor=f"api-key:{caller.key_id}",
        type=kind.name,
    )
    return signed


async def own_credential(session: AsyncSession, caller: Caller, credential_id: UUID) -> Credential:
    """Return a credential of the caller's institution.

    Raises:
        NotFoundError: no such credential, or another institution's.
    """
    row = (
        await session.scalars(
            select(Credential).where(
                Credential.id == credential_id, Credential.institution_id == caller.institution.id
            )
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError(
            "There is no credential of that id among yours. Check the id.",
            message_ko=particular("not_found", "credential"),
        )
    return row


async def status_of(session: AsyncSession, credential: Credential) -> Status:
    """Return the status that the institution last set."""
    return await read_status(session, credential.status_list_id, credential.status_index)


async def change_status(
    session: AsyncSession, caller: Caller, credential_id: UUID, status: Status, reason: str | None
) -> Credential:
    """Set a credential's status; the list goes onto the chain at the next status tick.

    ``revoked`` and ``superseded`` are final, except that a superseded one may still be revoked. The reason
    stays with the institution: a free text is not kept here.

    Raises:
        NotFoundError: no such credential.
        ConflictError: the present status is final.
    """
    credential = await own_credential(session, caller, credential_id)
    present = await read_status(session, credential.status_list_id, credential.status_index, lock=True)
    if present == status:
        return credential
    if present in _FINAL and status is not Status.REVOKED:
        raise ConflictError(
            f"The credential is {label(present)}, which is final. Issue a new credential instead.",
            code="status_change_refused",
            message_ko=particular("status_change_refused", label(present)),
            status=label(present),
        )
    await write_status(session, credential.status_list_id, credential.status_index, status)
    note(
        session,
        "credential.status",
        credential.id,
        institution_id=caller.institution.id,
        actor=f"api-key:{caller.key_id}",
        before=label(present),
        after=label(status),
        with_reason=reason is not None,
    )
    return credential


async def credential_of(session: AsyncSession, record: Record) -> Credential | None:
    """Return the credential that a record became; the newest, where it was claimed again."""
    query = select(Credential).where(Credential.record_id == record.id, Credential.replaced_at.is_(None))
    return (await session.scalars(query)).one_or_none()


async def credential_id_of(session: AsyncSession, record: Record) -> UUID | None:
    """Return the id of that credential."""
    credential = await credential_of(session, record)
    return credential.id if credential else None


async def supersede(session: AsyncSession, credential: Credential, at: datetime) -> bool:
    """Mark a credential as superseded by another of its record; ``False`` when it is no longer in force.

    Call it before the other one is signed, in the same transaction: whoever does both locks the list first.
    """
    place = credential.status_list_id, credential.status_index
    if await read_status(session, *place, lock=True) is not Status.VALID:
        return False
    await write_status(session, *place, Status.SUPERSEDED)
    credential.replaced_at = at
    credential.encrypted_delivery = credential.delivery_thumbprint = credential.delivery_expires_at = None
    note(
        session,
        "credential.status",
        credential.id,
        institution_id=credential.institution_id,
        actor="holder",
        before=label(Status.VALID),
        after=label(Status.SUPERSEDED),
        with_reason=False,
    )
    await session.flush()  # before the other one is inserted: one credential a record is in force
    return True
