"""HTTP of the signing API: records and their counter offers, credentials for known holders, statuses."""

from typing import Annotated, Final, cast
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from digital_resume.adapters.database import SessionDep
from digital_resume.web.openapi import problems
from issuer.context import ContextDep
from issuer.credentials import service as credentials
from issuer.credentials.models import Credential
from issuer.credentials.signing import standing_of
from issuer.institutions.api_keys import Scope
from issuer.openid4vci.offers import offer_at_counter
from issuer.records import service as records
from issuer.records.models import Record
from issuer.signing_api import corrections
from issuer.signing_api.bodies import (
    CredentialAnswer,
    CredentialRequest,
    CredentialView,
    OfferAnswer,
    RecordAmendment,
    RecordAnswer,
    RecordPage,
    RecordRequest,
    RecordView,
    State,
    StatusRequest,
)
from issuer.signing_api.requests import CallerDep, IdempotentDep

router = APIRouter(prefix="/api/v1", tags=["Signing API"])

_ONCE: Final = ("idempotency_key_missing", "idempotency_key_invalid", "idempotency_key_reused")
_CLAIMS: Final = (
    "schema_violation",
    ("resident_registration_number", 422),
    "unknown_credential_type",
    "type_not_allowed",
    "validity_invalid",
    "time_out_of_range",
)
_STANDING: Final = (
    "institution_not_registered",
    "institution_suspended",
    "institution_closed",
    "type_not_accredited",
    "signing_key_not_registered",
    "signing_key_retired",
    "signing_key_missing",
    "signing_key_compromised",
    "standing_unknown",
)


@router.post(
    "/records",
    status_code=201,
    response_model=RecordAnswer,
    summary="Hand in a record that waits for its owner",
    openapi_extra=problems(*_ONCE, *_CLAIMS),
)
async def receive(
    body: RecordRequest,
    caller: CallerDep,
    session: SessionDep,
    context: ContextDep,
    idempotent: IdempotentDep,
) -> Response:
    """Keep a record, encrypted, until its owner claims it. Scope `records:write`."""
    caller.require(Scope.RECORDS_WRITE)

    async def work() -> RecordAnswer:
        record = await records.receive_record(
            session,
            context,
            caller,
            credential_type=body.credential_type,
            claims=body.claims,
            valid_from=body.valid_from,
            valid_until=body.valid_until,
            external_id=body.external_id,
        )
        return RecordAnswer(record_id=record.id, state=cast("State", record.state))

    return await idempotent.run(session, context, caller, work, status=201)


@router.get(
    "/records/{record_id}",
    response_model=RecordView,
    summary="State of a record",
    openapi_extra=problems("not_found"),
)
async def look_at_record(record_id: UUID, caller: CallerDep, session: SessionDep) -> RecordView:
    """Return a record's state; what it says is not shown. Scope `records:read`."""
    caller.require(Scope.RECORDS_READ)
    record = await records.own_record(session, caller, record_id)
    return _record_view(record, await credentials.credential_id_of(session, record))


@router.get(
    "/records",
    response_model=RecordPage,
    summary="Your records, in the order they came",
    openapi_extra=problems("cursor_invalid"),
)
async def list_records(
    caller: CallerDep,
    session: SessionDep,
    *,
    limit: Annotated[int, Query(ge=1, le=corrections.MAX_PAGE)] = 50,
    cursor: Annotated[str | None, Query(max_length=200, description="`nextCursor` of the last page")] = None,
    state: Annotated[State | None, Query()] = None,
    credential_type: Annotated[str | None, Query(alias="credentialType", max_length=80)] = None,
    external_id: Annotated[str | None, Query(alias="externalId", max_length=100)] = None,
) -> RecordPage:
    """List states and references, never claims. Scope `records:read`.

    Records that come meanwhile are on a later page, and none is on two.
    """
    caller.require(Scope.RECORDS_READ)
    page, following = await corrections.page_of_records(
        session,
        caller,
        limit=limit,
        cursor=cursor,
        state=state,
        credential_type=credential_type,
        external_id=external_id,
    )
    return RecordPage(records=[_record_view(*entry) for entry in page], next_cursor=following)


@router.put(
    "/records/{record_id}",
    response_model=RecordView,
    summary="Amend a record",
    openapi_extra=problems(*_ONCE, *_CLAIMS, "not_found", "record_withdrawn"),
)
async def amend_record(
    record_id: UUID,
    body: RecordAmendment,
    *,
    caller: CallerDep,
    session: SessionDep,
    context: ContextDep,
    idempotent: IdempotentDep,
) -> Response:
    """Replace what a record says. Scope `records:write`, and `status:write` where it was issued.

    It waits for its owner again and its offers are void; a credential that it became is superseded, public
    with the next root. The same content again changes nothing.
    """
    caller.require(Scope.RECORDS_WRITE)

    async def work() -> RecordView:
        content = corrections.Content(body.claims, body.valid_from, body.valid_until, body.external_id)
        record = await corrections.amend(session, context, caller, record_id, content)
        return _record_view(record, await credentials.credential_id_of(session, record))

    return await idempotent.run(session, context, caller, work, status=200)


@router.delete(
    "/records/{record_id}",
    response_model=RecordView,
    summary="Withdraw a record",
    openapi_extra=problems("not_found"),
)
async def withdraw_record(
    record_id: UUID, caller: CallerDep, session: SessionDep, context: ContextDep
) -> RecordView:
    """Withdraw a record. Scope `records:write`, and `status:write` where it was issued.

    It cannot be claimed any more and what it said is erased; a credential that it became is revoked, public
    with the next root. Once withdrawn it stays so: a repeat answers the same.
    """
    caller.require(Scope.RECORDS_WRITE)
    record = await corrections.withdraw(session, context, caller, record_id)
    return _record_view(record, await credentials.credential_id_of(session, record))


def _record_view(record: Record, credential_id: UUID | None) -> RecordView:
    return RecordView(
        record_id=record.id,
        state=cast("State", record.state),
        credential_type=record.credential_type,
        external_id=record.external_id,
        created_at=record.created_at,
        credential_id=credential_id,
    )


@router.post(
    "/records/{record_id}/offers",
    status_code=201,
    response_model=OfferAnswer,
    summary="Make an offer with a code for the counter",
    openapi_extra=problems("not_found", "record_already_issued", "record_withdrawn"),
)
async def offer(record_id: UUID, caller: CallerDep, session: SessionDep, context: ContextDep) -> OfferAnswer:
    """Make an offer with a fresh code. Scope `records:write`.

    No `Idempotency-Key` is needed: a repeat makes a new offer, and the older one of this record is void at
    once, even when a wallet has redeemed its code and not received the credential yet. Hand over the newest.
    """
    caller.require(Scope.RECORDS_WRITE)
    made = await offer_at_counter(session, context, caller, record_id)
    return OfferAnswer(
        offer=made.offer,
        offer_link=made.link,
        offer_uri=made.uri,
        tx_code=made.transaction_code,
        expires_at=made.expires_at,
    )


@router.post(
    "/credentials",
    status_code=201,
    response_model=CredentialAnswer,
    summary="Sign a credential for a known holder",
    openapi_extra=problems(*_ONCE, *_CLAIMS, "holder_invalid", "open_badge_unavailable", *_STANDING),
)
async def issue(
    body: CredentialRequest,
    caller: CallerDep,
    session: SessionDep,
    context: ContextDep,
    idempotent: IdempotentDep,
) -> Response:
    """Sign at once; the leaf is anchored at the next tick. Scope `credentials:write`."""
    caller.require(Scope.CREDENTIALS_WRITE)
    standing = await standing_of(session, context, caller.institution, body.credential_type, body.cryptosuite)

    async def work() -> CredentialAnswer:
        signed = await credentials.issue_at_once(
            session,
            context,
            caller,
            standing,
            credential_type=body.credential_type,
            claims=body.claims,
            holder=credentials.parse_holder(body.holder.jwk, body.holder.did),
            valid_from=body.valid_from,
            valid_until=body.valid_until,
            cryptosuite=body.suite,
            open_badge=body.open_badge,
        )
        return CredentialAnswer(
            credential_id=signed.row.id, credential=signed.credential, leaf=signed.leaf.hex()
        )

    return await idempotent.run(session, context, caller, work, status=201)


@router.get(
    "/credentials/{credential_id}",
    response_model=CredentialView,
    summary="An issued credential",
    openapi_extra=problems("not_found"),
)
async def look_at_credential(credential_id: UUID, caller: CallerDep, session: SessionDep) -> CredentialView:
    """Return type, status and leaf of an issued credential. Scope `records:read`."""
    caller.require(Scope.RECORDS_READ)
    return await _view(session, await credentials.own_credential(session, caller, credential_id))


@router.post(
    "/credentials/{credential_id}/status",
    response_model=CredentialView,
    summary="Change a credential's status",
    openapi_extra=problems("not_found", "status_change_refused"),
)
async def change_status(
    credential_id: UUID, body: StatusRequest, caller: CallerDep, session: SessionDep
) -> CredentialView:
    """Revoke, suspend, restore or mark as superseded: public with the next root. Scope `status:write`."""
    caller.require(Scope.STATUS_WRITE)
    status = credentials.parse_status(body.status)
    credential = await credentials.change_status(session, caller, credential_id, status, body.reason)
    return await _view(session, credential)


async def _view(session: SessionDep, credential: Credential) -> CredentialView:
    return CredentialView(
        credential_id=credential.id,
        credential_type=credential.credential_type,
        status=credentials.label(await credentials.status_of(session, credential)),
        leaf=credential.leaf.hex(),
        issued_at=credential.issued_at,
        record_id=credential.record_id,
    )
