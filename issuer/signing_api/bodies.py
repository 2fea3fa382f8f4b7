"""Bodies of the signing API: what institutions send, and what they are answered."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue, model_validator

from digital_resume.core.credentials.catalog import credential_type
from digital_resume.core.credentials.open_badge import CRYPTOSUITE as OPEN_BADGE_SUITE
from issuer.json_body import Body
from issuer.records.validity import Moment

Claims = Annotated[dict[str, Any], Field(description="claims of the subject, by the type's schema")]
TypeName = Annotated[str, Field(min_length=1, max_length=80, examples=["UniversityDegree"])]

_RECORD_EXAMPLE: dict[str, JsonValue] = {
    "credentialType": "UniversityDegree",
    "claims": dict(credential_type("UniversityDegree").example),
    "externalId": "2024-학-01234",
}


class RecordRequest(Body):
    """A record of one person."""

    credential_type: TypeName
    claims: Claims
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    external_id: str | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        description="the institution's own reference, kept in the clear: it must say nothing of the person",
    )

    model_config = ConfigDict(json_schema_extra={"examples": [_RECORD_EXAMPLE]})


class RecordAmendment(Body):
    """What a record says from now on, whole; its type stays."""

    claims: Claims
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    external_id: str | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        description="the institution's own reference, kept in the clear: it must say nothing of the person",
    )

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{name: value for name, value in _RECORD_EXAMPLE.items() if name != "credentialType"}]
        }
    )


State = Literal["waiting", "offered", "issued", "withdrawn"]


class RecordAnswer(Body):
    """A record's id and state."""

    record_id: UUID
    state: State


class RecordView(RecordAnswer):
    """What is known of a record; never its claims."""

    credential_type: str
    external_id: str | None
    created_at: datetime
    credential_id: UUID | None = None


class RecordPage(Body):
    """Some of an institution's records, in the order they came."""

    records: list[RecordView]
    next_cursor: str | None = Field(description="for the next page; null on the last one")


class OfferAnswer(Body):
    """An offer to hand over at the counter."""

    offer: dict[str, Any] = Field(description="credential offer object of OpenID4VCI 1.0")
    offer_link: str = Field(
        examples=["https://wallet.example/#credential_offer_uri=https%3A%2F%2Fissuer.example%2Fi%2F…"],
        description="what a person is sent or scans: any browser opens it, and it leads to the wallet",
    )
    offer_uri: str = Field(description="the same for another wallet app, under OpenID4VCI's own scheme")
    tx_code: str | None = Field(examples=["493536"], description="tell it to the person, separately")
    expires_at: datetime


Cryptosuite = Literal[
    "ecdsa-jcs-2019", "ecdsa-rdfc-2019", "ecdsa-sd-2023", "eddsa-jcs-2022", "eddsa-rdfc-2022"
]
"""Those that an institution's P-256 key signs with, or the Ed25519 key that it may have beside it."""

_CREDENTIAL_EXAMPLE: dict[str, JsonValue] = {
    "credentialType": "TrainingCompletion",
    "claims": dict(credential_type("TrainingCompletion").example),
    "holder": {"did": "did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv"},
}


class Holder(Body):
    """The holder's P-256 or Ed25519 key, as exactly one of a JWK and a did:key or did:jwk."""

    jwk: dict[str, Any] | None = None
    did: str | None = Field(default=None, max_length=400)


class CredentialRequest(Body):
    """A credential to sign at once."""

    credential_type: TypeName
    claims: Claims
    holder: Holder
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    cryptosuite: Cryptosuite | None = Field(
        default=None,
        description="an embedded Data Integrity proof of this suite instead of an SD-JWT, for wallets that "
        "take W3C documents",
    )
    open_badge: bool = Field(
        default=False,
        description="an Open Badge 3.0 of the type's achievement, signed with eddsa-rdfc-2022, for wallets "
        "and displayers of badges; it shows everything and stands in no resume",
    )

    @property
    def suite(self) -> str | None:
        """The cryptosuite that signs."""
        return OPEN_BADGE_SUITE if self.open_badge else self.cryptosuite

    @model_validator(mode="after")
    def _check_badge(self) -> Self:
        if self.open_badge and self.cryptosuite not in (None, OPEN_BADGE_SUITE):
            raise ValueError(f"an Open Badge is signed with {OPEN_BADGE_SUITE}")
        return self

    model_config = ConfigDict(json_schema_extra={"examples": [_CREDENTIAL_EXAMPLE]})


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
