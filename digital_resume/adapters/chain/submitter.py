"""Primitives of whoever sends transactions: build and sign, send, look up the receipt, re-price.

Nothing is remembered here. The anchoring worker keeps the state: it stores the signed raw transaction first
and sends it afterwards, so that after a crash the very same bytes are sent again.
"""

import time
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, cast

from eth_utils.address import to_checksum_address

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.deployments import Deployments
from digital_resume.adapters.chain.errors import RpcDisagreementError, RpcError, TransactionRejectedError
from digital_resume.adapters.chain.evm import (
    ContractConstructor,
    ContractFunction,
    HexBytes,
    TransactionNotFound,
    TxParams,
    TypedTransaction,
)
from digital_resume.adapters.chain.refusals import Refusal, kind_of_refusal
from digital_resume.adapters.chain.views import understood
from digital_resume.core.errors import SourceUnavailableError

ANCHOR_GAS = 100_000
PUBLISH_GAS = 150_000
MIN_PRIORITY_FEE = 1_000_000_000
MIN_BUMP_PERCENT = 10
SENSELESS_PRICE = 10**17
"""Wei for one gas that no chain asks; a node that does is broken or lies."""

Call = ContractFunction | ContractConstructor | TxParams
"""What a transaction does: a call or a creation as web3 has them, or the fields that say so."""

_MOST_FEE = 2**62
_POLL_SECONDS = 0.05


class TransactionSigner(Protocol):
    """An account that signs transactions, e.g. ``eth_account``'s ``LocalAccount``."""

    @property
    def address(self) -> Any:
        """EIP-55 address."""

    def sign_transaction(self, transaction_dict: Any) -> Any:
        """Sign; the answer has ``raw_transaction`` and ``hash``."""


@dataclass(frozen=True, slots=True)
class Fees:
    """EIP-1559 fees in wei for one gas."""

    max_fee: int
    priority_fee: int


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """A signed transaction and what is needed to sign it again at a higher price.

    Attributes:
        raw: the bytes to send.
        hash: transaction hash, lower-case hex with ``0x``.
        fields: what was signed.
    """

    raw: bytes
    hash: str
    fields: TxParams

    @property
    def nonce(self) -> int:
        """The account's nonce that it takes."""
        return int(self.fields["nonce"])

    @property
    def fees(self) -> Fees:
        """What it offers."""
        return Fees(int(self.fields["maxFeePerGas"]), int(self.fields["maxPriorityFeePerGas"]))


class SendOutcome(StrEnum):
    """What a node said of a transaction that it did not refuse."""

    SENT = "sent"
    ALREADY_KNOWN = "already_known"
    ALREADY_MINED = "already_mined"


@dataclass(frozen=True, slots=True)
class TransactionReceipt:
    """A mined transaction, as the chain has it now; a reorg can take it away again.

    Attributes:
        contract: address of the contract it created, if any.
        confirmations: blocks on top of its block.
        final: whether these are as many as the chain's setting wants.
    """

    hash: str
    succeeded: bool
    block_number: int
    block_hash: str
    block_time: datetime
    gas_used: int
    contract: str | None
    confirmations: int
    final: bool


class Submitter:
    """Sends transactions of one account.

    Args:
        client: the chain.
        deployments: the contracts and the number of confirmations.
        account: who signs.
        max_fee_cap: most wei for one gas that is ever offered, ``None`` for no limit.
    """

    def __init__(
        self,
        client: ChainClient,
        deployments: Deployments,
        account: TransactionSigner,
        *,
        max_fee_cap: int | None = None,
    ) -> None:
        self.client = client
        self.deployments = deployments
        self.address = to_checksum_address(account.address)
        self._account = account
        self._eth = client.web3.eth
        self._max_fee_cap = max_fee_cap
        self._anchors = client.contract("AnchorRegistry", deployments.anchor_registry.address)
        self._statuses = client.contract("StatusRegistry", deployments.status_registry.address)

    def build_anchor(self, root: bytes, *, nonce: int, fees: Fees) -> SignedTransaction:
        """Build and sign ``AnchorRegistry.anchor(root)``."""
        return self.build(self._anchors.functions.anchor(root), nonce=nonce, gas=ANCHOR_GAS, fees=fees)

    def build_publish(self, root: bytes, *, nonce: int, fees: Fees) -> SignedTransaction:
        """Build and sign ``StatusRegistry.publish(root)``."""
        return self.build(self._statuses.functions.publish(root), nonce=nonce, gas=PUBLISH_GAS, fees=fees)

    def build(self, call: Call, *, nonce: int, gas: int, fees: Fees) -> SignedTransaction:
        """Build and sign a transaction; see ``build_transaction``."""
        chain_id = self.deployments.chain_id
        return build_transaction(self._account, chain_id, call, nonce=nonce, gas=gas, fees=fees)

    def replacement(self, transaction: SignedTransaction, fees: Fees | None = None) -> SignedTransaction:
        """Sign ``transaction`` again, same nonce, at least 10 % dearer in both fees, or at ``fees`` if more.

        Raises:
            TransactionRejectedError: the price would pass the cap (code ``fee_cap_reached``).
        """
        dearer = self.dearer(transaction.fees, fees or Fees(0, 0))
        return sign(self._account, {**transaction.fields, **_price(dearer)})

    def dearer(self, old: Fees, wanted: Fees) -> Fees:
        """Return fees at least 10 % above ``old``, or ``wanted`` if that is more.

        Raises:
            TransactionRejectedError: the price would pass the cap (code ``fee_cap_reached``).
        """
        priority_fee = max(wanted.priority_fee, _bump(old.priority_fee))
        max_fee = max(wanted.max_fee, _bump(old.max_fee), priority_fee)
        cap = _MOST_FEE if self._max_fee_cap is None else self._max_fee_cap
        if max_fee > cap:
            raise TransactionRejectedError(
                f"Re-pricing a transaction would offer more than the cap of {cap} wei a gas. "
                "Raise the cap, or wait for the chain to become cheaper.",
                code="fee_cap_reached",
            )
        return Fees(max_fee, priority_fee)

    def suggest_fees(self) -> Fees:
        """Return fees that let a transaction in within the next blocks: twice the base fee, plus a tip."""
        fees = suggest_fees(self.client)
        if self._max_fee_cap is not None and fees.max_fee > self._max_fee_cap:
            return Fees(self._max_fee_cap, min(fees.priority_fee, self._max_fee_cap))
        return fees

    def pending_nonce(self) -> int:
        """Return the next free nonce, transactions waiting in the node's pool counted."""
        return self._eth.get_transaction_count(self.address, "pending")

    def mined_nonce(self) -> int:
        """Return the next nonce by the newest block alone."""
        return self._eth.get_transaction_count(self.address, "latest")

    def balance(self) -> int:
        """Return the account's balance in wei."""
        return self._eth.get_balance(self.address, "latest")

    def send(self, transaction: SignedTransaction) -> SendOutcome:
        """Send a signed transaction; see ``send_raw``."""
        return self.send_raw(transaction.raw, transaction.hash)

    def send_raw(self, raw: bytes, tx_hash: str) -> SendOutcome:
        """Send raw bytes. Sending the same bytes again is no error, whether they wait or are mined.

        Raises:
            TransactionRejectedError: ``nonce_too_low`` (another transaction took the nonce),
                ``underpriced``, ``insufficient_funds`` or ``transaction_rejected``.
            SourceUnavailableError: no node answered; it may have arrived all the same.
        """
        try:
            with understood("eth_sendRawTransaction"):
                self._eth.send_raw_transaction(raw)
        except RpcError as error:
            return self._judge_refusal(error, raw, tx_hash)
        return SendOutcome.SENT

    def receipt(self, tx_hash: str) -> TransactionReceipt | None:
        """Return the receipt of a mined transaction; ``None`` while it is unmined, or unmined again."""
        return find_receipt(self.client, tx_hash, self.deployments.confirmations)

    def is_known(self, tx_hash: str) -> bool:
        """Tell whether the node shows the transaction; not every node shows one that waits in its pool."""
        try:
            with understood("eth_getTransactionByHash"):
                self._eth.get_transaction(HexBytes(tx_hash))
        except (TransactionNotFound, RpcDisagreementError):  # too few have it: sending it again costs nothing
            return False
        return True

    def _judge_refusal(self, error: RpcError, raw: bytes, tx_hash: str) -> SendOutcome:
        kind = kind_of_refusal(error.rpc_message)
        if kind is Refusal.KNOWN:
            return SendOutcome.ALREADY_KNOWN
        if kind is Refusal.NONCE_TOO_LOW and self.receipt(tx_hash) is not None:
            return SendOutcome.ALREADY_MINED
        raise TransactionRejectedError(
            self._say(kind, error, raw, tx_hash), code=kind.value, address=self.address
        ) from error

    def _say(self, kind: Refusal, error: RpcError, raw: bytes, tx_hash: str) -> str:
        match kind:
            case Refusal.NONCE_TOO_LOW:
                return (
                    f"Another transaction of {self.address} took the nonce of {tx_hash}. Is a second worker "
                    "using the same account? Build the transaction again with the next nonce."
                )
            case Refusal.UNDERPRICED:
                return f"The node refused {tx_hash} as too cheap. Send a replacement with higher fees."
            case Refusal.INSUFFICIENT_FUNDS:
                return (
                    f"Account {self.address} cannot pay for the transaction: it has {self.balance()} wei "
                    f"and needs {most_cost(raw)} wei. Top it up; nothing is lost."
                )
        return f"The node refused {tx_hash}: {error.rpc_message}."


def _bump(fee: int) -> int:
    return fee + max(1, -(-fee * MIN_BUMP_PERCENT // 100))


def _price(fees: Fees) -> TxParams:
    return cast("TxParams", {"maxFeePerGas": fees.max_fee, "maxPriorityFeePerGas": fees.priority_fee})


def build_transaction(
    account: TransactionSigner, chain_id: int, call: Call, *, nonce: int, gas: int, fees: Fees
) -> SignedTransaction:
    """Build and sign an EIP-1559 transaction; gas and fees are given, so that web3 asks nobody for them."""
    fields = cast("TxParams", {"type": 2, "chainId": chain_id, "nonce": nonce, "gas": gas, "value": 0})
    fields = {**fields, **_price(fees)}
    if isinstance(call, ContractFunction | ContractConstructor):
        return sign(account, call.build_transaction(fields))
    return sign(account, {**fields, **call})


def sign(account: TransactionSigner, fields: TxParams) -> SignedTransaction:
    """Sign a transaction whose fields are all given."""
    signed = account.sign_transaction(fields)
    return SignedTransaction(bytes(signed.raw_transaction), "0x" + bytes(signed.hash).hex(), fields)


def most_cost(raw: bytes) -> int:
    """Return the most wei that a signed EIP-1559 transaction can take from its account."""
    fields = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
    return int(fields["gas"]) * int(fields["maxFeePerGas"]) + int(fields["value"])


def suggest_fees(client: ChainClient) -> Fees:
    """Return twice the head's base fee plus the node's suggested tip.

    Raises:
        SourceUnavailableError: no node answered, or with a price that no chain asks (``senseless_price``).
    """
    base = client.head().base_fee
    try:
        tip = max(client.web3.eth.max_priority_fee, MIN_PRIORITY_FEE)
    except (RpcError, RpcDisagreementError):  # not every node has the method
        tip = MIN_PRIORITY_FEE
    if max(base, tip) > SENSELESS_PRICE:
        raise SourceUnavailableError(
            "The chain's node names a price for gas that no chain asks. Nothing was sent; check the node.",
            code="senseless_price",
        )
    return Fees(max_fee=2 * base + tip, priority_fee=tip)


def find_receipt(client: ChainClient, tx_hash: str, confirmations: int) -> TransactionReceipt | None:
    """Return the receipt of a transaction with the facts of its block; ``None`` when it is unmined."""
    try:
        with understood("eth_getTransactionReceipt"):
            found = client.web3.eth.get_transaction_receipt(HexBytes(tx_hash))
            if found["blockHash"] is None:
                return None
            succeeded, gas_used = found["status"] == 1, int(found["gasUsed"])
            contract, block_hash = found.get("contractAddress"), found["blockHash"].to_0x_hex()
    except TransactionNotFound:
        return None
    block = client.block(block_hash)
    if block is None:  # a reorg came between the two questions
        return None
    depth = max(0, client.head().number - block.number)
    return TransactionReceipt(
        hash=tx_hash,
        succeeded=succeeded,
        block_number=block.number,
        block_hash=block.hash,
        block_time=block.time,
        gas_used=gas_used,
        contract=contract,
        confirmations=depth,
        final=depth >= confirmations,
    )


def wait_until_final(
    client: ChainClient, tx_hash: str, confirmations: int, seconds: float
) -> TransactionReceipt:
    """Return the receipt of a transaction once it is final.

    Raises:
        SourceUnavailableError: it is not in time, or the chain could not be read.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        receipt = find_receipt(client, tx_hash, confirmations)
        if receipt is not None and receipt.final:
            return receipt
        time.sleep(_POLL_SECONDS)
    raise SourceUnavailableError(
        f"Transaction {tx_hash} was sent, but not final after {seconds:.0f} seconds. "
        "It may still take effect: look it up before you send it again.",
        transaction=tx_hash,
    )
