"""A Safe for the tests: the published build of ``@safe-global/safe-smart-account``; owners really sign."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.evm import Contract
from digital_resume.adapters.chain.submitter import (
    TransactionReceipt,
    build_transaction,
    find_receipt,
    suggest_fees,
)

ROOT = Path(__file__).resolve().parents[3]
BUILD = ROOT / "node_modules" / "@safe-global" / "safe-smart-account" / "build" / "artifacts" / "contracts"
NOBODY = "0x" + "0" * 40


def load_published(client: ChainClient, path: str) -> type[Contract]:
    """Load one of the package's own artifacts: the bytes that its authors had audited."""
    raw = json.loads((BUILD / path).read_text("utf-8"))
    return client.web3.eth.contract(abi=raw["abi"], bytecode=raw["bytecode"])


def encoded(contract: Contract | type[Contract], function: str, *arguments: Any) -> bytes:
    """Return the calldata of a function."""
    return bytes.fromhex(contract.encode_abi(function, list(arguments))[2:])


def send(client: ChainClient, account: LocalAccount, to: str | None, data: bytes) -> TransactionReceipt:
    """Send a transaction and return its receipt; what would revert is refused by the estimate."""
    request: dict[str, Any] = {"from": account.address, "data": "0x" + data.hex()}
    if to is not None:
        request["to"] = to
    eth = client.web3.eth
    gas, fees = eth.estimate_gas(request), suggest_fees(client)
    nonce = eth.get_transaction_count(account.address, "latest")
    call: Any = {"data": data} if to is None else {"to": to, "data": data}
    transaction = build_transaction(account, eth.chain_id, call, nonce=nonce, gas=gas + gas // 3, fees=fees)
    eth.send_raw_transaction(transaction.raw)
    deadline = time.monotonic() + 60
    while (receipt := find_receipt(client, transaction.hash, 0)) is None:
        assert time.monotonic() < deadline, "no receipt"
        time.sleep(0.01)
    assert receipt.succeeded
    return receipt


class Multisig:
    """A Safe proxy with a threshold.

    Args:
        client: the chain.
        payer: sends the transactions; its signature counts for nothing.
        owners: who signs.
        threshold: how many must.
    """

    def __init__(
        self, client: ChainClient, payer: LocalAccount, owners: Sequence[LocalAccount], threshold: int
    ) -> None:
        self.client = client
        self.payer = payer
        self.owners = owners
        safe = load_published(client, "Safe.sol/Safe.json")
        factory = load_published(client, "proxies/SafeProxyFactory.sol/SafeProxyFactory.json")
        singleton = send(client, payer, None, bytes(safe.bytecode)).contract
        factory_at = send(client, payer, None, bytes(factory.bytecode)).contract
        assert singleton is not None
        assert factory_at is not None
        signers = [owner.address for owner in owners]
        setup = encoded(safe, "setup", signers, threshold, NOBODY, b"", NOBODY, NOBODY, 0, NOBODY)
        create = factory(factory_at).functions.createProxyWithNonce(singleton, setup, 0)
        self.address = to_checksum_address(create.call({"from": payer.address}))
        send(client, payer, factory_at, encoded(factory, "createProxyWithNonce", singleton, setup, 0))
        self._safe = safe(self.address)

    def execute(self, to: str, data: bytes, signers: Sequence[LocalAccount]) -> TransactionReceipt:
        """Carry out a call with the signatures of ``signers``.

        Raises:
            RpcError: the Safe refuses; its reason begins with ``GS``.
        """
        call = (to, 0, data, 0, 0, 0, 0, NOBODY, NOBODY)
        nonce = self._safe.functions.nonce().call()
        digest = self._safe.functions.getTransactionHash(*call, nonce).call()
        ordered = sorted(signers, key=lambda account: int(account.address, 16))
        signatures = b"".join(bytes(Account.unsafe_sign_hash(digest, s.key).signature) for s in ordered)
        data = encoded(self._safe, "execTransaction", *call, signatures)
        return send(self.client, self.payer, self.address, data)
