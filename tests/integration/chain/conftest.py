"""A chain with the three contracts."""

import time
from dataclasses import dataclass

import pytest
from eth_account.signers.local import LocalAccount

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.deploying import deploy
from digital_resume.adapters.chain.deployments import Deployments, parse_deployments
from digital_resume.adapters.chain.registry_admin import RegistryAdmin
from digital_resume.adapters.chain.submitter import Submitter, TransactionReceipt
from digital_resume.local.anvil import EmbeddedAnvil
from scripts.compile_contracts import compile_contracts

DID = "did:web:localhost%3A8001:i:univ"
NAMES = ("새벽대학교(시연용)", "Saebyeok University (demo)", "http://localhost:8001/i/univ")


@dataclass
class Chain:
    """A running chain and everything to work with it."""

    node: EmbeddedAnvil
    deployments: Deployments
    client: ChainClient

    @property
    def admin(self) -> RegistryAdmin:
        return self.admin_of(self.account(0))

    def admin_of(self, account: LocalAccount) -> RegistryAdmin:
        return RegistryAdmin(self.client, self.deployments, account, wait_seconds=60)

    def account(self, index: int) -> LocalAccount:
        return self.node.account(index)

    @property
    def anchorer(self) -> Submitter:
        return Submitter(self.client, self.deployments, self.account(1))

    def with_confirmations(self, count: int) -> Deployments:
        return parse_deployments({**self.deployments.to_json(), "confirmations": count})

    def mine(self, blocks: int = 1) -> None:
        self.client.request("anvil_mine", [hex(blocks)])

    def wait(self, tx_hash: str, seconds: float = 60.0) -> TransactionReceipt:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            receipt = self.anchorer.receipt(tx_hash)
            if receipt is not None:
                return receipt
            time.sleep(0.01)
        raise AssertionError("no receipt")

    def anchor(self, root: bytes) -> TransactionReceipt:
        submitter = self.anchorer
        transaction = submitter.build_anchor(
            root, nonce=submitter.pending_nonce(), fees=submitter.suggest_fees()
        )
        submitter.send(transaction)
        return self.wait(transaction.hash)


@pytest.fixture(scope="session", autouse=True)
def compiled_contracts() -> None:
    """Compile the contracts unless nothing changed."""
    compile_contracts()


def deployed(node: EmbeddedAnvil) -> Chain:
    """Deploy on a node; account 0 is admin and accreditor, account 2 guardian."""
    raw = deploy(node.url, node.account(0), guardian=node.account(2).address)
    deployments = parse_deployments(raw)
    return Chain(node, deployments, ChainClient([node.url], deployments))


@pytest.fixture
def chain(anvil: EmbeddedAnvil) -> Chain:
    """Give a test contracts of its own on the session's node."""
    return deployed(anvil)


@pytest.fixture
def own_chain(fresh_anvil: EmbeddedAnvil) -> Chain:
    """Give a test a node of its own, which it may reorganise and stop."""
    return deployed(fresh_anvil)
