"""Signing a credential: status entry, signature, leaf and bookkeeping in one transaction.

Nothing is signed that the chain speaks against (``issuer.chain.standing``).
All or nothing: a credential exists if and only if its leaf waits to be anchored. A crash between signature
and commit leaves no trace but a signature nobody has seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from digital_resume.core.credentials.catalog import CredentialType
from digital_resume.core.credentials.embedded_vc import issue_embedded
from digital_resume.core.credentials.open_badge import issue_open_badge
from digital_resume.core.credentials.sd_jwt_vc import issue_credential
from digital_resume.core.keys.signing import PublicKey
from issuer.anchoring.leaves import collect_leaves, make_leaf
from issuer.chain.standing import Standing
from issuer.context import Context
from issuer.credentials.models import Credential
from issuer.institutions.models import Institution
from issuer.institutions.signing_keys import Signing, key_for, signing_of
from issuer.status.lists import Entry, take_entries


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be signed, for whom; with ``cryptosuite`` as a document with an embedded proof.

    With ``open_badge``, which needs the suite of ``digital_resume.core.credentials.open_badge``, as an Open
    Badge.
    """

    credential_type: CredentialType
    claims: Mapping[str, Any]
    holder: PublicKey
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    record_id: UUID | None = None
    cryptosuite: str | None = None
    open_badge: bool = False


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed credential and its row, which is in the session but not committed."""

    credential: str | dict[str, Any]
    leaf: bytes
    row: Credential

    @property
    def token(self) -> str:
        """The credential, where it is an SD-JWT."""
        assert isinstance(self.credential, str)
        return self.credential


async def standing_of(
    session: AsyncSession,
    context: Context,
    institution: Institution,
    credential_type: str,
    cryptosuite: str | None = None,
) -> Standing:
    """Return what the chain says of an institution that is about to sign.

    Ends the session's transaction: nothing of the database is held while the chain is asked.

    Raises:
        SigningRefusedError: as ``key_for``.
    """
    key = await key_for(session, institution, cryptosuite)
    await session.commit()
    return await context.standing_of(institution.did, credential_type, key.verification_method)


async def sign_credential(
    session: AsyncSession, context: Context, institution: Institution, standing: Standing, order: Order
) -> Signed:
    """Sign a credential and put its row and leaf into the session.

    Args:
        session: the caller commits it.
        context: the running issuer.
        institution: signs.
        standing: what the chain says of it, by ``standing_of``.
        order: what is signed.

    Raises:
        SigningRefusedError: by what the chain says it would not be genuine.
        SourceUnavailableError: what the chain says is not known.
        SchemaError: the claims break the type's rules.
        KeystoreError: the institution's key does not open.
    """
    return (await sign_credentials(session, context, institution, standing, (order,)))[0]


async def sign_credentials(
    session: AsyncSession,
    context: Context,
    institution: Institution,
    standing: Standing,
    orders: Sequence[Order],
) -> list[Signed]:
    """Sign credentials of one institution, all or none, in as many statements as one of them takes.

    Arguments and errors as ``sign_credential``.
    """
    signings = {
        suite: await signing_of(session, context, institution, suite)
        for suite in {order.cryptosuite for order in orders}
    }
    for name, suite in {(order.credential_type.name, order.cryptosuite) for order in orders}:
        standing.require(name, signings[suite].signer.verification_method, context.clock.now())
    ids = [uuid4() for _ in orders]
    entries = await take_entries(session, context, institution, ids)
    issued_at = context.clock.now().replace(microsecond=0)
    signed = [
        _sign(
            order,
            institution,
            signing=signings[order.cryptosuite],
            credential_id=credential_id,
            entry=entry,
            issued_at=issued_at,
            issuer_url=context.credential_issuer(institution.slug),
        )
        for order, credential_id, entry in zip(orders, ids, entries, strict=True)
    ]
    await collect_leaves(session, [one.leaf for one in signed])
    session.add_all([one.row for one in signed])
    await session.flush()
    return signed


def _sign(
    order: Order,
    institution: Institution,
    *,
    signing: Signing,
    credential_id: UUID,
    entry: Entry,
    issued_at: datetime,
    issuer_url: str,
) -> Signed:
    arguments: dict[str, Any] = {
        "issuer": institution.did,
        "signer": signing.signer,
        "status_uri": entry.uri,
        "status_index": entry.index,
        "issued_at": issued_at,
        "valid_from": order.valid_from,
        "valid_until": order.valid_until,
        "credential_id": f"urn:uuid:{credential_id}",
    }
    credential: str | dict[str, Any]
    if order.cryptosuite is None:
        issued = issue_credential(
            order.credential_type,
            order.claims,
            holder_jwk=order.holder.jwk(),
            x5c=signing.x5c,
            **arguments,
        )
        credential, content = issued.token, issued.content
    elif order.open_badge:
        badge = issue_open_badge(
            order.credential_type,
            order.claims,
            holder=f"did:key:{order.holder.multikey}",
            issuer_name=f"{institution.name_ko} · {institution.name_en}",
            issuer_url=issuer_url,
            **arguments,
        )
        credential, content = badge.document, badge.content
    else:
        embedded = issue_embedded(
            order.credential_type,
            order.claims,
            cryptosuite=order.cryptosuite,
            holder=f"did:key:{order.holder.multikey}",
            **arguments,
        )
        credential, content = embedded.document, embedded.content
    leaf = make_leaf(content)
    row = Credential(
        id=credential_id,
        institution_id=institution.id,
        record_id=order.record_id,
        credential_type=order.credential_type.name,
        status_list_id=entry.list_id,
        status_index=entry.index,
        leaf=leaf,
        issued_at=issued_at,
    )
    return Signed(credential, leaf, row)
