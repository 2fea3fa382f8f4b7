"""The credential endpoint: a claimed record becomes a credential bound to the wallet's key.

OpenID4VCI 1.0 section 8. Order: access token, form of the request, proof, nonce (used up), record (locked).
When the answer was lost on the way, the same key may ask again while the access token lives, and gets the
same credential; after that, or after the wallet's notification, it is not kept. A token of an offer that was
made for an issued record issues it again: the earlier credential is superseded in the same transaction.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from digital_resume.core.errors import SchemaError, SourceUnavailableError
from issuer.audit import note
from issuer.bearer_secrets import new_identifier, same
from issuer.chain.standing import Standing
from issuer.context import Context
from issuer.credentials.models import Credential
from issuer.credentials.service import credential_of, supersede
from issuer.credentials.signing import Order, sign_credential, standing_of
from issuer.errors import SigningRefusedError
from issuer.institutions.models import Institution
from issuer.openid4vci.errors import ProtocolError
from issuer.openid4vci.models import AccessToken
from issuer.openid4vci.nonces import consume_nonce
from issuer.openid4vci.proofs import KeyProof, parse_proofs, verify_key_proof
from issuer.openid4vci.token import NOT_ACCEPTED
from issuer.records import repository
from issuer.records.models import Record
from issuer.records.validity import check_validity

_DENIED = "This credential was issued already. Ask the institution for a new offer if it is lost."
_NOT_IN_FORCE = "The credential that was issued before is not in force. Ask the institution why."


def parse_request(body: Any, institution: Institution, token: AccessToken, vct: str) -> str:
    """Check the form of a credential request and return its proof.

    Args:
        body: the request's.
        institution: issues.
        token: what the request is authorised by.
        vct: of the type that the token is for.

    Raises:
        ProtocolError: a code of section 8.3.1.2, or ``insufficient_scope``: the token is for another type.
    """
    if not isinstance(body, dict):
        raise ProtocolError("invalid_credential_request", "The body must be a JSON object.")
    configuration, identifier = body.get("credential_configuration_id"), body.get("credential_identifier")
    if configuration is None and identifier is None and body.get("vct") == vct:
        configuration = token.credential_type  # drafts up to 13 ask by format and type
    _check_asked(configuration, identifier, institution, token)
    if body.get("credential_response_encryption") is not None:
        raise ProtocolError(
            "invalid_encryption_parameters", "Encrypted responses are not offered by the issuer metadata."
        )
    return parse_proofs(body)


def _check_asked(configuration: Any, identifier: Any, institution: Institution, token: AccessToken) -> None:
    """Check that a request names what the token is for, in one way (section 8.2).

    Raises:
        ProtocolError: as ``parse_request``.
    """
    asked = identifier if configuration is None else configuration
    if (configuration is not None and identifier is not None) or not isinstance(asked, str):
        raise ProtocolError(
            "invalid_credential_request",
            "Send either credential_identifier, where the token response named one, or "
            "credential_configuration_id.",
        )
    if configuration is None:
        known = token.credential_identifier
        if known is None or not same(known.encode(), asked.encode("utf-8", "replace")):
            raise ProtocolError(
                "unknown_credential_identifier",
                "The token response named no such credential identifier. It names one to a wallet that asks "
                "with authorization_details; else use credential_configuration_id.",
            )
        return
    # A wallet that was told an identifier and asks by configuration all the same means the same credential.
    if asked not in institution.credential_types:
        raise ProtocolError(
            "unknown_credential_configuration", "The issuer metadata lists no such credential configuration."
        )
    if asked != token.credential_type:
        raise ProtocolError(
            "insufficient_scope", "The access token is for another credential configuration.", status=403
        )


async def issue(
    session: AsyncSession, context: Context, institution: Institution, token: AccessToken, body: Any
) -> dict[str, Any]:
    """Issue the credential that an access token stands for and return the credential response.

    Raises:
        ProtocolError: with the spec's code; nothing is issued.
    """
    kind = context.catalog.credential_type(token.credential_type)
    proof_jwt = parse_request(body, institution, token, kind.vct)
    audience = context.credential_issuer(institution.slug)
    proof = verify_key_proof(proof_jwt, audience=audience)
    # Gives the connection back while the chain is asked and the nonce's own transaction runs.
    standing = await standing_of(session, context, institution, token.credential_type)
    if not await consume_nonce(context, institution.id, proof.nonce):
        raise ProtocolError(
            "invalid_nonce", "The nonce is unknown, used or expired: get a new one and prove again."
        )
    if token.holder_thumbprint is not None and not same(token.holder_thumbprint, proof.thumbprint):
        raise ProtocolError(
            "invalid_proof", "This offer is bound to the key that proved the identity: use that key."
        )
    record = await repository.record_of(session, institution.id, token.record_id, lock=True)
    # A newer offer of the record has taken the token away, perhaps since the request began.
    if record is None or await session.get(AccessToken, token.digest, populate_existing=True) is None:
        bound = token.dpop_thumbprint is not None
        raise ProtocolError("invalid_token", NOT_ACCEPTED, status=401, bound=bound)
    former = await credential_of(session, record) if record.state == "issued" else None
    if former is not None and former.id != token.replaces:
        response = _deliver_again(context, former, proof)
    else:
        response = await _issue_locked(
            session, context, institution, standing=standing, record=record, proof=proof, former=former
        )
    if "proof" in body:  # drafts up to 14 read the one credential here
        response["credential"] = response["credentials"][0]["credential"]
    return response


async def _issue_locked(
    session: AsyncSession,
    context: Context,
    institution: Institution,
    *,
    standing: Standing,
    record: Record,
    proof: KeyProof,
    former: Credential | None,
) -> dict[str, Any]:
    if record.encrypted_claims is None:  # its retention has ended since the offer was made
        raise ProtocolError("credential_request_denied", _DENIED)
    order = Order(
        credential_type=context.catalog.credential_type(record.credential_type),
        claims=context.cipher.open_claims(record.id, record.encrypted_claims),
        holder=proof.key,
        valid_from=record.valid_from,
        valid_until=record.valid_until,
        record_id=record.id,
    )
    try:
        check_validity(
            order.credential_type,
            order.claims,
            now=context.clock.now(),
            valid_from=order.valid_from,
            valid_until=order.valid_until,
        )
    except SchemaError as error:
        raise ProtocolError("credential_request_denied", error.message, reason=error.code) from None
    if former is not None and not await supersede(session, former, context.clock.now()):
        raise ProtocolError("credential_request_denied", _NOT_IN_FORCE)
    try:
        signed = await sign_credential(session, context, institution, standing, order)
    except SigningRefusedError as refused:
        # Whoever asks again with the same token has the same answer until the institution has acted.
        raise ProtocolError("credential_request_denied", refused.message, reason=refused.code) from None
    except SourceUnavailableError as away:
        raise ProtocolError("temporarily_unavailable", away.message, status=503, reason=away.code) from None
    except SchemaError:
        raise ProtocolError(
            "credential_request_denied",
            "The record no longer fits its credential type. Ask the institution to hand it in again.",
        ) from None
    row = signed.row
    row.notification_id = new_identifier()
    row.encrypted_delivery = context.cipher.seal_delivery(row.id, signed.token)
    row.delivery_thumbprint = proof.thumbprint
    row.delivery_expires_at = context.clock.now() + timedelta(seconds=context.settings.token_seconds)
    # What the record said stays for whoever loses the wallet, until its retention ends.
    record.state, record.issued_at = "issued", context.clock.now()
    note(
        session,
        "credential.issued",
        row.id,
        institution_id=institution.id,
        actor="holder",
        type=row.credential_type,
        record=str(record.id),
    )
    await session.flush()
    return _response(signed.token, row)


def _deliver_again(context: Context, row: Credential, proof: KeyProof) -> dict[str, Any]:
    if (
        row.encrypted_delivery is None
        or row.delivery_thumbprint is None
        or row.delivery_expires_at is None
        or row.delivery_expires_at <= context.clock.now()
        or not same(row.delivery_thumbprint, proof.thumbprint)
    ):
        raise ProtocolError("credential_request_denied", _DENIED)
    return _response(context.cipher.open_delivery(row.id, row.encrypted_delivery), row)


def _response(credential: str, row: Credential) -> dict[str, Any]:
    return {"credentials": [{"credential": credential}], "notification_id": row.notification_id}
