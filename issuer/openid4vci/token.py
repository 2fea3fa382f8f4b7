"""The token endpoint: a pre-authorized code, with its transaction code, for an access token.

OpenID4VCI 1.0 section 6, RFC 6749 section 5 and RFC 9449 section 5. Everything happens in one transaction
of its own that locks the offer's row: of two requests with the same code one wins; a wrong transaction code
costs a try whatever happens afterwards, and the fifth burns the offer. All that is wrong with a code
(unknown, expired, used, burnt, of another institution) is one answer, so nobody learns which.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from digital_resume.adapters.database import execute_once
from issuer import bearer_secrets
from issuer.audit import note
from issuer.context import Context
from issuer.errors import TooManyNoncesError
from issuer.institutions.models import Institution
from issuer.openid4vci import dpop
from issuer.openid4vci.authorization_details import check_details, granted_details, parse_details
from issuer.openid4vci.errors import ProtocolError
from issuer.openid4vci.models import AccessToken, Offer
from issuer.openid4vci.nonces import issue_nonce
from issuer.openid4vci.offers import PRE_AUTHORIZED_GRANT
from issuer.records.models import Record

_BAD_CODE = "The pre-authorized code is wrong, expired or used. Ask the institution for a new offer."
NOT_ACCEPTED = (
    "The access token is wrong or expired, or the institution has made a newer offer. Take the newest one."
)
_BOUND = "The access token is bound to a key: send it as Authorization: DPoP, with a DPoP proof of that key."
_NOT_BOUND = "The access token is bound to no key: send it as Authorization: Bearer."
_BAD_TX_CODE = (
    "The transaction code is wrong. Check the digits; after five wrong ones the offer ends and the "
    "institution must make a new one."
)


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What a token request asks with.

    Attributes:
        code: pre-authorized code.
        tx_code: transaction code, ``None`` when not sent.
        details: the entries of ``authorization_details``, ``None`` when not sent.
        proof: the DPoP proof, ``None`` when not sent; the token is then a bearer token.
    """

    code: str
    tx_code: str | None = None
    details: list[dict[str, Any]] | None = None
    proof: dpop.Proof | None = None


def parse_token_request(form: Mapping[str, Sequence[str]], proof: dpop.Proof | None = None) -> TokenRequest:
    """Read a token request.

    Args:
        form: each parameter with all its values.
        proof: the DPoP proof that came with it.

    Raises:
        ProtocolError: ``invalid_request``, ``unsupported_grant_type`` or ``invalid_authorization_details``.
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
    details = form.get("authorization_details", (None,))[0]
    return TokenRequest(code, tx_code, None if details is None else parse_details(details), proof)


async def redeem(context: Context, institution: Institution, request: TokenRequest) -> dict[str, Any]:
    """Exchange a code for an access token and return the token response.

    Raises:
        ProtocolError: ``invalid_grant``; ``invalid_request`` when a transaction code lacks or is too much;
            ``invalid_authorization_details`` when they ask for another credential than the offer's;
            ``invalid_dpop_proof`` when the proof was used before.
    """
    async with context.database.sessions.begin() as session:
        outcome = await _redeem_locked(session, context, institution, request)
    # Raised after the commit, so that a try that was lost stays lost.
    if isinstance(outcome, ProtocolError):
        raise outcome
    return outcome


async def _redeem_locked(
    session: AsyncSession, context: Context, institution: Institution, request: TokenRequest
) -> dict[str, Any] | ProtocolError:
    now = context.clock.now()
    row = (
        await session.execute(
            select(Offer, Record)
            .join(Record, Record.id == Offer.record_id)
            .where(
                Offer.code_digest == bearer_secrets.digest(request.code),
                Offer.institution_id == institution.id,
            )
            .with_for_update(of=Offer)
        )
    ).one_or_none()
    if row is None or row[0].state != "open" or row[0].expires_at <= now:
        return ProtocolError("invalid_grant", _BAD_CODE)
    offer, record = row
    if request.details is not None:
        issuer = context.credential_issuer(institution.slug)
        asked = check_details(request.details, configuration=record.credential_type, issuer=issuer)
        if asked is not None:
            return asked
    # Only now, so that whoever knows no code fills no table; and kept whatever becomes of the request.
    if request.proof is not None and (await session.execute(dpop.use_once(request.proof))).first() is None:
        return dpop.used_before(400)
    wrong = _check_transaction_code(context, institution, offer, request.tx_code)
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
    identifier = None if request.details is None else bearer_secrets.new_identifier()
    session.add(
        AccessToken(
            digest=bearer_secrets.digest(token),
            institution_id=institution.id,
            record_id=offer.record_id,
            credential_type=record.credential_type,
            holder_thumbprint=offer.holder_thumbprint,
            credential_identifier=identifier,
            dpop_thumbprint=None if request.proof is None else request.proof.thumbprint,
            replaces=offer.replaces,
            expires_at=now + timedelta(seconds=context.settings.token_seconds),
        )
    )
    note(session, "offer.redeemed", offer.id, institution_id=institution.id, actor="holder")
    response: dict[str, Any] = {
        "access_token": token,
        "token_type": "Bearer" if request.proof is None else "DPoP",
        "expires_in": context.settings.token_seconds,
    }
    if identifier is not None:
        response["authorization_details"] = granted_details(record.credential_type, identifier)
    # Wallets of drafts up to 13 know no nonce endpoint: they prove their key with the nonce that stands here.
    with suppress(TooManyNoncesError):
        response["c_nonce"] = await issue_nonce(session, context, institution.id)
        response["c_nonce_expires_in"] = context.settings.nonce_seconds
    return response


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


@dataclass(frozen=True, slots=True)
class Authorization:
    """How a request shows that it may be made.

    Attributes:
        header: value of ``Authorization``, ``None`` when not sent.
        proof: value of ``DPoP``, ``None`` when not sent.
        method: the request's HTTP method.
        url: the endpoint's address, without query.
    """

    header: str | None
    proof: str | None
    method: str
    url: str


async def token_of(
    session: AsyncSession, context: Context, institution: Institution, shown: Authorization
) -> AccessToken:
    """Return the access token that a request shows; a DPoP proof that it needs is used up.

    Raises:
        ProtocolError: ``invalid_token`` (401), as RFC 6750 section 3; ``invalid_dpop_proof`` and
            ``use_dpop_nonce``, as RFC 9449 section 7.1.
    """
    if not shown.header:
        raise ProtocolError(
            "missing_token", "Send the access token as Authorization: Bearer, or DPoP.", status=401
        )
    scheme, _, value = shown.header.partition(" ")
    scheme, value = scheme.lower(), value.strip()
    found = None
    if scheme in ("bearer", "dpop") and len(value) <= 128:
        found = await session.get(AccessToken, bearer_secrets.digest(value))
    if found is None or found.institution_id != institution.id or found.expires_at <= context.clock.now():
        raise ProtocolError("invalid_token", NOT_ACCEPTED, status=401, bound=scheme == "dpop")
    if found.dpop_thumbprint is None:
        if scheme != "bearer":
            raise ProtocolError("invalid_token", _NOT_BOUND, status=401)
        return found
    await _check_proof(session, context, found, shown, value if scheme == "dpop" else None)
    return found


async def _check_proof(
    session: AsyncSession, context: Context, token: AccessToken, shown: Authorization, value: str | None
) -> None:
    """Check that the key that a token is bound to asks, and use its proof up.

    Raises:
        ProtocolError: as ``token_of``.
    """
    if value is None:
        raise ProtocolError("invalid_token", _BOUND, status=401, bound=True)
    if not shown.proof:
        raise ProtocolError("invalid_dpop_proof", _BOUND, status=401)
    proof = dpop.verify_proof(
        context, shown.proof, method=shown.method, url=shown.url, token=value, status=401
    )
    assert token.dpop_thumbprint is not None
    if not bearer_secrets.same(token.dpop_thumbprint, proof.thumbprint):
        raise ProtocolError(
            "invalid_token",
            "The access token is bound to another key than the proof's.",
            status=401,
            bound=True,
        )
    await session.commit()  # gives the connection back: the proof is used up in a transaction of its own
    if await execute_once(context.database, dpop.use_once(proof)) is None:
        raise dpop.used_before(401)
