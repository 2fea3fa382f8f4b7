"""Selective disclosure (``ecdsa-sd-2023``): base proofs with mandatory pointers, derived credentials."""

from collections.abc import Mapping
from typing import Any, Final

from digital_resume.core.securing.cryptosuites import Cryptosuite
from digital_resume.core.securing.ecdsa_sd_2023 import EcdsaSd2023, derive_proof

SD_SUITE: Final = "ecdsa-sd-2023"

# Whoever could hide these could hide who issued the credential, that it ended, or that it was revoked.
_ALWAYS_SHOWN: Final = (
    "issuer",
    "validFrom",
    "validUntil",
    "issuanceDate",
    "expirationDate",
    "credentialStatus",
    "credentialSchema",
    "termsOfUse",
)


def with_pointers(
    suites: Mapping[str, Cryptosuite], mechanism: str, document: Mapping[str, Any], pointers: list[str] | None
) -> Mapping[str, Cryptosuite]:
    """Return the suites, the one that discloses selectively with what it must always show.

    Args:
        suites: the suites.
        mechanism: the one that will be used.
        document: the credential.
        pointers: ``options.mandatoryPointers``.

    Raises:
        MalformedError: a pointer is not a JSON pointer.
    """
    if mechanism != SD_SUITE:
        return suites
    given = list(dict.fromkeys(pointers or ()))
    always = [f"/{name}" for name in _ALWAYS_SHOWN if name in document]
    return {**suites, SD_SUITE: EcdsaSd2023(given + [pointer for pointer in always if pointer not in given])}


def derive(credential: Mapping[str, Any], pointers: list[str], proof_id: str | None = None) -> dict[str, Any]:
    """Derive a credential that discloses what ``pointers`` name besides what is mandatory.

    Raises:
        ResumeError: it has no such base proof, or a pointer leads nowhere.
    """
    return derive_proof(credential, list(dict.fromkeys(pointers)), proof_id=proof_id)
