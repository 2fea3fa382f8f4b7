"""VC 1.1 credentials of other ecosystems: those whose proof's suite the core does not have, through didkit.

didkit is optional; where it is not installed the answer says so (``didkit_missing``) and nothing passes.
Structure, issuer, times and the one proof are checked by ``digital_resume.adapters.didkit`` around didkit's
signature check; the status is the caller's check, as for every credential.
"""

import hmac
from collections.abc import Mapping
from typing import Any, Final

from digital_resume.adapters.didkit import PROOF_TYPES
from digital_resume.core.credentials.vcdm import data_model_version
from digital_resume.core.encoding.bounded_json import as_list, dump_json
from digital_resume.core.errors import ProofError, SchemaError
from digital_resume.vc_api.service import Service
from digital_resume.vc_api.suites import SUITES

FOREIGN_PROOF_TYPES: Final = PROOF_TYPES - SUITES.keys()


def is_foreign(document: Mapping[str, Any]) -> bool:
    """Tell whether a credential is one of version 1.1 with a proof that only didkit verifies."""
    types = [proof.get("type") for proof in as_list(document.get("proof")) if isinstance(proof, dict)]
    if not any(isinstance(kind, str) and kind in FOREIGN_PROOF_TYPES for kind in types):
        return False
    try:
        return data_model_version(document) == "1.1"
    except SchemaError:
        return False


def verify_foreign(
    service: Service,
    document: dict[str, Any],
    *,
    challenge: str | None,
    domain: str | None,
    purpose: str | None,
) -> str:
    """Verify such a credential and return the DID URL of its key.

    Args:
        service: the service.
        document: the secured credential.
        challenge: challenge that the proof must carry, or ``None``.
        domain: domain that it must name, or ``None``.
        purpose: its purpose, or ``None`` for any.

    Raises:
        ResumeError: it does not hold, or could not be checked.
    """
    verified = service.foreign.verify(dump_json(document), now=service.now())
    # There is exactly one proof, and the signature covers its members: both were just checked.
    proof = as_list(document["proof"])[0]
    assert isinstance(proof, dict)
    if purpose is not None and proof.get("proofPurpose") != purpose:
        raise ProofError("The proof was made for another purpose.", code="purpose_mismatch")
    for name, wanted in (("challenge", challenge), ("domain", domain)):
        if wanted is not None and not _same(proof.get(name), wanted):
            raise ProofError(f"The proof was made for another {name}.", code=f"{name}_mismatch")
    return verified.verification_method


def _same(found: object, wanted: str) -> bool:
    return isinstance(found, str) and hmac.compare_digest(
        found.encode("utf-8", "surrogatepass"), wanted.encode("utf-8", "surrogatepass")
    )
