"""Rotating an institution's signing key, so that nothing it signs is ever in doubt.

1. A new key is prepared: stored encrypted, signing nothing.
2. The chain is told of it. From then on what it signs is good.
3. In one transaction it takes the place of the old one, which signs nothing from then on.
4. What the old one signed drains: every leaf that was there is anchored, finally.
5. The chain is told when the old one ends: ``grace`` later, because status lists that it signed live on for
   a while in caches. What it signed and anchored before stays valid.

Each step is stored before the next; an interrupted rotation resumes where it stopped.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from digital_resume.adapters.chain.registry_admin import RegistryAdmin
from digital_resume.adapters.chain.trust_directory import ChainTrustDirectory
from digital_resume.core.errors import SourceUnavailableError
from digital_resume.core.keys.multikey import Curve
from digital_resume.core.trust.issuers import IssuerRecord, KeyEntry, key_digest
from digital_resume.error_words import particular
from issuer.anchoring import batches
from issuer.audit import note
from issuer.context import Context
from issuer.errors import ChainStateError, ConflictError, NotFoundError
from issuer.institutions import repository
from issuer.institutions.models import Institution, SigningKey
from issuer.institutions.signing_keys import make_signing_key

_POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation came to.

    Attributes:
        old: verification method that signs nothing any more.
        new: the one that signs now.
        ends: Unix seconds at which the old one ends on the chain.
    """

    old: str
    new: str
    ends: int


async def rotate_key(
    context: Context,
    slug: str,
    admin: RegistryAdmin,
    directory: ChainTrustDirectory,
    *,
    grace: timedelta,
    wait_seconds: float = 300.0,
    curve: Curve = "P-256",
) -> Rotation:
    """Give an institution a new signing key, or finish the rotation that was begun.

    Args:
        context: the issuer.
        slug: the institution.
        admin: an account that may add and retire its keys.
        directory: what the chain holds.
        grace: from now until the old key ends; longer than a status list token lives.
        wait_seconds: seconds that the worker may take to anchor what the old key signed.
        curve: of the key that is replaced.

    Raises:
        NotFoundError: no such institution.
        ChainStateError: the institution is not on the chain, has no key of that curve, or the worker does not
            anchor.
        RegistryRejectedError: the contract refused, in words.
        SourceUnavailableError: the chain is away.
    """
    institution, record = await _accredited(context, slug, directory)
    if await _active(context, institution, curve) is None:
        raise ChainStateError(f"The institution has no {curve} key to replace: add one first.")
    old = await _unfinished(context, institution, record, curve)
    if old is None:
        new = await _prepared(context, institution, curve)
        await _register(new, record, admin, directory, wait_seconds=wait_seconds)
        old = await _switch(context, institution, new)
    await _drain(context, wait_seconds)
    ends = int((context.clock.now() + grace).timestamp())
    await asyncio.to_thread(admin.retire_key, institution.did, _digest(old), ends)
    active = await _active(context, institution, curve)
    assert active is not None
    return Rotation(old.verification_method, active.verification_method, ends)


async def add_key(
    context: Context,
    slug: str,
    admin: RegistryAdmin,
    directory: ChainTrustDirectory,
    *,
    curve: Curve = "Ed25519",
    wait_seconds: float = 300.0,
) -> str:
    """Give an institution a key of another curve beside the one it has, or finish what was begun.

    Args:
        context: the issuer.
        slug: the institution.
        admin: an account that may add its keys.
        directory: what the chain holds.
        curve: of the new key.
        wait_seconds: seconds until the chain shows it.

    Returns:
        The key's verification method; it signs from now on.

    Raises:
        NotFoundError: no such institution.
        ConflictError: it has a key of that curve.
        ChainStateError: the institution is not on the chain.
        RegistryRejectedError: the contract refused, in words.
        SourceUnavailableError: the chain is away.
    """
    institution, record = await _accredited(context, slug, directory)
    if await _active(context, institution, curve) is not None:
        raise ConflictError(f"The institution has a {curve} key. Replace it with: rotate-key.")
    new = await _prepared(context, institution, curve)
    await _register(new, record, admin, directory, wait_seconds=wait_seconds)
    async with context.database.sessions.begin() as session:
        taken = await session.get_one(SigningKey, new.id, with_for_update=True)
        taken.state = "active"
        _note(session, "key.added", taken)
    return new.verification_method


async def _accredited(
    context: Context, slug: str, directory: ChainTrustDirectory
) -> tuple[Institution, IssuerRecord]:
    institution = await _institution(context, slug)
    record = await asyncio.to_thread(directory.issuer, institution.did)
    if record is None:
        raise ChainStateError("The institution is not on the chain yet: accredit it first.")
    return institution, record


async def _register(
    new: SigningKey,
    record: IssuerRecord,
    admin: RegistryAdmin,
    directory: ChainTrustDirectory,
    *,
    wait_seconds: float,
) -> None:
    """Put a prepared key on the chain, where it is not yet, and wait until verifiers read it there."""
    digest = _digest(new)
    if record.key(digest) is None:
        await asyncio.to_thread(admin.add_key, record.did, digest)
    await _wait_for_key(directory, record.did, digest, wait_seconds)


async def _active(context: Context, institution: Institution, curve: Curve) -> SigningKey | None:
    async with context.database.sessions() as session:
        return await repository.active_key_of(session, institution.id, curve)


def _digest(key: SigningKey) -> bytes:
    return key_digest(key.verification_method.partition("#")[2])


async def _institution(context: Context, slug: str) -> Institution:
    async with context.database.sessions() as session:
        found = await repository.by_slug(session, slug)
    if found is None:
        raise NotFoundError(
            "There is no institution of that slug. See: resume institution list.",
            message_ko=particular("not_found", "slug"),
        )
    return found


async def _unfinished(
    context: Context, institution: Institution, record: IssuerRecord, curve: Curve
) -> SigningKey | None:
    """Return a key that signs nothing any more and that the chain still holds without an end."""
    async with context.database.sessions() as session:
        keys = await repository.all_keys(session, institution.id)
    retired = (key for key in keys if key.state == "retired" and key.curve == curve)
    return next((key for key in retired if _is_open(record.key(_digest(key)))), None)


def _is_open(entry: KeyEntry | None) -> bool:
    return entry is not None and entry.period.end is None


async def _prepared(context: Context, institution: Institution, curve: Curve) -> SigningKey:
    async with context.database.sessions.begin() as session:
        query = select(SigningKey).where(
            SigningKey.institution_id == institution.id,
            SigningKey.state == "prepared",
            SigningKey.curve == curve,
        )
        found = (await session.scalars(query)).one_or_none()
        if found is not None:
            return found
        made = make_signing_key(context, institution, "prepared", curve)
        session.add(made)
        _note(session, "key.prepared", made)
        return made


async def _wait_for_key(directory: ChainTrustDirectory, did: str, digest: bytes, wait_seconds: float) -> None:
    """Wait until a verifier, too, reads the key from the chain."""
    until = time.monotonic() + wait_seconds
    while time.monotonic() < until:
        record = await asyncio.to_thread(directory.issuer, did)
        if record is not None and record.key(digest) is not None:
            return
        await asyncio.sleep(_POLL_SECONDS)
    raise SourceUnavailableError("The chain does not show the new key yet. Run it again to go on.")


async def _switch(context: Context, institution: Institution, new: SigningKey) -> SigningKey:
    async with context.database.sessions.begin() as session:
        query = select(SigningKey).where(
            SigningKey.institution_id == institution.id,
            SigningKey.state == "active",
            SigningKey.curve == new.curve,
        )
        old = (await session.scalars(query)).one()
        old.state, old.retired_at = "retired", context.clock.now()
        await session.flush()  # before the other: one is active at a time
        taken = await session.get_one(SigningKey, new.id, with_for_update=True)
        taken.state = "active"
        _note(session, "key.rotated", taken)
        return old


async def _drain(context: Context, wait_seconds: float) -> None:
    """Wait until every leaf that is there is anchored."""
    async with context.database.sessions() as session:
        last = await batches.last_leaf(session)
    until = time.monotonic() + wait_seconds
    while True:
        async with context.database.sessions() as session:
            if await batches.is_anchored_up_to(session, last):
                return
        if time.monotonic() > until:
            raise ChainStateError(
                "The new key signs, but what the old one signed is not anchored yet. See that the worker "
                "runs, then run this again: the old key is retired when all is anchored."
            )
        await asyncio.sleep(_POLL_SECONDS)


def _note(session: AsyncSession, action: str, key: SigningKey) -> None:
    note(session, action, key.id, institution_id=key.institution_id, actor="operator")
