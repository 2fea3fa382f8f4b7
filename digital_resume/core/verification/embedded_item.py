"""Format, proof and holder of a credential with an embedded proof: checks 1 to 3 of ``item``.

1. format: one Data Integrity proof, in the canonical form that ``embedded_vc`` accepts.
2. proof: signed with the key of ``verificationMethod``, which is one of the issuer's.
3. holder: ``credentialSubject.id`` is the presenter. The credential carries no answer to this share of its
   own: the presentation's proof, made with that very key for this share, covers it.
"""

from collections.abc import Mapping
from typing import Any, Final

from digital_resume.core.credentials.embedded_vc import MECHANISMS, check_form, proof_content, read_embedded
from digital_resume.core.errors import (
    IdentifierError,
    LimitError,
    ProofError,
    ResumeError,
    SourceUnavailableError,
)
from digital_resume.core.keys.signing import PublicKey
from digital_resume.core.securing.cryptosuites import CRYPTOSUITES
from digital_resume.core.securing.data_integrity import verify_proof
from digital_resume.core.securing.ecdsa_sd_2023 import NAME as SD_SUITE
from digital_resume.core.verification.held import HeldCredential, RefusedError
from digital_resume.core.verification.verdict import CheckName, Outcome

MAX_HIDDEN: Final = 1_024
_SUITES: Final = {name: CRYPTOSUITES[name] for name in MECHANISMS}
# Document or proof is of a kind that is not read here, which says nothing against it.
_UNSUPPORTED: Final = frozenset(
    {"unsupported_form", "proof_type_not_supported", "cryptosuite_not_supported", "proof_not_single"}
)


def read_document(document: Mapping[str, Any], presenter: PublicKey | None) -> HeldCredential:
    """Read a presented credential with an embedded proof.

    Args:
        document: the secured credential as it came in.
        presenter: the key that presented it.

    Raises:
        RefusedError: format, proof or holder does not hold.
    """
    try:
        check_form(document, _single_proof(document))
        proof = verify_proof(document, purpose="assertionMethod", now=None, suites=_SUITES)
        credential = read_embedded(proof)
    except ResumeError as error:
        raise _refused(error) from None
    if presenter is None or credential.holder_jwk != presenter.jwk():
        raise RefusedError(CheckName.HOLDER, "bound_to_other_key")
    discloses_singly = proof.cryptosuite == SD_SUITE
    return HeldCredential(
        credential,
        credential.types[1],
        proof_content(proof.cryptosuite, proof),
        proof.key,
        # What a derived proof leaves out cannot be counted: it may be whatever the type lets be hidden.
        hidden=MAX_HIDDEN if discloses_singly else 0,
        covers_part=discloses_singly,
    )


def _single_proof(document: Mapping[str, Any]) -> Mapping[str, Any]:
    proof = document["proof"]
    if not isinstance(proof, dict):
        raise ProofError("The credential has not one proof.", code="proof_not_single")
    return proof


def _refused(error: ResumeError) -> RefusedError:
    """Say which of format and proof an error is of."""
    if error.code in _UNSUPPORTED or isinstance(error, SourceUnavailableError):
        return RefusedError(CheckName.FORMAT, "unsupported_form", Outcome.UNKNOWN)
    if isinstance(error, LimitError):
        return RefusedError(CheckName.FORMAT, "too_large", Outcome.UNKNOWN)
    if isinstance(error, IdentifierError) or error.code == "wrong_signer":
        return RefusedError(CheckName.PROOF, "key_not_of_signer")
    if isinstance(error, ProofError):
        return RefusedError(CheckName.PROOF, "proof_invalid")
    return RefusedError(CheckName.FORMAT, "malformed", Outcome.UNKNOWN)
