"""The seam to selective disclosure: base proofs with mandatory pointers, and derived credentials."""

from collections.abc import Mapping
from typing import Any

from core.errors import ProofError
from core.securing.cryptosuites import Cryptosuite

SD_SUITE = "ecdsa-sd-2023"


def with_pointers(
    suites: Mapping[str, Cryptosuite], mechanism: str, pointers: list[str] | None
) -> Mapping[str, Cryptosuite]:
    """Return the suites, the one that discloses selectively with its mandatory pointers."""
    if mechanism != SD_SUITE or SD_SUITE not in suites:
        return suites
    raise ProofError("This cryptosuite is not available.", code="cryptosuite_not_supported")


def derive(credential: dict[str, Any], pointers: list[str]) -> dict[str, Any]:
    """Derive a credential that discloses what ``pointers`` name besides what is mandatory."""
    raise ProofError("This cryptosuite is not available.", code="cryptosuite_not_supported")
