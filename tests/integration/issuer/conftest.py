"""An issuer for each test: a database of its own, contracts on the session's chain."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from digital_resume.adapters.chain.deploying import deploy
from digital_resume.adapters.chain.deployments import parse_deployments, write_deployments
from digital_resume.adapters.database.migrate import upgrade
from digital_resume.adapters.jobs import apply_schema
from digital_resume.adapters.keystore import FileKeystore, KeyCipher
from digital_resume.core.encoding.base64url import b64u_encode
from digital_resume.local.anvil import EmbeddedAnvil
from digital_resume.local.postgres import EmbeddedPostgres
from issuer.onboarding.service import NewInstitution
from issuer.settings import IssuerSettings
from scripts.compile_contracts import compile_contracts
from tests.integration.issuer.rig import Rig, Wallet, open_rig

KEY_ENCRYPTION_KEY = secrets.token_bytes(32)


@pytest.fixture(scope="session")
def template_database(postgres: EmbeddedPostgres) -> str:
    """Migrate one database that every test's is copied from."""
    url = postgres.create_database("issuer_template")
    upgrade(url, "issuer")
    apply_schema(url)
    return "issuer_template"


@pytest.fixture
def issuer_database(postgres: EmbeddedPostgres, template_database: str) -> Iterator[str]:
    """Give a test a migrated database of its own."""
    with copied(postgres, template_database) as url:
        yield url


@contextmanager
def copied(postgres: EmbeddedPostgres, template: str) -> Iterator[str]:
    """Copy a database, and drop the copy afterwards; yields its address."""
    name = f"issuer_{secrets.token_hex(6)}"
    with psycopg.connect(postgres.url_of("postgres"), autocommit=True) as connection:
        statement = sql.SQL("create database {} template {}")
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
    yield postgres.url_of(name)
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def deployments(anvil: EmbeddedAnvil, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Deploy the contracts on the session's chain."""
    return deployed(anvil, tmp_path_factory.mktemp("deployments") / "deployments.json")


def deployed(node: EmbeddedAnvil, path: Path) -> Path:
    """Deploy the contracts and write the deployments file."""
    compile_contracts()
    write_deployments(path, parse_deployments(deploy(node.url, node.account(0))))
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
    """A database with a university that the session's chain accredits."""

    template: str
    added: NewInstitution


@pytest.fixture(scope="session")
def university(
    postgres: EmbeddedPostgres,
    template_database: str,
    anvil: EmbeddedAnvil,
    deployments: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[University]:
    """Add and accredit a university once; every rig's database is a copy."""
    with copied(postgres, template_database) as url:
        settings = settings_for(anvil, url, deployments, tmp_path_factory.mktemp("university"))

        async def add() -> NewInstitution:
            rig = await open_rig(settings, anvil)
            await rig.add_institutions("univ")
            await rig.http.aclose()
            await rig.context.close()
            return rig.institutions["univ"]

        with ThreadPoolExecutor(1) as thread:  # whose loop is not a test's
            added = thread.submit(asyncio.run, add()).result()
        yield University(url.rpartition("/")[2], added)


@pytest.fixture
async def rig(
    anvil: EmbeddedAnvil,
    postgres: EmbeddedPostgres,
    university: University,
    deployments: Path,
    tmp_path: Path,
) -> AsyncIterator[Rig]:
    """Open an issuer with one accredited university."""
    with copied(postgres, university.template) as url:
        rig = await open_rig(settings_for(anvil, url, deployments, tmp_path), anvil)
        rig.institutions["univ"] = university.added
        yield rig
        await rig.http.aclose()
        await rig.context.database.dispose()


@pytest.fixture
async def own(fresh_anvil: EmbeddedAnvil, issuer_database: str, tmp_path: Path) -> AsyncIterator[Rig]:
    """Open an issuer on a chain of its own that keeps snapshots, and may be stopped and reorganised."""
    deployments = deployed(fresh_anvil, tmp_path / "deployments.json")
    settings = settings_for(
        fresh_anvil,
        issuer_database,
        deployments,
        tmp_path,
        chain_snapshot_file=fresh_anvil.snapshot,
    )
    rig = await open_rig(settings, fresh_anvil)
    rig.chain.make_final(0)
    yield rig
    await rig.http.aclose()
    await rig.context.database.dispose()


@pytest.fixture
def wallet(rig: Rig) -> Wallet:
    """Make a wallet with a key of its own."""
    return Wallet(rig)
