"""An issuer with institutions on a real database and chain, and a wallet that speaks to it over HTTP."""

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from sqlalchemy import text

from digital_resume.adapters.chain.accreditation import accredit
from digital_resume.adapters.chain.registry_admin import RegistryAdmin
from digital_resume.core.credentials.catalog import all_types, credential_type
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.jws import sign_compact
from digital_resume.core.securing.sd_jwt import create_key_binding, present
from digital_resume.local.anvil import EmbeddedAnvil
from issuer.app import create_app
from issuer.chain.account import ChainWriter
from issuer.context import Context
from issuer.onboarding.rotation import add_key
from issuer.onboarding.service import NewInstitution, add_institution
from issuer.settings import IssuerSettings
from issuer.tick import TickReport, anchor_tick
from tests.fakes.clock import MovableClock
from tests.openapi import hold_to_issuers

PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
SUBJECT = ("ld", "credentialSubject")

#: Everything a failed request must leave as it was.
STATE_TABLES = ("record", "offer", "access_token", "credential", "leaf", "status_entry", "idempotent_answer")

INSTITUTIONS = {
    "mobile-id": ("한빛모바일신분증원(시연용)", "Hanbit Mobile ID Agency (demo)", ["IdentityCredential"]),
    "univ": (
        "새벽대학교(시연용)",
        "Saebyeok University (demo)",
        ["UniversityDegree", "AcademicTranscript"],
    ),
    "every-type": (
        "온누리증명원(시연용)",
        "Onnuri Certification Institute (demo)",
        [kind.name for kind in all_types()],
    ),
}


class CrashError(Exception):
    """The process dies here."""


@dataclass
class Rig:
    """One issuer, its chain and its institutions."""

    settings: IssuerSettings
    context: Context
    http: httpx.AsyncClient
    node: EmbeddedAnvil
    clock: MovableClock
    institutions: dict[str, NewInstitution] = field(default_factory=dict)
    _chain: ChainWriter | None = None

    @property
    def chain(self) -> ChainWriter:
        """The chain with the anchoring account."""
        if self._chain is None:
            self._chain = ChainWriter.from_settings(self.settings)
        return self._chain

    async def add_institutions(self, *slugs: str, accredited: bool = True) -> None:
        """Add institutions and, unless told otherwise, put them on the chain."""
        for slug in slugs:
            name_ko, name_en, types = INSTITUTIONS[slug]
            async with self.context.database.sessions.begin() as session:
                self.institutions[slug] = await add_institution(
                    session, self.context, slug=slug, name_ko=name_ko, name_en=name_en, credential_types=types
                )
            if accredited:
                await self.accredit(slug)

    async def accredit(self, slug: str) -> None:
        """Put an institution on the chain."""
        await asyncio.to_thread(self._accredit, self.institutions[slug])

    def _accredit(self, institution: NewInstitution) -> None:
        reader = self.chain.reader
        admin = RegistryAdmin(reader.client, reader.deployments, self.node.account(0), wait_seconds=60)
        accredit(institution.accreditable, admin, reader.trust_directory, self.chain.submitter.address)

    async def add_ed25519_key(self, slug: str = "univ") -> str:
        """Give an institution an Ed25519 key beside its P-256 key."""
        reader = self.chain.reader
        admin = RegistryAdmin(reader.client, reader.deployments, self.node.account(0), wait_seconds=60)
        return await add_key(self.context, slug, admin, reader.trust_directory)

    def api_key(self, slug: str = "univ") -> dict[str, str]:
        """Return the authorization header of an institution."""
        return {"Authorization": f"Bearer {self.institutions[slug].api_key}"}

    async def post_record(
        self,
        claims: dict[str, Any] | None = None,
        *,
        slug: str = "univ",
        type_name: str = "UniversityDegree",
        key: str | None = None,
        **members: Any,
    ) -> httpx.Response:
        """Hand in a record."""
        body = {
            "credentialType": type_name,
            "claims": claims or dict(credential_type(type_name).example),
            **members,
        }
        headers = {**self.api_key(slug), "Idempotency-Key": key or secrets.token_hex(8)}
        return await self.http.post("/api/v1/records", json=body, headers=headers)

    async def offered(
        self, *, slug: str = "univ", type_name: str = "UniversityDegree"
    ) -> tuple[str, dict[str, Any]]:
        """Hand in a record and make its counter offer; return record id and the offer's answer."""
        record = (await self.post_record(slug=slug, type_name=type_name)).json()["recordId"]
        answer = await self.http.post(f"/api/v1/records/{record}/offers", headers=self.api_key(slug))
        assert answer.status_code == 201, answer.text
        return record, answer.json()

    async def tick(self) -> TickReport:
        """Run one tick."""
        return await anchor_tick(self.context, self.chain)

    async def crashing_tick(self, step: str) -> bool:
        """Run one tick that dies after ``step`` was stored; tell whether it got there."""

        def crash(reached: str) -> None:
            if reached == step:
                raise CrashError(step)

        try:
            await anchor_tick(self.context, self.chain, crash)
        except CrashError:
            return True
        return False

    async def scalar(self, query: str, **values: Any) -> Any:
        """Return one value from the database."""
        async with self.context.database.sessions() as session:
            return await session.scalar(text(query), values)

    async def execute(self, statement: str) -> None:
        """Change the database by hand."""
        async with self.context.database.sessions.begin() as session:
            await session.execute(text(statement))

    async def state(self) -> dict[str, list[Any]]:
        """Return everything that a failed request must leave as it was."""
        found: dict[str, list[Any]] = {}
        async with self.context.database.sessions() as session:
            for table in STATE_TABLES:
                rows = await session.execute(text(f"select t::text from issuer.{table} t order by 1"))
                found[table] = [row[0] for row in rows]
        return found


@dataclass
class Wallet:
    """A seeker's wallet: one P-256 key, OpenID4VCI over HTTP."""

    rig: Rig
    key: LocalSigner = field(default_factory=LocalSigner.generate)

    def issuer(self, slug: str) -> str:
        """Return the credential issuer identifier."""
        return self.rig.context.credential_issuer(slug)

    async def nonce(self, slug: str = "univ") -> str:
        """Ask for a nonce."""
        answer = await self.rig.http.post(f"/i/{slug}/nonce")
        assert answer.status_code == 200
        nonce: str = answer.json()["c_nonce"]
        return nonce

    def proof(
        self, nonce: str | None, *, slug: str = "univ", typ: str = "openid4vci-proof+jwt", **claims: Any
    ) -> str:
        """Prove the key."""
        payload = {"aud": self.issuer(slug), "iat": int(self.rig.clock.now().timestamp()), "nonce": nonce}
        payload = {name: value for name, value in {**payload, **claims}.items() if value is not None}
        return sign_compact({"typ": typ, "jwk": self.key.public_key.jwk()}, payload, self.key)

    async def token(
        self, offer: dict[str, Any], tx_code: str | None = None, slug: str = "univ"
    ) -> httpx.Response:
        """Redeem an offer's code."""
        form = {
            "grant_type": PRE_AUTHORIZED,
            "pre-authorized_code": offer["grants"][PRE_AUTHORIZED]["pre-authorized_code"],
        }
        if tx_code is not None:
            form["tx_code"] = tx_code
        return await self.rig.http.post(f"/i/{slug}/token", data=form)

    async def credential(
        self,
        access_token: str,
        proof: str,
        *,
        slug: str = "univ",
        configuration: str = "UniversityDegree",
    ) -> httpx.Response:
        """Ask for the credential."""
        return await self.rig.http.post(
            f"/i/{slug}/credential",
            json={"credential_configuration_id": configuration, "proofs": {"jwt": [proof]}},
            headers={"Authorization": f"Bearer {access_token}"},
        )

    async def claim(
        self, offer: dict[str, Any], tx_code: str | None = None, *, slug: str = "univ"
    ) -> dict[str, Any]:
        """Take an offer to the end and return the credential response."""
        token = await self.token(offer, tx_code, slug)
        assert token.status_code == 200, token.text
        proof = self.proof(await self.nonce(slug), slug=slug)
        answer = await self.credential(
            token.json()["access_token"],
            proof,
            slug=slug,
            configuration=offer["credential_configuration_ids"][0],
        )
        assert answer.status_code == 200, answer.text
        return {**answer.json(), "access_token": token.json()["access_token"]}

    async def present_identity(
        self,
        identity: str,
        *,
        slug: str = "univ",
        nonce: str | None = None,
        hide: bool = False,
        **more: Any,
    ) -> httpx.Response:
        """Present an identity credential with its birth date."""
        shown = present(identity, [] if hide else [(*SUBJECT, "birthDate")])
        presentation = create_key_binding(
            shown,
            self.key,
            nonce=nonce or await self.nonce(slug),
            audience=self.issuer(slug),
            issued_at=self.rig.clock.now(),
        )
        return await self.rig.http.post(
            f"/i/{slug}/claims/identity", json={"presentation": presentation, **more}
        )


async def open_rig(settings: IssuerSettings, node: EmbeddedAnvil) -> Rig:
    """Open an issuer over HTTP in this process."""
    clock = MovableClock()
    app = create_app(settings, clock=clock)
    transport = httpx.ASGITransport(app)
    http = httpx.AsyncClient(
        transport=transport,
        base_url=settings.issuer_url,
        event_hooks={"response": [hold_to_issuers]},
    )
    return Rig(settings, app.state.context, http, node, clock)


def offer_path(offer_uri: str) -> str:
    """Return the path of the offer that a link names."""
    return urlsplit(parse_qs(urlsplit(offer_uri).query)["credential_offer_uri"][0]).path
