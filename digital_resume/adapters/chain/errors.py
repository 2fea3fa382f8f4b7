"""Errors of the chain's adapters.

What could not be read is a ``SourceUnavailableError`` (or one of its kinds here), so that a check becomes
``unknown`` and never green. What the chain refused to accept is an error of its own: retrying the same thing
does not help.
"""

from typing import Any

from digital_resume.core.errors import ResumeError, SourceUnavailableError


class RpcError(SourceUnavailableError):
    """A node answered, with a JSON-RPC error instead of a result.

    Attributes:
        rpc_code: the JSON-RPC error code.
        rpc_message: the node's own words.
        data: revert data, when the node sent some.
    """

    code = "rpc_error"

    def __init__(self, message: str, *, rpc_code: int, rpc_message: str, data: bytes | None = None) -> None:
        super().__init__(message, rpc_code=rpc_code)
        self.rpc_code = rpc_code
        self.rpc_message = rpc_message
        self.data = data


class ChainMismatchError(SourceUnavailableError):
    """A node serves another chain, or other contracts, than the deployments file pins."""

    code = "chain_mismatch"


class RpcDisagreementError(SourceUnavailableError):
    """Fewer nodes than ``RPC_QUORUM`` gave the same answer, so none is used."""

    code = "rpc_disagreement"


class ArtifactError(ResumeError):
    """A compiled contract is missing or unreadable."""

    code = "contract_artifact_missing"


class TransactionRejectedError(ResumeError):
    """A node refused a transaction for a reason that sending it again does not change.

    Codes: ``nonce_too_low``, ``underpriced``, ``insufficient_funds``, ``transaction_rejected``.
    """

    code = "transaction_rejected"


class RegistryRejectedError(ResumeError):
    """A contract refused a call: its custom error, in words.

    Attributes:
        message_ko: the message in Korean.
        error_name: name of the custom error, empty when it was not recognised.
    """

    code = "registry_rejected"
    message_ko: str

    def __init__(self, message: str, message_ko: str, *, error_name: str, **context: Any) -> None:
        super().__init__(message, message_ko=message_ko, error=error_name, **context)
        self.error_name = error_name
