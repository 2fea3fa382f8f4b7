"""The errors of the domain: one root, a family for each thing that can fail.

Every error has a stable ``code`` for programs, an English message for people who read logs and
``context`` that is safe to show (never a key, a token or a person's data). Nothing here knows HTTP:
the renderings (RFC 9457, OAuth/OpenID4VC JSON, an outcome of a check) are made in ``adapters``.
"""

from typing import Any


class ResumeError(Exception):
    """Root of every error the domain raises.

    Args:
        message: what happened, why, and what to do next, in one English sentence or two.
        code: stable machine-readable code in ``snake_case``; defaults to the class's own.
        message_ko: the same in Korean, where it has particulars that the words of the code have not.
        context: values that help and are safe to show to anybody.
    """

    code = "resume_error"

    def __init__(
        self, message: str, *, code: str | None = None, message_ko: str | None = None, **context: Any
    ) -> None:
        super().__init__(message)
        self.message = message
        self.message_ko = message_ko
        self.code = code or type(self).code
        self.context = context


class MalformedError(ResumeError):
    """Bytes or JSON that do not have the form they must have."""

    code = "malformed"


class LimitError(MalformedError):
    """Input larger, deeper or more numerous than this product accepts."""

    code = "too_large"


class IdentifierError(ResumeError):
    """A DID, DID URL or multikey that cannot be parsed or resolved; codes are those of DID Core."""

    code = "invalidDid"


class ProofError(ResumeError):
    """A signature, digest, key binding or nonce that does not hold."""

    code = "proof_invalid"


class SchemaError(ResumeError):
    """Claims or a credential that break the credential type's or the data model's rules."""

    code = "schema_violation"


class UnknownTypeError(SchemaError):
    """A credential type that this deployment does not know."""

    code = "unknown_credential_type"


class StatusError(ResumeError):
    """A status list that is malformed, out of range or not the one the chain names."""

    code = "status_invalid"


class ReceiptError(ResumeError):
    """A receipt whose path does not lead from the leaf to the root, or that is malformed."""

    code = "receipt_invalid"


class EnvelopeError(ResumeError):
    """A share that cannot be opened: wrong or damaged key, altered ciphertext, wrong version."""

    code = "share_unreadable"


class SourceUnavailableError(ResumeError):
    """Chain, registry or status list could not be read: the answer is unknown, never green."""

    code = "source_unavailable"


class UnknownChainError(ResumeError):
    """A receipt names a chain, contract or code hash that this verifier has not pinned."""

    code = "unknown_chain"
