"""What ``resume institution`` does: tenants of the issuer, their keys, and what the chain holds of them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from digital_resume.adapters.chain.accreditation import Accreditable
from digital_resume.adapters.chain.accreditation import accredit as accredit_on_chain
from digital_resume.adapters.keystore import FileKeystore, KeyCipher
from digital_resume.cli.agreement import Before
from digital_resume.core.errors import ResumeError
from digital_resume.core.keys.multikey import Curve
from issuer.audit import note
from issuer.chain.account import anchoring_account
from issuer.commands.application import encode_application
from issuer.commands.registry import Registry
from issuer.context import Context
from issuer.institutions import api_keys, certificates, repository
from issuer.institutions.models import ApiKey, Institution
from issuer.onboarding.rotation import Rotation, rotate_key
from issuer.onboarding.rotation import add_key as add_key_to
from issuer.onboarding.service import NewInstitution, accreditable_of, add_institution
from issuer.settings import IssuerSettings

T = TypeVar("T")


def add(slug: str, name_ko: str, name_en: str, types: list[str]) -> NewInstitution:
    """Add a tenant with its signing key, status list and first API key; nothing on the chain yet."""

    async def work(context: Context) -> NewInstitution:
        async with context.database.sessions.begin() as session:
            return await add_institution(
                session, context, slug=slug, name_ko=name_ko, name_en=name_en, credential_types=types
            )

    return _run(work)


def accredit(slug: str, account: str = "admin", *, before: Before | None = None) -> int:
    """Put an institution on the chain, signed by an account of the keystore; return the transactions sent.

    Args:
        slug: the institution.
        account: id of the accreditor's key in ``DATA_DIR/keys``. A multisig accredits by its own tools.
        before: is shown each transaction.

    Raises:
        ResumeError: there is no such institution, no such key, or the contract refuses.
    """
    settings = IssuerSettings()
    chain = Registry.open(settings, account, before)

    async def find(context: Context) -> int:
        async with context.database.sessions() as session:
            found = await accreditable_of(session, context, slug)
        if found is None:
            raise _unknown()
        anchorer = anchoring_account(settings).address
        return await asyncio.to_thread(accredit_on_chain, found, chain.admin, chain.directory, anchorer)

    try:
        return _run(find)
    finally:
        chain.keep(settings)


def application(slug: str) -> str:
    """Return what an institution asks the accrediting authority to enter, as JSON; nothing secret is in it.

    Raises:
        ResumeError: there is no such institution, or the anchoring account's key is not here.
    """
    settings = IssuerSettings()
    keys = FileKeystore(settings.data_dir / "keys", KeyCipher(settings.load_key_encryption_key()))

    async def find(context: Context) -> Accreditable:
        async with context.database.sessions() as session:
            found = await accreditable_of(session, context, slug)
        if found is None:
            raise _unknown()
        return found

    return encode_application(_run(find), keys.account(settings.anchorer_account).address)


def rotate(
    slug: str,
    account: str = "admin",
    *,
    before: Before | None = None,
    grace_hours: float = 24.0,
    wait_seconds: float = 300.0,
    curve: Curve = "P-256",
) -> Rotation:
    """Give an institution a new signing key, or finish what was begun.

    Raises:
        ResumeError: as ``issuer.onboarding.rotation.rotate_key``; or ``grace_hours`` is shorter than a
            status list token lives.
    """
    settings = IssuerSettings()
    if grace_hours * 3600 < settings.status_token_seconds:
        raise ResumeError(
            f"Status lists that the old key signed live for {settings.status_token_seconds / 3600:g} hours: "
            "--grace-hours must not be shorter."
        )
    chain = Registry.open(settings, account, before)
    grace = timedelta(hours=grace_hours)
    try:
        return _run(
            lambda context: rotate_key(
                context,
                slug,
                chain.admin,
                chain.directory,
                grace=grace,
                wait_seconds=wait_seconds,
                curve=curve,
            )
        )
    finally:
        chain.keep(settings)


def add_key(slug: str, account: str = "admin", *, before: Before | None = None) -> str:
    """Give an institution an Ed25519 key beside its P-256 key; return its verification method.

    Raises:
        ResumeError: as ``issuer.onboarding.rotation.add_key``.
    """
    settings = IssuerSettings()
    chain = Registry.open(settings, account, before)
    try:
        return _run(lambda context: add_key_to(context, slug, chain.admin, chain.directory))
    finally:
        chain.keep(settings)


def certificate_request(slug: str) -> str:
    """Return a request for a certificate of the key that an institution signs with, in PEM form."""

    async def work(context: Context) -> str:
        async with context.database.sessions() as session:
            institution = await _by_slug(session, slug)
            return (await certificates.certificate_request(session, context, institution)).decode()

    return _run(work)


def set_certificates(slug: str, file: Path | None) -> None:
    """Keep the certificates of a file, which the institution's credentials then carry; ``None``: no more.

    Raises:
        ResumeError: the file cannot be read, or its certificates are not the key's.
    """
    try:
        pem = None if file is None else file.read_bytes()
    except OSError:
        raise ResumeError("The file with the certificates cannot be read.") from None

    async def work(context: Context) -> None:
        async with context.database.sessions.begin() as session:
            institution = await _by_slug(session, slug)
            await certificates.set_certificates(session, context, institution, pem)
            _note(session, "key.certified" if pem else "key.uncertified", slug, institution)

    _run(work)


def new_api_key(slug: str, label: str, scopes: list[str] | None = None) -> str:
    """Make an API key; it is shown this once."""

    async def work(context: Context) -> str:
        async with context.database.sessions.begin() as session:
            institution = await _by_slug(session, slug)
            key = await api_keys.create(session, institution.id, scopes or api_keys.ALL_SCOPES, label[:100])
            _note(session, "api_key.created", key.split("_")[1], institution)
            return key

    return _run(work)


def revoke_api_key(slug: str, key_id: str) -> None:
    """Revoke an API key at once.

    Raises:
        ResumeError: the institution has no such key that is not revoked.
    """

    async def work(context: Context) -> None:
        async with context.database.sessions.begin() as session:
            institution = await _by_slug(session, slug)
            found = await session.get(ApiKey, key_id)
            mine = found is not None and found.institution_id == institution.id
            if not mine or not await api_keys.revoke(session, key_id, context.clock.now()):
                raise ResumeError("The institution has no such API key in force. See: api-key --list.")
            _note(session, "api_key.revoked", key_id, institution)

    _run(work)


def api_keys_of(slug: str) -> list[str]:
    """Return a line for each API key of an institution, without secrets."""

    async def work(context: Context) -> list[str]:
        async with context.database.sessions() as session:
            institution = await _by_slug(session, slug)
            rows = await session.scalars(
                select(ApiKey).where(ApiKey.institution_id == institution.id).order_by(ApiKey.created_at)
            )
            return [_described(row) for row in rows]

    return _run(work)


def _described(key: ApiKey) -> str:
    state = "폐기 · revoked" if key.revoked_at else "사용 · in force"
    return f"{key.id}  {key.created_at:%Y-%m-%d}  {state}  {', '.join(key.scopes)}  {key.label}"


def listed() -> list[tuple[str, str, str, tuple[str, ...]]]:
    """Return slug, Korean name, DID and types of every institution."""

    async def work(context: Context) -> list[tuple[str, str, str, tuple[str, ...]]]:
        async with context.database.sessions() as session:
            rows = await session.scalars(select(Institution).order_by(Institution.slug))
            return [(row.slug, row.name_ko, row.did, tuple(row.credential_types)) for row in rows]

    return _run(work)


def did_of(name: str) -> str:
    """Return the DID of an institution that is named by its slug, or by the DID itself."""
    if name.startswith("did:"):
        return name

    async def work(context: Context) -> str:
        async with context.database.sessions() as session:
            return (await _by_slug(session, name)).did

    return _run(work)


async def _by_slug(session: AsyncSession, slug: str) -> Institution:
    found = await repository.by_slug(session, slug)
    if found is None:
        raise _unknown()
    return found


def _unknown() -> ResumeError:
    return ResumeError("There is no institution of that slug. See: resume institution list.")


def _note(session: AsyncSession, action: str, key_id: str, institution: Institution) -> None:
    note(session, action, key_id, institution_id=institution.id, actor="operator")


def _run(work: Callable[[Context], Awaitable[T]]) -> T:
    async def with_context() -> T:
        context = Context.from_settings(IssuerSettings())
        try:
            return await work(context)
        finally:
            await context.database.dispose()

    return asyncio.run(with_context())
