"""Compiled contracts, of which web3 makes contract objects: what ``scripts.compile_contracts`` wrote.

Nothing is compiled here; a missing artifact is an error that names the command.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from eth_typing import ABI
from eth_utils.crypto import keccak

from digital_resume.adapters.chain.errors import ArtifactError
from digital_resume.core.verification.deployments import CONTRACT_NAMES

BUILD = Path(__file__).with_name("contracts")
TIMELOCK = "TimelockController"
"""OpenZeppelin's: the registry's admin on a real network, behind a multisig. Verifiers never need it."""


@dataclass(frozen=True)
class ContractArtifact:
    """One compiled contract.

    Attributes:
        name: the contract's name.
        abi: its ABI.
        bytecode: creation code, without constructor arguments.
        deployed_bytecode: runtime code; as the chain holds it where nothing is immutable, as in ours.
    """

    name: str
    abi: ABI
    bytecode: bytes
    deployed_bytecode: bytes

    @property
    def code_hash(self) -> str:
        """keccak-256 of the runtime code, lower-case hex with ``0x``."""
        return "0x" + keccak(self.deployed_bytecode).hex()


def load_contract(name: str, build: Path = BUILD) -> ContractArtifact:
    """Load a compiled contract.

    Args:
        name: one of ``CONTRACT_NAMES``, or ``TIMELOCK``.
        build: folder of the artifacts.

    Raises:
        ArtifactError: it was not compiled, or the file is damaged.
    """
    return _load(name, build)


@lru_cache(maxsize=16)
def _load(name: str, build: Path) -> ContractArtifact:
    known = (*CONTRACT_NAMES, TIMELOCK)
    if name not in known:
        raise ArtifactError(f"There is no contract {name!r}; there are {', '.join(known)}.")
    try:
        raw = json.loads((build / f"{name}.json").read_text("utf-8"))
        return ContractArtifact(
            name=name,
            abi=raw["abi"],
            bytecode=bytes.fromhex(raw["bytecode"].removeprefix("0x")),
            deployed_bytecode=bytes.fromhex(raw["deployedBytecode"].removeprefix("0x")),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArtifactError(
            f"The compiled contract {name} is missing or damaged. "
            "Run `python -m scripts.compile_contracts --force` and try again."
        ) from error
