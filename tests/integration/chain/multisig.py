"""A Safe for the tests: the published build of ``@safe-global/safe-smart-account``; owners really sign."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address

from digital_resume.adapters.chain.artifacts import ContractArtifact
from digital_resume.adapters.chain.client import ChainClient, parse_int
from digital_resume.adapters.chain.submitter import (
    TransactionReceipt,
    build_transaction,
    find_receipt,
    suggest_fees,
)

ROOT = Path(__file__).resolve().parents[3]
BUILD = ROOT / "node_modules" / "@safe-global" / "safe-smart-account" / "build" / "artifacts" / "contracts"
NOBODY = "0x" + "0" * 40


def load_published(path: str) -> ContractArtifact:
    """Load one of the package's own artifacts: the bytes that its authors had audited."""
    raw = json.loads((BUILD / path).read_text("utf-8"))
    return ContractArtifact(
        name=raw["contractName"],
        abi=raw["abi"],
        bytecode=bytes.fromhex(raw["bytecode"][2:]),
        deployed_bytecode=bytes.fromhex(raw["deployedBytecode"][2:]),
    )


def send(client: ChainClient, account: LocalAccount, to: str | None, data: bytes) -> TransactionReceipt:
    """Send a transaction and return its receipt; what would revert is refused by the estimate."""
    request: dict[str, Any] = {"from": account.address, "data": "0x" + data.hex()}
    if to is not None:
        request["to"] = to
    gas = parse_int(client.request("eth_estimateGas", [request]))
    transaction = build_transaction(
        account,
        parse_int(client.request("eth_chainId")),
        to,
        data,
        nonce=parse_int(client.request("eth_getTransactionCount", [account.address, "latest"])),
        gas=gas + gas // 3,
        fees=suggest_fees(client),
    )
    client.request("eth_sendRawTransaction", ["0x" + transaction.raw.hex()])
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
        self._safe = load_published("Safe.sol/Safe.json")
        factory = load_published("proxies/SafeProxyFactory.sol/SafeProxyFactory.json")
        singleton = send(client, payer, None, self._safe.bytecode).contract
        factory_at = send(client, payer, None, factory.bytecode).contract
        assert singleton is not None
        assert factory_at is not None
        setup = self._safe.encode_call(
            "setup", [o.address for o in owners], threshold, NOBODY, b"", NOBODY, NOBODY, 0, NOBODY
        )
        create = factory.encode_call("createProxyWithNonce", singleton, setup, 0)
        answer = client.call(factory_at, create, sender=payer.address)
        (address,) = factory.decode_result("createProxyWithNonce", answer)
        self.address = to_checksum_address(address)
        send(client, payer, factory_at, create)

    def execute(self, to: str, data: bytes, signers: Sequence[LocalAccount]) -> TransactionReceipt:
        """Carry out a call with the signatures of ``signers``.

        Raises:
            RpcError: the Safe refuses; its reason begins with ``GS``.
        """
        call = (to, 0, data, 0, 0, 0, 0, NOBODY, NOBODY)
        nonce = parse_int("0x" + self.client.call(self.address, self._safe.encode_call("nonce")).hex())
        wanted = self._safe.encode_call("getTransactionHash", *call, nonce)
        digest = self.client.call(self.address, wanted)
        ordered = sorted(signers, key=lambda account: int(account.address, 16))
        signatures = b"".join(bytes(Account.unsafe_sign_hash(digest, s.key).signature) for s in ordered)
        return send(
            self.client,
            self.payer,
            self.address,
            self._safe.encode_call("execTransaction", *call, signatures),
        )
