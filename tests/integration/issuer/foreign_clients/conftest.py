"""An issuer on a real socket, for clients that are programs of their own."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from digital_resume.local.anvil import EmbeddedAnvil
from digital_resume.local.host import free_port
from issuer.app import create_app
from tests.integration.databases import Databases
from tests.integration.issuer.conftest import University, settings_for
from tests.integration.issuer.rig import Rig, open_rig
from tests.integration.serving import serve


@pytest.fixture
def port_of_rig(rig: Rig) -> Iterator[int]:
    """Serve the issuer at another port than the one that its addresses name, and return that port."""
    port = free_port()
    with serve(create_app(rig.settings), port):
        yield port


@pytest.fixture
async def served(
    anvil: EmbeddedAnvil, databases: Databases, university: University, deployments: Path, tmp_path: Path
) -> AsyncIterator[Rig]:
    """Serve an issuer with one accredited university at the address that its metadata name.

    The university's DID is that of the session's chain, and names another port.
    """
    port = free_port()
    url = f"http://localhost:{port}"
    with databases.copy_of(university.url) as database:
        settings = settings_for(anvil, database, deployments, tmp_path, issuer_url=url)
        rig = await open_rig(settings, anvil)
        rig.institutions["univ"] = university.added
        with serve(create_app(settings), port):
            yield rig
        await rig.http.aclose()
        await rig.context.close()
