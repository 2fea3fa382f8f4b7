"""The cryptosuites that the service verifies with, and what curve's proofs secure its status lists."""

from collections.abc import Mapping
from typing import Final

from digital_resume.core.keys.multikey import Curve
from digital_resume.core.securing.cryptosuites import CRYPTOSUITES, LEGACY_CRYPTOSUITES, Cryptosuite

SUITES: Final[Mapping[str, Cryptosuite]] = {**CRYPTOSUITES, **LEGACY_CRYPTOSUITES}
"""What is verified here: every suite of the core, and those of older documents of other ecosystems."""

_FOR_LISTS: Final[dict[Curve, tuple[str, ...]]] = {
    "Ed25519": ("eddsa-rdfc-2022", "eddsa-jcs-2022"),
    "P-256": ("ecdsa-rdfc-2019", "ecdsa-jcs-2019"),
    "P-384": ("ecdsa-rdfc-2019", "ecdsa-jcs-2019"),
}


def list_suite(curve: Curve) -> str:
    """Return the cryptosuite for status lists signed with a key of ``curve``: one that verifies as it is."""
    return next(name for name in _FOR_LISTS[curve] if name in SUITES)
