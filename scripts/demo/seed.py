"""Puts the fictional cast on a running product: institutions before the services start, people after.

Everything can be run again after a crash at any point: what is there already is left as it is.
"""

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fastapi import FastAPI

from digital_resume.adapters.chain.accreditation import Accreditable, accredit
from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.deployments import read_deployments
from digital_resume.adapters.chain.registry_admin import RegistryAdmin
from digital_resume.adapters.chain.trust_directory import ChainTrustDirectory
from digital_resume.adapters.private_files import write_private
from digital_resume.local.running import Running
from issuer.context import Context
from issuer.institutions import api_keys, repository
from issuer.onboarding.service import accreditable_of, add_institution
from issuer.settings import IssuerSettings
from scripts.demo.cast import EVERYONE, MOBILE_ID, PEOPLE, TRAINING, CastInstitution, CastPerson
from scripts.demo.landing.app import Person, create_landing
from scripts.demo.seeker import Seeker
from scripts.demo.stack import Stack, Tell

SHARE_DAYS = 200


def seed_institutions(running: Running, cast: tuple[CastInstitution, ...], tell: Tell) -> dict[str, str]:
    """Add institutions as tenants and accredit them; returns API keys by slug.

    Call it before the services and the worker start: nothing else then sends transactions or snapshots the
    chain, the wallet's page is told whom it can ask by identity, and the training module its API key.

    Args:
        running: database and chain run, schemas and contracts are there.
        cast: the institutions.
        tell: is told one line an institution.
    """
    asked = [member.slug for member in cast if member is not MOBILE_ID]
    running.options["wallet"] = {"WALLET_CREDENTIAL_ISSUERS": ",".join(asked)}
    if "landing" in running.ports:  # the story in the terminal has no pages
        running.options["wallet"]["WALLET_IDENTITY_URL"] = f"{running.url('landing')}/identity"
    # They take their time to import; none of them sends a transaction.
    running.launch_services("issuer", "verifier", "wallet")
    settings = IssuerSettings.model_validate(running.settings().model_dump())
    keys = asyncio.run(_add(running, settings, cast, tell))
    if TRAINING in cast:
        running.options["modules"] = {"PLUGIN_TRAINING_ISSUER_API_KEY": keys[TRAINING.slug]}
        running.launch_services("modules")
    return keys


async def _add(
    running: Running, settings: IssuerSettings, cast: tuple[CastInstitution, ...], tell: Tell
) -> dict[str, str]:
    """Add and accredit what is not there yet; returns API keys by slug."""
    context = Context.from_settings(settings)
    deployments = read_deployments(running.deployments_file)
    client = ChainClient(running.nodes, deployments)
    admin = RegistryAdmin(client, deployments, running.account("admin"))
    directory = ChainTrustDirectory(client, deployments)
    anchorer = running.account("anchorer").address
    sent = 0
    keys_file = running.data_dir / "demo" / "api-keys.json"
    keys: dict[str, str] = json.loads(keys_file.read_text()) if keys_file.exists() else {}
    try:
        for member in cast:
            found = await _accreditable(context, member)
            if found is None or member.slug not in keys:
                keys[member.slug] = await _tenant(context, member)
                keys_file.parent.mkdir(exist_ok=True, mode=0o700)
                write_private(keys_file, json.dumps(keys))
                found = await _accreditable(context, member)
            if found is not None:
                sent += await asyncio.to_thread(accredit, found, admin, directory, anchorer)
            tell(member.name_ko, ", ".join(member.types))
    finally:
        await context.database.dispose()
    if sent:
        running.snapshot()
    return keys


async def _accreditable(context: Context, member: CastInstitution) -> Accreditable | None:
    async with context.database.sessions() as session:
        return await accreditable_of(session, context, member.slug)


async def _tenant(context: Context, member: CastInstitution) -> str:
    """Add a tenant, or only a new API key when a crash lost the first one; returns the key."""
    async with context.database.sessions.begin() as session:
        existing = await repository.by_slug(session, member.slug)
        if existing is not None:
            return await api_keys.create(session, existing.id, api_keys.ALL_SCOPES, "demonstration")
        made = await add_institution(
            session,
            context,
            slug=member.slug,
            name_ko=member.name_ko,
            name_en=member.name_en,
            credential_types=member.types,
        )
        return made.api_key


def stack_of(running: Running, api_keys_by_slug: dict[str, str]) -> Stack:
    """Return the running product as the demonstration sees it, once people can claim from it.

    Raises:
        StackError: the worker does not publish the status lists.
    """
    stack = Stack(
        issuer_url=running.url("issuer"),
        wallet_url=running.url("wallet"),
        verifier_url=running.url("verifier"),
        api_keys=api_keys_by_slug,
        wallets=running.data_dir / "demo" / "wallets",
        switches=running,
    )
    stack.wait_until_claimable()
    return stack


def seed_people(stack: Stack, people: tuple[CastPerson, ...], tell: Tell) -> list[Person]:
    """Let each person claim, wait for the anchor and share one resume; returns them for the page.

    What a wallet holds and has shared already is left as it is, wherever a crash interrupted it.

    Raises:
        StackError: the product refused, or does not answer.
    """
    with ThreadPoolExecutor(max_workers=len(people), thread_name_prefix="person") as pool:
        # All of them first: one anchor then is for all.
        wallets = list(pool.map(lambda person: stack.prepare(person, tell), people))
        return list(pool.map(lambda person, wallet: _shared(stack, person, wallet), people, wallets))


def _shared(stack: Stack, person: CastPerson, wallet: Seeker) -> Person:
    """Return a person with a link that opens, made if there is none."""
    held = wallet.list()
    if not all(credential["anchored"] for credential in held["credentials"]):
        stack.wait_for_receipts(wallet)
        held = wallet.list()
    soon = time.time() + 86_400
    links = (
        share["link"]
        for share in held["shares"]
        # One that was prepared may have been deposited before a crash; its wallet kept the link first.
        if share["expires"] > soon
        and (
            share["state"] == "shared"
            or (share["state"] == "prepared" and stack.is_deposited(share["shareId"]))
        )
    )
    link = next(links, None)
    if link is None:
        made = wallet.share(stack.wallet_url, stack.verifier_url, statement=person.statement, days=SHARE_DAYS)
        link = made.link
    role = {"ko": person.role_ko, "en": person.role_en}
    return Person(person.key, person.name, role, link, held["credentials"])


class Demonstration:
    """The demonstration on `make up`: institutions, people, landing page."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._people: list[Person] = []
        self._keys: dict[str, str] = {}

    def institutions(self) -> None:
        """Add and accredit the institutions; before the services start."""
        self._keys = seed_institutions(self._running, EVERYONE, _quiet)

    def people(self) -> FastAPI:
        """Let the people claim and share; returns the landing page's application."""
        running = self._running
        stack = stack_of(running, self._keys)
        self._people = seed_people(stack, PEOPLE, _quiet)
        doors = {
            "issuer": "/institution",
            "wallet": f"{running.url('wallet')}/",
            "verifier": f"{running.url('verifier')}/",
            "modules": f"{running.url('modules')}/",
        }
        return create_landing(stack, lambda: self._people, doors, running.url("landing"))


def _quiet(korean: str, english: str) -> Any:
    del korean, english
