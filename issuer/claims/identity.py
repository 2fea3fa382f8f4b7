"""Claiming by identity: an IdentityCredential of an accredited agency opens what waits for its person.

The presented credential is judged by the same pipeline that employers use. A credential that was issued
here minutes ago and whose leaf waits for its anchor is accepted; one that is neither waiting nor anchored is
not, so a stolen signing key alone opens nobody's records. One of another deployment brings its receipt; its
status list is fetched and held against the chain like a verifier's. Nothing else is forgiven: issuer
accredited for IdentityCredential and its key live by the registry, holder bound by a fresh nonce, status in
force by the chain, name and birth date disclosed. The offers that come back are bound to the key that
presented. Whoever lost a wallet claims again what it held: the earlier credential is superseded.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from digital_resume.adapters.chain.status_registry import ChainStatusRegistry
from digital_resume.core.errors import MalformedError, ResumeError, SourceUnavailableError
from digital_resume.core.keys.signing import public_key_from_jwk
from digital_resume.core.ports import StatusListCopy, StatusSource
from digital_resume.core.resume.people import Person, is_one_person, person_of
from digital_resume.core.securing.jws import parse_compact
from digital_resume.core.securing.sd_jwt import PeekedSdJwt, peek_sd_jwt
from digital_resume.core.trust.issuers import IssuerRecord
from digital_resume.core.verification.pipeline import verify_item
from digital_resume.core.verification.policy import Policy, Sources
from digital_resume.core.verification.same_person import IDENTITY_TYPE
from digital_resume.core.verification.verdict import ItemVerdict, Outcome, VerdictKind
from issuer.anchoring.receipts import receipt_of
from issuer.audit import note
from issuer.context import Context
from issuer.credentials.service import credential_of, status_of
from issuer.errors import IdentityRefusedError, NotFoundError
from issuer.institutions.models import Institution
from issuer.openid4vci.nonces import consume_nonce
from issuer.openid4vci.offers import make_offer
from issuer.openid4vci.proofs import thumbprint_of
from issuer.records import repository
from issuer.records.blind_index import blind_index
from issuer.records.models import Record
from issuer.status.forms import ServedList, served_list
from issuer.status.lists import Status

MAX_OFFERS: Final = 32
MAX_CANDIDATES: Final = 4 * MAX_OFFERS
MAX_PRESENTATION_CHARS: Final = 24_576
POLICY: Final = Policy(
    max_key_binding_age=None,
    max_status_age=timedelta(hours=1),
    clock_skew=timedelta(minutes=1),
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a person gets who has shown who they are.

    Attributes:
        offers: credential offer objects.
        again: how many credentials were issued to this person before that the wallet does not have.
    """

    offers: list[dict[str, Any]]
    again: int


@dataclass(frozen=True, slots=True)
class _Lists:
    """The ``StatusSource`` of one verification: this deployment's list, or another's own checked copy."""

    served: ServedList | None
    registry: ChainStatusRegistry
    elsewhere: StatusSource
    own: str

    def status_list(self, uri: str, issuer: IssuerRecord) -> StatusListCopy:
        """Return this deployment's list, if the chain names it now; else another's copy."""
        if not uri.startswith(self.own):
            return self.elsewhere.status_list(uri, issuer)
        served = self.served
        if served is None or served.uri != uri or served.publication.submitter is None:
            raise SourceUnavailableError("The status list of the identity credential could not be had.")
        head = self.registry.latest(served.publication.submitter)
        if head is None or head.root != served.publication.root:
            raise SourceUnavailableError("The chain names another version of the status list just now.")
        return StatusListCopy(
            uri=uri,
            statuses=served.statuses.raw,
            size=served.size,
            sequence=served.sequence,
            submitter=served.publication.submitter,
            as_of=head.read_at,
            current=True,
            published_at=head.since,
            heartbeat=head.heartbeat,
        )


async def claim_by_identity(
    session: AsyncSession,
    context: Context,
    institution: Institution,
    presentation: str,
    receipt: dict[str, Any] | None = None,
    *,
    held: Collection[UUID] = (),
    again: bool = False,
) -> Claimed:
    """Verify who presents and return offers for what waits for that person here.

    Args:
        session: the request's session.
        context: the running issuer.
        institution: the institution that is asked.
        presentation: ``<IdentityCredential>~<key-binding JWT>``; nonce from the nonce endpoint, audience the
            credential issuer identifier, name and birth date disclosed.
        receipt: the credential's anchor receipt, needed where another deployment issued it.
        held: credentials that the wallet has; their records are passed over.
        again: offer as well what was issued to a wallet that the person no longer has. Claiming it supersedes
            the credential that was issued before.

    Returns:
        Credential offer objects without transaction code, bound to the presenting key, maybe none; and how
        many more ``again`` would have given.

    Raises:
        IdentityRefusedError: ``nonce_invalid``, or ``identity_refused`` with the check that failed.
        SourceUnavailableError: chain or status could not be read.
    """
    nonce = _peek_nonce(presentation)
    await session.commit()  # gives the connection back: the nonce is used in a transaction of its own
    if not await consume_nonce(context, institution.id, nonce):
        raise IdentityRefusedError(
            "The nonce is unknown, used or expired. Get a new one and present again.", code="nonce_invalid"
        )
    audience = context.credential_issuer(institution.slug)
    verdict = await _judge(session, context, audience, presentation, nonce, receipt=receipt)
    credential = verdict.credential
    assert credential is not None  # a verified item has it
    if not isinstance(credential.claims.get("birthDate"), str):
        raise IdentityRefusedError(
            "The birth date was not disclosed; records are found by name and birth date. Present it again "
            "with the birth date.",
            check="disclosure",
        )
    holder = public_key_from_jwk(credential.holder_jwk)
    records = await _records_of(session, context, institution, person_of(credential.claims))
    waiting = [record for record in records if record.state != "issued"]
    issued = await _lost(session, context, [each for each in records if each.state == "issued"], held)
    offers = []
    for record in [*waiting, *(issued if again else ())][:MAX_OFFERS]:
        made = await make_offer(
            session, context, institution, record, holder_thumbprint=thumbprint_of(holder)
        )
        offers.append(made.offer)
        note(session, "record.offered", record.id, institution_id=institution.id, actor="identity")
    return Claimed(offers, 0 if again else len(issued))


async def _lost(
    session: AsyncSession, context: Context, records: Sequence[Record], held: Collection[UUID]
) -> list[Record]:
    """Return the issued records whose credential is in force and not held any more."""
    now = context.clock.now()
    lost = []
    for record in records:
        credential = await credential_of(session, record)
        if (
            credential is not None
            and credential.id not in held
            and (record.valid_until is None or record.valid_until > now)
            and await status_of(session, credential) is Status.VALID
        ):
            lost.append(record)
    return lost


async def _records_of(
    session: AsyncSession, context: Context, institution: Institution, person: Person
) -> list[Record]:
    """Return and lock a person's records, by the rule that verifiers compare people by."""
    assert person.birth_date is not None
    key = context.cipher.open_blind_index_key(institution.id, institution.blind_index_key)
    indices = {blind_index(key, name, person.birth_date) for name in person.names}
    found = await repository.records_of_person(session, institution.id, indices, MAX_CANDIDATES)
    return [
        record
        for record in found
        if record.encrypted_claims is not None
        and is_one_person(person, person_of(context.cipher.open_claims(record.id, record.encrypted_claims)))
    ]


def _peek_nonce(presentation: str) -> str:
    """Return the nonce that the presentation claims to answer.

    Raises:
        MalformedError: it is not an SD-JWT with key binding.
    """
    if len(presentation) > MAX_PRESENTATION_CHARS:
        raise MalformedError("The presentation is too long for an identity credential.")
    peeked = peek_sd_jwt(presentation)
    if peeked.key_binding is None:
        raise MalformedError("The presentation has no key-binding JWT at its end.")
    nonce = parse_compact(peeked.key_binding).claims().get("nonce")
    if not isinstance(nonce, str) or not 0 < len(nonce) <= 128:
        raise MalformedError("The key-binding JWT has no nonce.")
    return nonce


async def _judge(
    session: AsyncSession,
    context: Context,
    audience: str,
    presentation: str,
    nonce: str,
    *,
    receipt: dict[str, Any] | None,
) -> ItemVerdict:
    """Judge the presentation by the pipeline.

    Raises:
        IdentityRefusedError: a check failed.
        SourceUnavailableError: a check could not be made.
    """
    peeked = peek_sd_jwt(presentation)
    reader = context.reader()
    served = await _status_list(session, peeked)
    receipts, waits = await _own_leaf(session, context, peeked)
    await session.commit()  # nothing of the database is held while the chain is asked
    lists = _Lists(served, reader.status_registry, context.status_copies(), f"{context.settings.issuer_url}/")
    verdict = await asyncio.to_thread(
        verify_item,
        presentation,
        expected_nonce=nonce,
        expected_audience=audience,
        now=context.clock.now(),
        sources=Sources(reader.trust_directory, reader.anchor_log, lists, context.catalog),
        policy=replace(POLICY, accept_unanchored=waits),
        receipts=receipts or ([receipt] if receipt else []),
    )
    if verdict.verdict is VerdictKind.COULD_NOT_CHECK:
        raise SourceUnavailableError(
            "The identity credential could not be checked just now: the chain or its status list did not "
            "answer. Try again in a moment.",
            checks=_failed(verdict),
        )
    if verdict.verdict is not VerdictKind.VERIFIED or verdict.type != IDENTITY_TYPE:
        raise IdentityRefusedError(
            "What was presented is not an identity credential that is accepted here. Present the one of "
            "an accredited identity agency, in force and bound to this wallet.",
            checks=_failed(verdict) or ["type"],
        )
    return verdict


def _failed(verdict: ItemVerdict) -> list[str]:
    return [
        f"{check.check}:{check.code}"
        for check in verdict.checks
        if check.outcome in (Outcome.FAIL, Outcome.UNKNOWN, Outcome.CAUTION)
    ]


async def _status_list(session: AsyncSession, peeked: PeekedSdJwt) -> ServedList | None:
    """Return the list that the credential names, when it is one of this deployment's."""
    status = peeked.payload.get("status")
    entry = status.get("status_list") if isinstance(status, dict) else None
    uri = entry.get("uri") if isinstance(entry, dict) else None
    if not isinstance(uri, str):
        return None
    try:
        return await served_list(session, uri)
    except ResumeError:
        return None


async def _own_leaf(
    session: AsyncSession, context: Context, peeked: PeekedSdJwt
) -> tuple[list[dict[str, Any]], bool]:
    """Return the credential's receipt, if it has one; and whether it was issued here and waits for one.

    The leaf is over the signature too, so only the very credential that was issued here has it.
    """
    try:
        receipt = await receipt_of(session, context.deployments().anchor_chain, peeked.content.leaf)
    except NotFoundError:
        return [], False
    return ([], True) if receipt is None else ([receipt.to_json()], False)
