"""Credential offers for waiting records: by a counter's code, or bound to a key that proved its person.

An offer lives for a bounded time, is redeemed once and is replaced by a newer one for the same record.
The pre-authorized code is kept as digest (to find it) and encrypted (to show the offer by reference);
the transaction code only as a keyed digest.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from issuer import bearer_secrets
from issuer.audit import note
from issuer.context import Context
from issuer.credentials.service import credential_of, status_of
from issuer.errors import ConflictError
from issuer.institutions.api_keys import Caller
from issuer.institutions.models import Institution
from issuer.openid4vci.models import AccessToken, Offer
from issuer.records.models import Record
from issuer.records.service import own_record
from issuer.status.lists import Status

PRE_AUTHORIZED_GRANT: Final = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
TRIES: Final = 5
_DESCRIPTION: Final = (
    "기관에서 따로 받은 6자리 번호를 넣어 주세요. Enter the six digits the institution gave you."
)


@dataclass(frozen=True, slots=True)
class MadeOffer:
    """An offer as it leaves the issuer; the code and the transaction code are shown this once.

    Attributes:
        offer: the credential offer object.
        uri: the offer for a wallet app that has registered OpenID4VCI's own scheme.
        link: the same at this deployment's wallet, which any browser opens.
        transaction_code: handed over in another way.
        expires_at: until when it can be redeemed.
    """

    offer: dict[str, Any]
    uri: str
    link: str
    transaction_code: str | None
    expires_at: datetime


def offer_object(
    credential_issuer: str, credential_type: str, code: str, *, needs_transaction_code: bool
) -> dict[str, Any]:
    """Build the credential offer object (OpenID4VCI 1.0, section 4.1.1)."""
    grant: dict[str, Any] = {"pre-authorized_code": code}
    if needs_transaction_code:
        grant["tx_code"] = {"length": 6, "input_mode": "numeric", "description": _DESCRIPTION}
    return {
        "credential_issuer": credential_issuer,
        "credential_configuration_ids": [credential_type],
        "grants": {PRE_AUTHORIZED_GRANT: grant},
    }


async def make_offer(
    session: AsyncSession,
    context: Context,
    institution: Institution,
    record: Record,
    *,
    holder_thumbprint: bytes | None = None,
) -> MadeOffer:
    """Make an offer for a locked record; an older one is void, and so is a token made of it.

    Args:
        session: holds the lock on ``record``.
        context: the running issuer.
        institution: the record's institution.
        record: waiting, offered, or issued and to be claimed again: the claim then supersedes its credential.
        holder_thumbprint: key that alone may claim. Such an offer has no transaction code, for its
            holder has proved the person already; without it the offer has one.

    Raises:
        ConflictError: the record was withdrawn, or its credential was issued and cannot be issued again.
    """
    if record.state == "withdrawn":
        raise ConflictError(
            "This record was withdrawn. Hand in a new one.",
            code="record_withdrawn",
        )
    replaces = await _replaceable(session, record) if record.state == "issued" else None
    await void_offers(session, record.id)
    offer_id, code = bearer_secrets.new_identifier(), bearer_secrets.new_secret()
    transaction_code = None if holder_thumbprint else bearer_secrets.new_transaction_code()
    settings = context.settings
    seconds = settings.identity_offer_seconds if holder_thumbprint else settings.offer_seconds
    expires_at = context.clock.now() + timedelta(seconds=seconds)
    key = context.cipher.open_blind_index_key(institution.id, institution.blind_index_key)
    session.add(
        Offer(
            id=offer_id,
            institution_id=institution.id,
            record_id=record.id,
            code_digest=bearer_secrets.digest(code),
            encrypted_code=context.cipher.seal_code(offer_id, code),
            tx_code_mac=(
                bearer_secrets.transaction_code_mac(key, offer_id, transaction_code)
                if transaction_code
                else None
            ),
            tries_left=TRIES,
            holder_thumbprint=holder_thumbprint,
            replaces=replaces,
            expires_at=expires_at,
        )
    )
    if replaces is None:
        record.state = "offered"
    await session.flush()
    issuer = context.credential_issuer(institution.slug)
    reference = quote(f"{issuer}/offers/{offer_id}", safe="")
    return MadeOffer(
        offer=offer_object(
            issuer, record.credential_type, code, needs_transaction_code=transaction_code is not None
        ),
        uri=f"openid-credential-offer://?credential_offer_uri={reference}",
        # In the fragment: the wallet's server does not see which offer a person opens.
        link=f"{settings.wallet_url.rstrip('/')}/#credential_offer_uri={reference}",
        transaction_code=transaction_code,
        expires_at=expires_at,
    )


async def _replaceable(session: AsyncSession, record: Record) -> UUID:
    """Return the credential of an issued record that a new claim would supersede.

    Raises:
        ConflictError: what the record said is no longer kept, or its credential is not in force.
    """
    credential = await credential_of(session, record)
    if (
        credential is None
        or record.encrypted_claims is None
        or await status_of(session, credential) is not Status.VALID
    ):
        raise ConflictError(
            "This record's credential was issued already, and is not in force or what the record said is no "
            "longer kept. Hand in a new record when the person needs another credential.",
            code="record_already_issued",
        )
    return credential.id


async def void_offers(session: AsyncSession, record_id: UUID) -> None:
    """End the open offer of a record and every token, whether or not its code was redeemed.

    The caller holds the lock on the record, so that no credential is issued for an older token meanwhile.
    """
    await session.execute(
        update(Offer).where(Offer.record_id == record_id, Offer.state == "open").values(state="replaced")
    )
    # Afterwards: the update has waited for a redemption that was under way, and its token is seen now.
    await session.execute(delete(AccessToken).where(AccessToken.record_id == record_id))


async def offer_at_counter(
    session: AsyncSession, context: Context, caller: Caller, record_id: UUID
) -> MadeOffer:
    """Make an offer with a transaction code that is handed over in person.

    Raises:
        NotFoundError: no such record.
        ConflictError: it was issued, and cannot be issued again.
    """
    record = await own_record(session, caller, record_id, lock=True)
    made = await make_offer(session, context, caller.institution, record)
    note(
        session,
        "record.offered",
        record.id,
        institution_id=caller.institution.id,
        actor=f"api-key:{caller.key_id}",
    )
    return made


async def offer_of(session: AsyncSession, institution_id: UUID, offer_id: str) -> Offer | None:
    """Return an offer of the institution."""
    return (
        await session.scalars(
            select(Offer).where(Offer.id == offer_id, Offer.institution_id == institution_id)
        )
    ).one_or_none()
