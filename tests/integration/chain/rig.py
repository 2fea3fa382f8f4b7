"""Contracts on a running chain, and everything to work with them: what tests of every service use."""

import time
from dataclasses import dataclass, field

from eth_account.signers.local import LocalAccount

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.deploying import deploy
from digital_resume.adapters.chain.deployments import Deployments, parse_deployments
from digital_resume.adapters.chain.registry_admin import RegistryAdmin
from digital_resume.adapters.chain.submitter import Submitter, TransactionReceipt
from digital_resume.local.anvil import EmbeddedAnvil

DID = "did:web:localhost%3A8001:i:univ"
NAMES = ("새벽대학교(시연용)", "Saebyeok University (demo)", "http://localhost:8001/i/univ")


@dataclass
class Chain:
    """A running chain with the contracts: account 0 administers, 1 anchors, 2 is guardian."""

    node: EmbeddedAnvil
    deployments: Deployments
    client: ChainClient
    _accounts: dict[int, LocalAccount] = field(default_factory=dict)

    @property
    def admin(self) -> RegistryAdmin:
        """The registry, as its admin."""
        return self.admin_of(self.account(0))

    def admin_of(self, account: LocalAccount) -> RegistryAdmin:
        """Return the registry, as an account."""
        return RegistryAdmin(self.client, self.deployments, account, wait_seconds=60)

    def account(self, index: int) -> LocalAccount:
        """Return a funded account of the chain."""
        # to derive one takes as long as a transaction
        if index not in self._accounts:
            self._accounts[index] = self.node.account(index)
        return self._accounts[index]

    @property
    def anchorer(self) -> Submitter:
        """The institutions' anchorer."""
        return self.stranger(1)

    def stranger(self, index: int) -> Submitter:
        """Return somebody who may send transactions, and whom nobody made an anchorer."""
        return Submitter(self.client, self.deployments, self.account(index))

    def with_confirmations(self, count: int) -> Deployments:
        """Return the contracts, final only under so many blocks."""
        return parse_deployments({**self.deployments.to_json(), "confirmations": count})

    def mine(self, blocks: int = 1) -> None:
        """Make blocks."""
        self.client.request("anvil_mine", [hex(blocks)])

    def wait(self, tx_hash: str, seconds: float = 60.0) -> TransactionReceipt:
        """Return the receipt of a pending transaction."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            receipt = self.anchorer.receipt(tx_hash)
            if receipt is not None:
                return receipt
            time.sleep(0.01)
        raise AssertionError("no receipt")

    def anchor(self, root: bytes, *, by: Submitter | None = None) -> TransactionReceipt:
        """Anchor a root and wait for the receipt."""
        submitter = by or self.anchorer
        transaction = submitter.build_anchor(
            root, nonce=submitter.pending_nonce(), fees=submitter.suggest_fees()
        )
        submitter.send(transaction)
        return self.wait(transaction.hash)

    def publish(self, root: bytes, *, by: Submitter | None = None) -> TransactionReceipt:
        """Publish a status root and wait for the receipt."""
        submitter = by or self.anchorer
        transaction = submitter.build_publish(
            root, nonce=submitter.pending_nonce(), fees=submitter.suggest_fees()
        )
        submitter.send(transaction)
        return self.wait(transaction.hash)


def open_chain(node: EmbeddedAnvil, deployments: Deployments) -> Chain:
    """Return contracts that are on a node already."""
    return Chain(node, deployments, ChainClient([node.url], deployments))


def deployed(node: EmbeddedAnvil) -> Chain:
    """Deploy further contracts on a node; account 0 is admin and accreditor, account 2 guardian."""
    raw = deploy(node.url, node.account(0), guardian=node.account(2).address)
    return open_chain(node, parse_deployments(raw))
