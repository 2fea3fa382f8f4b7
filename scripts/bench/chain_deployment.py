"""A deployment to measure on: durable PostgreSQL, anvil, and the issuer as a process, all real."""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from digital_resume.adapters.chain.accreditation import accredit
from digital_resume.adapters.chain.deploying import deploy
from digital_resume.adapters.chain.deployments import parse_deployments, write_deployments
from digital_resume.adapters.chain.registry_admin import RegistryAdmin
from digital_resume.adapters.database.migrate import upgrade
from digital_resume.adapters.keystore import FileKeystore, KeyCipher, generate_key_encryption_key
from digital_resume.core.encoding.base64url import b64u_encode
from digital_resume.local.anvil import EmbeddedAnvil
from digital_resume.local.postgres import EmbeddedPostgres
from issuer.chain.account import ChainWriter
from issuer.context import Context
from issuer.onboarding.service import NewInstitution, add_institution
from issuer.settings import IssuerSettings
from scripts.compile_contracts import ROOT, compile_contracts

#: The institution that is measured with, and what it issues.
SLUG: Final = "univ"
TYPE: Final = "UniversityDegree"


@dataclass(frozen=True, slots=True)
class Deployment:
    """Servers that run, and what the issuer is told of them."""

    settings: IssuerSettings
    node: EmbeddedAnvil
    database_url: str
    environment: dict[str, str]


@contextmanager
def open_deployment() -> Iterator[Deployment]:
    """Start PostgreSQL and anvil in a folder of their own, migrate, deploy."""
    compile_contracts()
    with tempfile.TemporaryDirectory(prefix="vdr-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with EmbeddedPostgres(folder / "postgres") as server, EmbeddedAnvil(folder / "chain") as node:
            upgrade(server.url, "issuer")
            file = folder / "deployments.json"
            write_deployments(file, parse_deployments(deploy(node.url, node.account(0))))
            key = generate_key_encryption_key()
            keystore = FileKeystore(folder / "keys", KeyCipher(key))
            keystore.import_account("anchorer", bytes(node.account(1).key))
            environment = {
                "DATABASE_URL": server.url,
                "RPC_URLS": node.url,
                "DEPLOYMENTS_FILE": str(file),
                "KEY_ENCRYPTION_KEY": b64u_encode(key),
                "DATA_DIR": str(folder),
                "RATE_LIMITS": "off",
                "TRANSACTION_POLL_SECONDS": "0.02",
            }
            settings = IssuerSettings.model_validate(
                {variable.lower(): value for variable, value in environment.items()}
            )
            yield Deployment(settings, node, server.url, {**os.environ, **environment})


def open_university(deployment: Deployment, issuer_url: str | None = None) -> NewInstitution:
    """Add a university, ``SLUG``, and put it on the chain with the deployment's anchoring account.

    Args:
        deployment: its servers run.
        issuer_url: where the issuer is served; as in the deployment's settings when not given.
    """
    changed = {} if issuer_url is None else {"issuer_url": issuer_url}
    institution = asyncio.run(_add_university(deployment.settings.model_copy(update=changed)))
    chain = ChainWriter.from_settings(deployment.settings)
    reader = chain.reader
    admin = RegistryAdmin(reader.client, reader.deployments, deployment.node.account(0))
    accredit(institution.accreditable, admin, reader.trust_directory, chain.submitter.address)
    reader.client.close()
    return institution


async def _add_university(settings: IssuerSettings) -> NewInstitution:
    context = Context.from_settings(settings)
    async with context.database.sessions.begin() as session:
        made = await add_institution(
            session,
            context,
            slug=SLUG,
            name_ko="새벽대학교(시연용)",
            name_en="Saebyeok University (demo)",
            credential_types=[TYPE],
        )
    await context.close()
    return made


@contextmanager
def serve_issuer(deployment: Deployment) -> Iterator[tuple[str, int]]:
    """Serve the issuer on a loopback port as a process of its own; yields its address and process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://localhost:{port}"  # a did:web names no IP address
    command = [sys.executable, "-m", "digital_resume.web.serving", "issuer.app:create_app"]
    command += ["--port", str(port), "--log-level", "warning"]
    child = subprocess.Popen(command, env={**deployment.environment, "ISSUER_URL": url}, cwd=ROOT)
    try:
        _wait(url, child)
        yield url, child.pid
    finally:
        child.terminate()
        child.wait(20)


def _wait(url: str, child: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and child.poll() is None:
        try:
            if httpx.get(f"{url}/healthz", timeout=2, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise RuntimeError("The issuer did not start.")
