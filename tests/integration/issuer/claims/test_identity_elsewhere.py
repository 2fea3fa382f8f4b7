"""An identity that another deployment issued: its receipt travels with it, its status list is fetched."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from digital_resume.adapters.keystore import FileKeystore, KeyCipher
from digital_resume.core.credentials.catalog import credential_type
from digital_resume.core.securing.sd_jwt import create_key_binding, present
from digital_resume.local.anvil import EmbeddedAnvil
from digital_resume.local.host import free_port
from issuer.app import create_app
from tests.integration.databases import Databases
from tests.integration.issuer.conftest import KEY_ENCRYPTION_KEY, settings_for
from tests.integration.issuer.rig import SUBJECT, Rig, Wallet, open_rig
from tests.integration.serving import serve

DEGREE = dict(credential_type("UniversityDegree").example)
IDENTITY = dict(credential_type("IdentityCredential").example)


@dataclass
class Two:
    """A university's deployment, an identity agency's own, and a wallet with an identity of the latter."""

    univ: Rig
    agency: Rig
    wallet: Wallet
    identity: str
    leaf: str

    async def receipt(self) -> Any:
        """Return the identity's receipt."""
        return (await self.agency.http.get(f"/receipts/{self.leaf}")).json()

    async def claim(self, receipt: Any) -> Any:
        """Present the identity to the university."""
        presentation = create_key_binding(
            present(self.identity, [(*SUBJECT, "birthDate")]),
            self.wallet.key,
            nonce=await self.wallet.nonce(),
            audience=self.wallet.issuer("univ"),
            issued_at=self.univ.clock.now(),
        )
        body = {"presentation": presentation, **({"receipt": receipt} if receipt else {})}
        return await self.univ.http.post("/i/univ/claims/identity", json=body)


@pytest.fixture
def agency_database(databases: Databases) -> Iterator[str]:
    """Give the agency's deployment a database of its own."""
    with databases.new("issuer") as url:
        yield url


@pytest.fixture
async def two(
    own_anvil: EmbeddedAnvil, issuer_database: str, agency_database: str, deployments: Path, tmp_path: Path
) -> AsyncIterator[Two]:
    """Run both on one chain, each with an anchorer of its own; the agency's server is a real one."""
    port = free_port()
    elsewhere = f"http://localhost:{port}"
    folder = tmp_path / "agency"
    keystore = FileKeystore(folder / "keys", KeyCipher(KEY_ENCRYPTION_KEY))
    keystore.import_account("anchorer", bytes(own_anvil.account(4).key))
    settings = settings_for(
        own_anvil, agency_database, deployments, tmp_path / "agency", issuer_url=elsewhere
    )
    agency = await open_rig(settings, own_anvil)
    # Plain HTTP on the loopback is fetched from the deployment's own origins only: the agency poses as one.
    here = settings_for(own_anvil, issuer_database, deployments, tmp_path / "univ", modules_url=elsewhere)
    univ = await open_rig(here, own_anvil)
    await univ.add_institutions("univ")
    await agency.add_institutions("mobile-id")
    wallet = Wallet(univ)
    answer = await agency.http.post(
        "/api/v1/credentials",
        json={
            "credentialType": "IdentityCredential",
            "claims": IDENTITY,
            "holder": {"jwk": wallet.key.public_key.jwk()},
        },
        headers={**agency.api_key("mobile-id"), "Idempotency-Key": "identity"},
    )
    assert answer.status_code == 201, answer.text
    await agency.tick()
    with serve(create_app(settings), port):
        yield Two(univ, agency, wallet, answer.json()["credential"], answer.json()["leaf"])
    for rig in (univ, agency):
        await rig.http.aclose()
        await rig.context.database.dispose()


async def test_an_identity_of_another_deployment_opens_what_waits_for_its_person(two: Two) -> None:
    await two.univ.post_record(DEGREE)
    answer = await two.claim(await two.receipt())
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["offers"]) == 1


async def test_without_its_receipt_it_could_be_anybodys_who_stole_a_key(two: Two) -> None:
    await two.univ.post_record(DEGREE)
    answer = await two.claim(None)
    assert (answer.status_code, answer.json()["code"]) == (403, "identity_refused"), answer.text


async def test_an_identity_that_the_other_deployment_revoked_is_refused(two: Two) -> None:
    await two.univ.post_record(DEGREE)
    receipt = await two.receipt()
    credential = await two.agency.scalar("select id from issuer.credential")
    await two.agency.http.post(
        f"/api/v1/credentials/{credential}/status",
        json={"status": "revoked"},
        headers=two.agency.api_key("mobile-id"),
    )
    await two.agency.tick()
    answer = await two.claim(receipt)
    assert (answer.status_code, answer.json()["code"]) == (403, "identity_refused"), answer.text
    assert "status:revoked" in str(answer.json()["context"])
