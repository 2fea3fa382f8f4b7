"""A chain that has the contracts: deployed once, its state is what every node of a test starts from."""

import gzip
import shutil
from dataclasses import dataclass
from pathlib import Path

from digital_resume.adapters.chain.client import ChainClient, parse_bytes
from digital_resume.adapters.chain.deploying import deploy
from digital_resume.adapters.chain.deployments import Deployments, parse_deployments
from digital_resume.local.anvil import EmbeddedAnvil
from scripts.compile_contracts import compile_contracts


@dataclass(frozen=True)
class Preloaded:
    """The kept state of a chain.

    Attributes:
        folder: of the chain: mnemonic, genesis and snapshot.
        deployments: its contracts; account 0 is admin and accreditor, account 2 guardian.
    """

    folder: Path
    deployments: Deployments

    def node(self, folder: Path) -> EmbeddedAnvil:
        """Return a node on a copy of the state, not started yet.

        Args:
            folder: the copy's; made here.
        """
        own = shutil.ignore_patterns("lock", "port", "*.log")  # of the node that made it
        shutil.copytree(self.folder, folder, ignore=own)
        return EmbeddedAnvil(folder)


def preload(folder: Path) -> Preloaded:
    """Deploy the contracts on a new chain and keep its state.

    Args:
        folder: of the chain.
    """
    compile_contracts()
    with EmbeddedAnvil(folder) as node:
        raw = deploy(node.url, node.account(0), guardian=node.account(2).address)
        client = ChainClient([node.url])
        # with the state after each block, so that its past can be read and reorganised too
        dumped = parse_bytes(client.request("anvil_dumpState", [True]))
        node.snapshot.write_bytes(gzip.decompress(dumped))
        client.close()
    return Preloaded(folder, parse_deployments(raw))
