"""Why a node refuses a transaction: programs of nodes say the same thing in words of their own."""

from enum import StrEnum


class Refusal(StrEnum):
    """What a refusal means for whoever sent the transaction."""

    KNOWN = "already_known"
    NONCE_TOO_LOW = "nonce_too_low"
    UNDERPRICED = "underpriced"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    OTHER = "transaction_rejected"


_WORDS = {
    Refusal.KNOWN: (
        "already known",
        "already imported",
        "already_exists",
        "alreadyknown",
        "known transaction",
        "already in mempool",
        "already in the txpool",
    ),
    Refusal.NONCE_TOO_LOW: ("nonce too low", "nonce is too low", "invalid nonce", "oldnonce"),
    Refusal.UNDERPRICED: (
        "underpriced",
        "fee too low",
        "feetoolow",
        "max fee per gas less than block base fee",
        "gas price below",
        "replacement gas too low",
        "minimum gas price",
        "cannot pay basefee",
    ),
    Refusal.INSUFFICIENT_FUNDS: (
        "insufficient funds",
        "insufficientfunds",
        "insufficient balance",
        "upfront cost exceeds account balance",
    ),
}


def kind_of_refusal(words: str) -> Refusal:
    """Return what a node's words mean."""
    said = words.lower()
    for kind, phrases in _WORDS.items():
        if any(phrase in said for phrase in phrases):
            return kind
    return Refusal.OTHER
