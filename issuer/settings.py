"""Settings of the issuer: what every service shares, and its own lifetimes and sizes."""

from pathlib import Path
from typing import ClassVar, Self

from pydantic import Field, SecretStr, model_validator

from digital_resume.core.anchoring.merkle import MAX_TREE_SIZE
from digital_resume.settings import CommonSettings


class IssuerSettings(CommonSettings):
    """What the environment says; names of variables are the fields' names in upper case.

    All times in seconds.
    """

    needs_key_encryption_key: ClassVar[bool] = True

    offer_seconds: int = Field(default=3_600, ge=30, le=30 * 86_400)
    """How long a counter's offer can be redeemed."""

    identity_offer_seconds: int = Field(default=600, ge=30, le=86_400)
    """How long an offer given against an identity can be redeemed."""

    token_seconds: int = Field(default=600, ge=30, le=3_600)
    """Lifetime of an access token, and of the credential kept to deliver a lost answer again."""

    nonce_seconds: int = Field(default=300, ge=10, le=3_600)
    """Lifetime of a ``c_nonce``."""

    public_requests_per_minute: int = Field(default=600, ge=1, le=1_000_000)
    """Nonces, tokens, credentials, identity claims and storage proofs that one address may ask for, each."""

    live_nonces: int = Field(default=100_000, ge=10, le=10_000_000)
    """Unused nonces of one institution at a time; more are refused until some are used or expire."""

    standing_seconds: float = Field(default=5.0, ge=0, le=600)
    """How long what the chain says of an institution counts before it is asked again, at a signature."""

    standing_keep_seconds: float = Field(default=900.0, ge=0, le=86_400)
    """How long the last answer counts while the chain is away; after that nothing is signed."""

    idempotency_seconds: int = Field(default=86_400, ge=60, le=30 * 86_400)
    """How long the answer to an ``Idempotency-Key`` is replayed."""

    record_retention_days: int = Field(default=365, ge=1, le=3_650)
    """Days that a record waits for its owner, and after each claim that it can be claimed again; then what it
    says is erased."""

    audit_retention_days: int = Field(default=1_095, ge=365, le=36_500)
    """Days that an event of the audit log is kept."""

    anchorer_account: str = "anchorer"
    """Id of the anchoring account's key in ``DATA_DIR/keys``; not used with a PKCS#11 token."""

    anchorer_pkcs11_module: Path | None = None
    """PKCS#11 library of the token that holds the anchoring account's key; a file's path."""

    anchorer_pkcs11_token_label: str = Field(default="", max_length=32)
    """The token's label."""

    anchorer_pkcs11_key_label: str = Field(default="anchorer", min_length=1, max_length=255)
    """The label of the key pair."""

    anchorer_pkcs11_pin: SecretStr | None = None
    """The token user's PIN; better in a file."""

    anchorer_pkcs11_pin_file: Path | None = None
    """File that holds the PIN, read when the account is opened."""

    anchor_batch_leaves: int = Field(default=16_777_216, ge=1, le=MAX_TREE_SIZE)
    """Most leaves that one batch takes; what is more waits for the next tick."""

    status_list_size: int = Field(default=131_072, ge=131_072, le=4_194_304, multiple_of=8)
    """Entries of a new status list."""

    status_heartbeat_seconds: float = Field(default=600.0, ge=1, le=86_400)
    """Longest time between two heartbeats of the status root on the chain."""

    status_token_seconds: int = Field(default=43_200, ge=60, le=30 * 86_400)
    """``exp`` of a status list token; re-signing costs no transaction."""

    status_ttl_seconds: int = Field(default=300, ge=10, le=86_400)
    """``ttl`` of a status list token: how long a copy counts as fresh."""

    transaction_wait_seconds: float = Field(default=30.0, ge=0.1, le=600)
    """How long one tick waits for a transaction before it leaves it to the next."""

    transaction_stuck_seconds: float = Field(default=180.0, ge=0.1, le=86_400)
    """Age at which an unmined transaction is sent again with a higher price."""

    transaction_poll_seconds: float = Field(default=0.25, ge=0.01, le=30)
    """Pause between two looks for a transaction's receipt."""

    max_fee_wei: int | None = Field(default=None, ge=1)
    """Most wei for one gas that is ever offered; no limit when not set, which production refuses."""

    @model_validator(mode="after")
    def _check_token(self) -> Self:
        if self.anchorer_pkcs11_module is not None:
            if not self.anchorer_pkcs11_token_label:
                raise ValueError("ANCHORER_PKCS11_MODULE needs ANCHORER_PKCS11_TOKEN_LABEL")
            if (self.anchorer_pkcs11_pin is None) == (self.anchorer_pkcs11_pin_file is None):
                raise ValueError(
                    "ANCHORER_PKCS11_MODULE needs one of ANCHORER_PKCS11_PIN and ANCHORER_PKCS11_PIN_FILE"
                )
        return self
