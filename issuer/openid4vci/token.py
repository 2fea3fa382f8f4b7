"""The token endpoint: a pre-authorized code, with its transaction code, for an access token.

OpenID4VCI 1.0 section 6 and RFC 6749 section 5. Everything happens in one transaction of its own that
locks the offer's row: of two requests with the same code one wins; a wrong transaction code costs a try
whatever happens afterwards, and the fifth burns the offer. All that is wrong with a code (unknown,
expired, used, burnt, of another institution) is one answer, so nobody learns which.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer import bearer_secrets
from issuer.audit import note
from issuer.context import Context
from issuer.institutions.models import Institution
from issuer.openid4vci.errors import ProtocolError
from issuer.openid4vci.models import AccessToken, Offer
from issuer.openid4vci.offers import PRE_AUTHORIZED_GRANT
from issuer.records.models import Record

_BAD_CODE = "The pre-authorized code is wrong, expired or used. Ask the institution for a new offer."
NOT_ACCEPTED = (
    "The access token is wrong or expired, or the institution has made a newer offer. Take the newest one."
)
_BAD_TX_CODE = (
    "The transaction code is wrong. Check the digits; after five wrong ones the offer ends and the "
    "institution must make a new one."
)


def parse_token_request(form: Mapping[str, Sequence[str]]) -> tuple[str, str | None]:
    """Return code and transaction code of a token request.

    Args:
        form: each parameter with all its values.

    Raises:
        ProtocolError: ``invalid_request`` or ``unsupported_grant_type``.
    """
    if any(len(values) > 1 for values in form.values()):
        raise ProtocolError("invalid_request", "A parameter is repeated.")
    grant_type = form.get("grant_type", ("",))[0]
    if not grant_type:
        raise ProtocolError("invalid_request", "grant_type is missing.")
    if grant_type != PRE_AUTHORIZED_GRANT:
        raise ProtocolError("unsupported_grant_type", "Only the pre-authorized code grant is supported.")
    code = form.get("pre-authorized_code", ("",))[0]
    if not code or len(code) > 256:
        raise ProtocolError("invalid_request", "pre-authorized_code is missing or too long.")
    tx_code = form.get("tx_code", (None,))[0]
    if tx_code is not None and len(tx_code) > 32:
        raise ProtocolError("invalid_request", "tx_code is too long.")
    return code, tx_code


async def redeem(
    context: Context, institution: Institution, code: str, tx_code: str | None
) -> dict[str, Any]:
    """Exchange a code for an access token and return the token response.

    Raises:
        ProtocolError: ``invalid_grant``; ``invalid_request`` when a transaction code lacks or is too much.
    """
    async with context.database.sessions.begin() as session:
        outcome = await _redeem_locked(session, context, institution, code, tx_code)
    # Raised after the commit, so that a try that was lost stays lost.
    if isinstance(outcome, ProtocolError):
        raise outcome
    return {
        "access_token": outcome,
        "token_type": "Bearer",
        "expires_in": context.settings.token_seconds,
    }


async def _redeem_locked(
    session: AsyncSession, context: Context, institution: Institution, code: str, tx_code: str | None
) -> str | ProtocolError:
    now = context.clock.now()
    row = (
        await session.execute(
            select(Offer, Record)
            .join(Record, Record.id == Offer.record_id)
            .where(Offer.code_digest == bearer_secrets.digest(code), Offer.institution_id == institution.id)
            .with_for_update(of=Offer)
        )
    ).one_or_none()
    if row is None or row[0].state != "open" or row[0].expires_at <= now:
        return ProtocolError("invalid_grant", _BAD_CODE)
    offer, record = row
    wrong = _check_transaction_code(context, institution, offer, tx_code)
    if wrong is not None:
        if wrong.error == "invalid_grant":
            note(
                session,
                "offer.burnt" if offer.state == "burnt" else "offer.wrong_code",
                offer.id,
                institution_id=institution.id,
                actor="holder",
            )
        return wrong
    offer.state = "redeemed"
    token = bearer_secrets.new_secret()
    session.add(
        AccessToken(
            digest=bearer_secrets.digest(token),
            institution_id=institution.id,
            record_id=offer.record_id,
            credential_type=record.credential_type,
            holder_thumbprint=offer.holder_thumbprint,
            expires_at=now + timedelta(seconds=context.settings.token_seconds),
        )
    )
    note(session, "offer.redeemed", offer.id, institution_id=institution.id, actor="holder")
    return token


def _check_transaction_code(
    context: Context, institution: Institution, offer: Offer, tx_code: str | None
) -> ProtocolError | None:
    if offer.tx_code_mac is None:
        if tx_code is not None:
            return ProtocolError("invalid_request", "This offer has no transaction code: leave tx_code out.")
        return None
    if tx_code is None:
        return ProtocolError("invalid_request", "This offer needs its transaction code as tx_code.")
    key = context.cipher.open_blind_index_key(institution.id, institution.blind_index_key)
    if bearer_secrets.same(offer.tx_code_mac, bearer_secrets.transaction_code_mac(key, offer.id, tx_code)):
        return None
    offer.tries_left -= 1
    if offer.tries_left <= 0:
        offer.state = "burnt"
    return ProtocolError("invalid_grant", _BAD_TX_CODE)


async def token_of(
    session: AsyncSession, context: Context, institution: Institution, authorization: str | None
) -> AccessToken:
    """Return the access token of an ``Authorization`` header.

    Raises:
        ProtocolError: ``invalid_token`` (401), as RFC 6750 section 3.
    """
    if not authorization:
        raise ProtocolError("missing_token", "Send the access token as Authorization: Bearer.", status=401)
    scheme, _, value = authorization.partition(" ")
    found = None
    if scheme.lower() == "bearer" and len(value) <= 128:
        found = await session.get(AccessToken, bearer_secrets.digest(value.strip()))
    if found is None or found.institution_id != institution.id or found.expires_at <= context.clock.now():
        raise ProtocolError("invalid_token", NOT_ACCEPTED, status=401)
    return found
