"""Format, proof and holder of a credential with an embedded proof: checks 1 to 3 of ``item``.

1. format: one Data Integrity proof, written in the one way that ``embedded_vc`` reads.
2. proof: signed with the key of ``verificationMethod``, which is one of the issuer's.
3. holder: ``credentialSubject.id`` is the presenter. The credential carries no answer to this share of its
   own: the presentation's proof, made with that very key for this share, covers it.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from digital_resume.core.credentials.embedded_vc import MECHANISMS, check_form, proof_leaf, read_embedded
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
from digital_resume.core.verification.verdict import CheckName, Outcome

if TYPE_CHECKING:
    from digital_resume.core.verification.item import Examination

MAX_HIDDEN: Final = 1_024
_SUITES: Final = {name: CRYPTOSUITES[name] for name in MECHANISMS}
# Document or proof is of a kind that is not read here, which says nothing against it.
_UNSUPPORTED: Final = frozenset(
    {"unsupported_form", "proof_type_not_supported", "cryptosuite_not_supported", "proof_not_single"}
)


def check_embedded(
    item: "Examination", document: Mapping[str, Any], presenter: PublicKey | None, now: datetime
) -> bool:
    """Run checks 1 to 3; tell whether all of them passed.

    Args:
        item: where the results are noted.
        document: the secured credential as it came in.
        presenter: the key that presented it.
        now: present moment.
    """
    item.note(CheckName.FORMAT, Outcome.PASS, "well_formed")
    try:
        check_form(document, _single_proof(document))
        proof = verify_proof(document, purpose="assertionMethod", now=now, suites=_SUITES)
        credential = read_embedded(proof)
    except ResumeError as error:
        _note(item, error)
        return False
    item.note(CheckName.PROOF, Outcome.PASS, "signature_valid")
    if presenter is None or credential.holder_jwk != presenter.jwk():
        item.note(CheckName.HOLDER, Outcome.FAIL, "bound_to_other_key")
        return False
    item.note(CheckName.HOLDER, Outcome.PASS, "bound_to_presenter")
    item.credential, item.type_name = credential, credential.types[1]
    item.leaf = proof_leaf(proof.cryptosuite, proof)
    item.signed = hashlib.sha256(proof.cryptosuite.encode() + proof.hash_data).digest()
    item.covers_part = proof.cryptosuite == SD_SUITE
    item.key_digest = hashlib.sha256(proof.key.multikey.encode("ascii")).digest()
    # What a derived proof leaves out cannot be counted: it may be whatever the type lets be hidden.
    item.hidden = MAX_HIDDEN if item.covers_part else 0
    return True


def _single_proof(document: Mapping[str, Any]) -> Mapping[str, Any]:
    proof = document["proof"]
    if not isinstance(proof, dict):
        raise ProofError("The credential has not one proof.", code="proof_not_single")
    return proof


def _note(item: "Examination", error: ResumeError) -> None:
    """Note which of format and proof an error is of."""
    if error.code in _UNSUPPORTED or isinstance(error, SourceUnavailableError):
        item.note(CheckName.FORMAT, Outcome.UNKNOWN, "unsupported_form")
    elif isinstance(error, LimitError):
        item.note(CheckName.FORMAT, Outcome.FAIL, "too_large")
    elif isinstance(error, IdentifierError) or error.code == "wrong_signer":
        item.note(CheckName.PROOF, Outcome.FAIL, "key_not_of_signer")
    elif isinstance(error, ProofError):
        item.note(CheckName.PROOF, Outcome.FAIL, "proof_invalid")
    else:
        item.note(CheckName.FORMAT, Outcome.FAIL, "malformed")
