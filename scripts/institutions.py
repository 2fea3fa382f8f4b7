"""``resume institution``: add institutions to the issuer, accredit them on the chain, list them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy import select

from adapters.chain.client import ChainClient
from adapters.chain.deployments import read_deployments
from adapters.chain.registry_admin import RegistryAdmin
from adapters.chain.snapshot import write_snapshot
from adapters.chain.trust_directory import ChainTrustDirectory
from adapters.keystore import FileKeystore, KeyCipher
from core.errors import ResumeError
from issuer.context import Context
from issuer.institutions.service import NewInstitution, accreditable_of, add_institution
from issuer.institutions.service import accredit as accredit_on_chain
from issuer.models import Institution
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


def accredit(slug: str, account: str = "admin") -> int:
    """Put an institution on the chain, signed by an account of the keystore; return the transactions sent.

    Args:
        slug: the institution.
        account: id of the accreditor's key in ``DATA_DIR/keys``. A multisig accredits by its own tools.

    Raises:
        ResumeError: there is no such institution, no such key, or the contract refuses.
    """
    settings = IssuerSettings()
    if settings.deployments_file is None or not settings.rpc_urls:
        raise ResumeError("Set RPC_URLS and DEPLOYMENTS_FILE: the registry is on the chain.")
    keys = FileKeystore(settings.data_dir / "keys", KeyCipher(settings.load_key_encryption_key()))
    deployments = read_deployments(settings.deployments_file)
    client = ChainClient(list(settings.rpc_urls), deployments)

    async def find(context: Context) -> int:
        async with context.database.sessions() as session:
            found = await accreditable_of(session, context, slug)
        if found is None:
            raise ResumeError("There is no institution of that slug. See: resume institution list.")
        admin = RegistryAdmin(client, deployments, keys.account(account))
        directory = ChainTrustDirectory(client, deployments)
        anchorer = keys.account(settings.anchorer_account).address
        return await asyncio.to_thread(accredit_on_chain, found, admin, directory, anchorer)

    sent = _run(find)
    if sent and settings.chain_snapshot_file is not None:
        write_snapshot(client, settings.chain_snapshot_file)
    return sent


def listed() -> list[tuple[str, str, str, tuple[str, ...]]]:
    """Return slug, Korean name, DID and types of every institution."""

    async def work(context: Context) -> list[tuple[str, str, str, tuple[str, ...]]]:
        async with context.database.sessions() as session:
            rows = await session.scalars(select(Institution).order_by(Institution.slug))
            return [(row.slug, row.name_ko, row.did, tuple(row.credential_types)) for row in rows]

    return _run(work)


def _run(work: Callable[[Context], Awaitable[T]]) -> T:
    async def with_context() -> T:
        context = Context.from_settings(IssuerSettings())
        try:
            return await work(context)
        finally:
            await context.database.dispose()

    return asyncio.run(with_context())
