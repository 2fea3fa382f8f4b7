"""An issuer for each test: a database of its own, contracts on the session's chain."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from digital_resume.adapters.chain.deployments import write_deployments
from digital_resume.adapters.keystore import FileKeystore, KeyCipher
from digital_resume.core.encoding.base64url import b64u_encode
from digital_resume.local.anvil import EmbeddedAnvil
from issuer.onboarding.service import NewInstitution
from issuer.settings import IssuerSettings
from tests.integration.databases import Databases
from tests.integration.issuer.rig import Rig, Wallet, open_rig
from tests.integration.preloaded import Preloaded

KEY_ENCRYPTION_KEY = secrets.token_bytes(32)


@pytest.fixture
def issuer_database(databases: Databases) -> Iterator[str]:
    """Give a test a migrated database of its own."""
    with databases.new("issuer") as url:
        yield url


@pytest.fixture
def deployments(preloaded: Preloaded, tmp_path: Path) -> Path:
    """Write the deployments file of the contracts that every node has; the test may change it."""
    return _write_deployments(preloaded, tmp_path)


def _write_deployments(preloaded: Preloaded, folder: Path) -> Path:
    path = folder / "deployments.json"
    write_deployments(path, preloaded.deployments)
    return path


def settings_for(
    node: EmbeddedAnvil, database: str, deployments_file: Path, data_dir: Path, **more: object
) -> IssuerSettings:
    """Make the settings of an issuer whose anchoring account is the chain's account 1."""
    keystore = FileKeystore(data_dir / "keys", KeyCipher(KEY_ENCRYPTION_KEY))
    if not keystore.has("anchorer"):
        keystore.import_account("anchorer", bytes(node.account(1).key))
    values: dict[str, object] = {
        "database_url": database,
        "rpc_urls": node.url,
        "deployments_file": deployments_file,
        "key_encryption_key": b64u_encode(KEY_ENCRYPTION_KEY),
        "data_dir": data_dir,
        "transaction_wait_seconds": 20,
        "transaction_poll_seconds": 0.02,
        "anchor_tick_seconds": 0.3,
    }
    return IssuerSettings.model_validate({**values, **more})


@dataclass(frozen=True, slots=True)
class University:
    """A database with a university that the session's chain accredits.

    Attributes:
        url: of the database.
        added: the university.
    """

    url: str
    added: NewInstitution


@pytest.fixture(scope="session")
def university(
    anvil: EmbeddedAnvil,
    databases: Databases,
    preloaded: Preloaded,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[University]:
    """Add and accredit a university once; every rig's database is a copy."""
    folder = tmp_path_factory.mktemp("university")
    with databases.new("issuer") as url:
        settings = settings_for(anvil, url, _write_deployments(preloaded, folder), folder)

        async def add() -> NewInstitution:
            rig = await open_rig(settings, anvil)
            await rig.add_institutions("univ")
            await rig.http.aclose()
            await rig.context.close()
            return rig.institutions["univ"]

        with ThreadPoolExecutor(1) as thread:  # whose loop is not a test's
            added = thread.submit(asyncio.run, add()).result()
        yield University(url, added)


@pytest.fixture
async def rig(
    anvil: EmbeddedAnvil,
    databases: Databases,
    university: University,
    deployments: Path,
    tmp_path: Path,
) -> AsyncIterator[Rig]:
    """Open an issuer with one accredited university."""
    with databases.copy_of(university.url) as url:
        rig = await open_rig(settings_for(anvil, url, deployments, tmp_path), anvil)
        rig.institutions["univ"] = university.added
        yield rig
        await rig.http.aclose()
        await rig.context.database.dispose()


@pytest.fixture
async def own(
    own_anvil: EmbeddedAnvil, issuer_database: str, deployments: Path, tmp_path: Path
) -> AsyncIterator[Rig]:
    """Open an issuer on a chain of its own that keeps snapshots, and may be stopped and reorganised."""
    settings = settings_for(
        own_anvil, issuer_database, deployments, tmp_path, chain_snapshot_file=own_anvil.snapshot
    )
    rig = await open_rig(settings, own_anvil)
    rig.chain.make_final(0)
    yield rig
    await rig.http.aclose()
    await rig.context.database.dispose()


@pytest.fixture
def wallet(rig: Rig) -> Wallet:
    """Make a wallet with a key of its own."""
    return Wallet(rig)
