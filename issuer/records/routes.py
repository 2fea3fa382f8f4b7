"""The signing API for records: hand them in, look at them, make counter offers."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel
from starlette.responses import Response

from digital_resume.adapters.database import SessionDep
from digital_resume.core.credentials.catalog import credential_type
from issuer.context import ContextDep
from issuer.institutions.api_keys import Scope
from issuer.records import service
from issuer.signing_api.requests import CallerDep, IdempotentDep

router = APIRouter(prefix="/api/v1", tags=["Signing API"])


class Body(BaseModel):
    """Base of the signing API's bodies: camelCase, nothing that is not described."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


Claims = Annotated[dict[str, Any], Field(description="claims of the subject, by the type's schema")]
TypeName = Annotated[str, Field(min_length=1, max_length=80, examples=["UniversityDegree"])]

_EXAMPLE: dict[str, JsonValue] = {
    "credentialType": "UniversityDegree",
    "claims": dict(credential_type("UniversityDegree").example),
    "externalId": "2024-학-01234",
}


class RecordRequest(Body):
    """A record of one person."""

    credential_type: TypeName
    claims: Claims
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None
    external_id: str | None = Field(
        default=None, min_length=1, max_length=100, description="the institution's own reference"
    )

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})


class RecordAnswer(Body):
    """A record's id and state."""

    record_id: UUID
    state: str = Field(examples=["waiting"], description="waiting, offered or issued")


class RecordView(RecordAnswer):
    """What is known of a record; never its claims."""

    credential_type: str
    external_id: str | None
    created_at: datetime
    credential_id: UUID | None = None


class OfferAnswer(Body):
    """An offer to hand over at the counter."""

    offer: dict[str, Any] = Field(description="credential offer object of OpenID4VCI 1.0")
    offer_uri: str = Field(description="link or QR for the wallet")
    tx_code: str | None = Field(examples=["493536"], description="tell it to the person, separately")
    expires_at: datetime


@router.post(
    "/records",
    status_code=201,
    response_model=RecordAnswer,
    summary="Hand in a record that waits for its owner",
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
        record = await service.receive_record(
            session,
            context,
            caller,
            credential_type=body.credential_type,
            claims=body.claims,
            valid_from=body.valid_from,
            valid_until=body.valid_until,
            external_id=body.external_id,
        )
        return RecordAnswer(record_id=record.id, state=record.state)

    return await idempotent.run(session, context, caller, work, status=201)


@router.get("/records/{record_id}", response_model=RecordView, summary="State of a record")
async def look_at_record(record_id: UUID, caller: CallerDep, session: SessionDep) -> RecordView:
    """Return a record's state; what it says is not shown. Scope `records:read`."""
    caller.require(Scope.RECORDS_READ)
    record = await service.own_record(session, caller, record_id)
    return RecordView(
        record_id=record.id,
        state=record.state,
        credential_type=record.credential_type,
        external_id=record.external_id,
        created_at=record.created_at,
        credential_id=await service.credential_id_of(session, record),
    )


@router.post(
    "/records/{record_id}/offers",
    status_code=201,
    response_model=OfferAnswer,
    summary="Make an offer with a code for the counter",
)
async def offer(record_id: UUID, caller: CallerDep, session: SessionDep, context: ContextDep) -> OfferAnswer:
    """Make an offer with a fresh code. Scope `records:write`.

    No `Idempotency-Key` is needed: a repeat makes a new offer, and the older one of this record is void at
    once, even when a wallet has redeemed its code and not received the credential yet. Hand over the newest.
    """
    caller.require(Scope.RECORDS_WRITE)
    made = await service.offer_at_counter(session, context, caller, record_id)
    return OfferAnswer(
        offer=made.offer, offer_uri=made.uri, tx_code=made.transaction_code, expires_at=made.expires_at
    )
