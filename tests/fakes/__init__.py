"""Real implementations of the domain's ports that keep everything in memory, with real signing.

``World`` puts them together: a registry, a chain and status lists that a test changes over time,
institutions that issue real SD-JWT credentials, wallets that compose real resumes.
"""

from tests.fakes.institution import Institution, Issued
from tests.fakes.sources import FakeAnchorLog, FakeStatusSource, FakeTrustDirectory
from tests.fakes.wallet import HolderWallet
from tests.fakes.world import VERIFIER_URL, World

__all__ = [
    "VERIFIER_URL",
    "FakeAnchorLog",
    "FakeStatusSource",
    "FakeTrustDirectory",
    "HolderWallet",
    "Institution",
    "Issued",
    "World",
]
