"""Format, proof and holder of an SD-JWT VC of the VCLD form: checks 1 to 3 of ``item``.

1. format: an SD-JWT VC whose two names of its type agree.
2. proof: the bytes that came in are signed with the key of ``kid``, which names a key of ``iss``; every
   disclosure belongs to a digest.
3. holder: bound to the presenter's key, for this nonce and audience.
"""

import re
from datetime import datetime
from typing import Final

from digital_resume.core.credentials.sd_jwt_vc import CredentialView, read_credential
from digital_resume.core.errors import LimitError, MalformedError, ProofError, ResumeError
from digital_resume.core.identifiers.did import parse_did_url, verification_key
from digital_resume.core.keys.signing import PublicKey, public_key_from_jwk
from digital_resume.core.securing.sd_jwt import (
    KeyBinding,
    PeekedSdJwt,
    VerifiedSdJwt,
    peek_sd_jwt,
    verify_sd_jwt,
)
from digital_resume.core.verification.held import Expectation, HeldCredential, RefusedError
from digital_resume.core.verification.policy import Policy
from digital_resume.core.verification.verdict import CheckName, Outcome

_VCT: Final = re.compile(r"urn:vdr:([A-Za-z][A-Za-z0-9]{0,63}):[1-9][0-9]{0,3}", re.ASCII)
_HOLDER_CODES: Final = frozenset({"key_binding_missing", "nonce_mismatch", "audience_mismatch"})
_DISCLOSURE_CODES: Final = ("disclosure", "digest", "claim_collision", "reserved_claim")


def read_token(token: str, expectation: Expectation, *, now: datetime, policy: Policy) -> HeldCredential:
    """Read a presented SD-JWT VC.

    Args:
        token: the SD-JWT with its key binding.
        expectation: what it must be bound to.
        now: present moment.
        policy: how old a key binding may be.

    Raises:
        RefusedError: format, proof or holder does not hold.
    """
    # 1. format
    try:
        peeked = peek_sd_jwt(token)
    except LimitError:
        raise _unread("too_large") from None
    except MalformedError:
        raise _unread("malformed") from None

    # 2. proof: kid first, so that the key is one that speaks for iss; then the bytes that came in.
    try:
        key = _signing_key(peeked)
    except ResumeError:
        raise RefusedError(CheckName.PROOF, "key_not_of_signer") from None
    verified = _verify(peeked, key, expectation=expectation, now=now)
    try:
        view = read_credential(verified)
        type_name = _type_name(view)
    except ProofError:
        raise RefusedError(CheckName.PROOF, "disclosure_invalid") from None
    except ResumeError:
        raise _unread("malformed") from None

    # 3. holder: the key binding was verified with cnf's key; it must be the presenter's.
    if expectation.presenter is not None and public_key_from_jwk(view.holder_jwk) != expectation.presenter:
        raise RefusedError(CheckName.HOLDER, "bound_to_other_key")
    return HeldCredential(
        view,
        type_name,
        verified.content,
        key,
        verified.hidden,
        clock_differs=_clock_differs(verified.key_binding, expectation, now, policy),
    )


def _clock_differs(
    binding: KeyBinding | None, expectation: Expectation, now: datetime, policy: Policy
) -> bool:
    """Tell whether a key binding is dated in the future, or too long ago, by both clocks.

    Raises:
        RefusedError: it is, and no nonce says that it was made for this presentation.
    """
    if binding is None or policy.max_key_binding_age is None:
        return False
    clocks = (now, expectation.signed_at or now)
    begin = min(clocks) - policy.max_key_binding_age - policy.clock_skew
    if begin <= binding.issued_at <= max(clocks) + policy.clock_skew:
        return False
    if expectation.nonce is None:
        raise RefusedError(CheckName.HOLDER, "key_binding_invalid")
    return True


def _unread(code: str) -> RefusedError:
    """Return the refusal of what cannot be read, which says nothing against it."""
    return RefusedError(CheckName.FORMAT, code, Outcome.UNKNOWN)


def _signing_key(peeked: PeekedSdJwt) -> PublicKey:
    """Return the key that ``kid`` carries, if ``kid`` is a key of ``iss``."""
    if peeked.kid is None or parse_did_url(peeked.kid).did != peeked.payload.get("iss"):
        raise ProofError("The key does not belong to the issuer.", code="wrong_signer")
    return verification_key(peeked.kid)


def _verify(peeked: PeekedSdJwt, key: PublicKey, *, expectation: Expectation, now: datetime) -> VerifiedSdJwt:
    """Verify signature, disclosures and key binding; raise which of them does not hold."""
    try:
        return verify_sd_jwt(
            peeked,
            key=key,
            now=now,
            expected_nonce=expectation.nonce,
            expected_audience=expectation.audience,
            require_key_binding=expectation.require_key_binding,
            check_age=False,
        )
    except ResumeError as problem:
        _verify_without_key_binding(peeked, key, now)
        code = problem.code if problem.code in _HOLDER_CODES else "key_binding_invalid"
        raise RefusedError(CheckName.HOLDER, code) from None


def _verify_without_key_binding(peeked: PeekedSdJwt, key: PublicKey, now: datetime) -> None:
    """Find out whether it was the credential or its key binding that failed, and raise the former."""
    try:
        verify_sd_jwt(
            peek_sd_jwt(peeked.bound),
            key=key,
            now=now,
            expected_nonce=None,
            expected_audience=None,
            require_key_binding=False,
        )
    except ProofError as error:
        altered = error.code.startswith(_DISCLOSURE_CODES)
        code = "disclosure_invalid" if altered else "proof_invalid"
        raise RefusedError(CheckName.PROOF, code) from None
    except ResumeError as error:
        raise _unread("too_large" if isinstance(error, LimitError) else "malformed") from None


def _type_name(credential: CredentialView) -> str:
    """Return the type's name; ``vct`` and the W3C type must say the same.

    Raises:
        MalformedError: they do not.
    """
    match = _VCT.fullmatch(credential.vct)
    if match is None or credential.types != ("VerifiableCredential", match[1]):
        raise MalformedError("The credential's vct and type do not name one credential type.")
    return match[1]
