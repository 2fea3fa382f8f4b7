"""What can go wrong in the issuer, beside what ``digital_resume.core.errors`` names. No HTTP here.

``issuer/problems.py`` says which status and which Korean words each family gets on our own API;
``issuer/openid4vci/errors.py`` is the spec's JSON for the OpenID4VCI endpoints.
"""

from digital_resume.core.errors import ResumeError


class UnauthenticatedError(ResumeError):
    """No API key, or one that is wrong, revoked or not of this form. Never says which."""

    code = "api_key_invalid"


class NotPermittedError(ResumeError):
    """The API key is good, but not for this."""

    code = "scope_missing"


class NotFoundError(ResumeError):
    """Nothing of that id belongs to the caller."""

    code = "not_found"


class ConflictError(ResumeError):
    """The thing is in a state in which this cannot be done."""

    code = "conflict"


class IdempotencyKeyError(ResumeError):
    """The ``Idempotency-Key`` is missing or not of its form."""

    code = "idempotency_key_invalid"


class IdempotencyKeyReusedError(ResumeError):
    """The ``Idempotency-Key`` was used before with another request."""

    code = "idempotency_key_reused"


class IdentityRefusedError(ResumeError):
    """The identity that was presented is not accepted; ``context`` names the check that failed."""

    code = "identity_refused"


class UnreadableSecretError(ResumeError):
    """Something encrypted under the key-encryption key does not open: wrong key or altered data."""

    code = "ciphertext_unreadable"


class ChainStateError(ResumeError):
    """The chain is not as the operator set it up: wrong chain, contract missing, no funds."""

    code = "chain_misconfigured"


class SigningRefusedError(ResumeError):
    """By what the chain says, a credential that is signed now would not be genuine; the code says why."""

    code = "signing_refused"


class TooManyNoncesError(ResumeError):
    """So many nonces are unused that no more are stored for now."""

    code = "rate_limited"
