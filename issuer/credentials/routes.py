"""The signing API for credentials: sign at once for a known holder, change a status."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, ConfigDict, Field, JsonValue
from starlette.responses import Response

from digital_resume.adapters.database import SessionDep
from digital_resume.core.credentials.catalog import credential_type
from issuer.context import ContextDep
from issuer.credentials import service
from issuer.credentials.models import Credential
from issuer.institutions.api_keys import Scope
from issuer.records.routes import Body, Claims, TypeName
from issuer.signing_api.requests import CallerDep, IdempotentDep

router = APIRouter(prefix="/api/v1", tags=["Signing API"])


Cryptosuite = Literal["ecdsa-jcs-2019", "ecdsa-rdfc-2019", "ecdsa-sd-2023"]
"""Those that an institution's P-256 key signs with."""

_EXAMPLE: dict[str, JsonValue] = {
    "credentialType": "TrainingCompletion",
    "claims": dict(credential_type("TrainingCompletion").example),
    "holder": {"did": "did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv"},
}


class Holder(Body):
    """The holder's P-256 key, as exactly one of a JWK and a did:key."""

    jwk: dict[str, Any] | None = None
    did: str | None = Field(default=None, max_length=200)


class CredentialRequest(Body):
    """A credential to sign at once."""

    credential_type: TypeName
    claims: Claims
    holder: Holder
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None
    cryptosuite: Cryptosuite | None = Field(
        default=None,
        description="an embedded Data Integrity proof of this suite instead of an SD-JWT, for wallets that "
        "take W3C documents",
    )

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})


class CredentialAnswer(Body):
    """A signed credential; it is not kept here, so keep it."""

    credential_id: UUID
    credential: str | dict[str, Any] = Field(
        description="SD-JWT with every disclosure; the secured document where a cryptosuite was named"
    )
    leaf: str = Field(description="anchor leaf, lower-case hex; its receipt is at /receipts/{leaf}")


class CredentialView(Body):
    """What is known of an issued credential; never its claims."""

    credential_id: UUID
    credential_type: str
    status: str
    leaf: str
    issued_at: datetime
    record_id: UUID | None


class StatusRequest(Body):
    """A change of status."""

    status: Literal["valid", "revoked", "suspended", "superseded"]
    reason: str | None = Field(
        default=None, max_length=500, description="for the institution's own process; it is not kept here"
    )

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"status": "suspended", "reason": "민원 확인 중"}]}
    )


@router.post(
    "/credentials",
    status_code=201,
    response_model=CredentialAnswer,
    summary="Sign a credential for a known holder",
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

    async def work() -> CredentialAnswer:
        signed = await service.issue_at_once(
            session,
            context,
            caller,
            credential_type=body.credential_type,
            claims=body.claims,
            holder=service.parse_holder(body.holder.jwk, body.holder.did),
            valid_from=body.valid_from,
            valid_until=body.valid_until,
            cryptosuite=body.cryptosuite,
        )
        return CredentialAnswer(
            credential_id=signed.row.id, credential=signed.credential, leaf=signed.leaf.hex()
        )

    return await idempotent.run(session, context, caller, work, status=201)


@router.get("/credentials/{credential_id}", response_model=CredentialView, summary="An issued credential")
async def look_at_credential(credential_id: UUID, caller: CallerDep, session: SessionDep) -> CredentialView:
    """Return type, status and leaf of an issued credential. Scope `records:read`."""
    caller.require(Scope.RECORDS_READ)
    return await _view(session, await service.own_credential(session, caller, credential_id))


@router.post(
    "/credentials/{credential_id}/status",
    response_model=CredentialView,
    summary="Change a credential's status",
)
async def change_status(
    credential_id: UUID, body: StatusRequest, caller: CallerDep, session: SessionDep
) -> CredentialView:
    """Revoke, suspend, restore or mark as superseded: public with the next root. Scope `status:write`."""
    caller.require(Scope.STATUS_WRITE)
    status = service.parse_status(body.status)
    credential = await service.change_status(session, caller, credential_id, status, body.reason)
    return await _view(session, credential)


async def _view(session: SessionDep, credential: Credential) -> CredentialView:
    return CredentialView(
        credential_id=credential.id,
        credential_type=credential.credential_type,
        status=service.label(await service.status_of(session, credential)),
        leaf=credential.leaf.hex(),
        issued_at=credential.issued_at,
        record_id=credential.record_id,
    )
