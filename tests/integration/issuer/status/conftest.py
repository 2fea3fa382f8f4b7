"""An issuer with a university, on a chain of its own."""

import pytest

from tests.integration.issuer.rig import Rig


@pytest.fixture
async def own(own: Rig) -> Rig:
    """Add a university to the issuer on a chain of its own."""
    await own.add_institutions("univ")
    return own
