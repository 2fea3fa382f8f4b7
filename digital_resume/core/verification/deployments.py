"""Which chain, which contracts, which code: what a verifier pins, read strictly.

That a node really serves this chain is checked before its first answer is used
(``digital_resume.adapters.chain.endpoint``).
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Final

from eth_utils.address import is_checksum_address

from digital_resume.core.credentials.catalog import Label
from digital_resume.core.errors import ResumeError
from digital_resume.core.trust.issuers import ChainRef
from digital_resume.core.verification.verdict import ChainInfo

CONTRACT_NAMES: Final = ("AnchorRegistry", "IssuerRegistry", "StatusRegistry")
_HASH = re.compile(r"0x[0-9a-f]{64}")


class DeploymentsFileError(ResumeError):
    """The deployments file is missing, malformed or does not fit what it is used for."""

    code = "deployments_file_invalid"


@dataclass(frozen=True, slots=True)
class DeployedContract:
    """Where a contract is.

    Attributes:
        address: EIP-55.
        code_hash: keccak-256 of its runtime code, lower-case hex with ``0x``.
        block: number of the block that created it.
    """

    address: str
    code_hash: str
    block: int


@dataclass(frozen=True, slots=True)
class Deployments:
    """A chain and the three contracts on it.

    Attributes:
        chain_id: EIP-155 chain id.
        genesis_hash: hash of block 0, lower-case hex with ``0x``.
        demonstration: whether the chain proves nothing outside a demonstration.
        name_ko: the chain's name in Korean.
        name_en: the chain's name in English.
        confirmations: blocks on top of a block before it counts as final; 0 counts the head itself.
        anchor_registry: the log of anchored roots.
        issuer_registry: the registry of institutions.
        status_registry: the current status roots.
    """

    chain_id: int
    genesis_hash: str
    demonstration: bool
    name_ko: str
    name_en: str
    confirmations: int
    anchor_registry: DeployedContract
    issuer_registry: DeployedContract
    status_registry: DeployedContract

    @property
    def caip2(self) -> str:
        """CAIP-2 identifier of the chain."""
        return f"eip155:{self.chain_id}"

    @property
    def contracts(self) -> dict[str, DeployedContract]:
        """The contracts by name."""
        return {
            "AnchorRegistry": self.anchor_registry,
            "IssuerRegistry": self.issuer_registry,
            "StatusRegistry": self.status_registry,
        }

    @property
    def contracts_digest(self) -> bytes:
        """SHA-256 over what is pinned of the contracts: a line each of name, address and code hash."""
        lines = (f"{name} {c.address.lower()} {c.code_hash}\n" for name, c in sorted(self.contracts.items()))
        return hashlib.sha256("".join(lines).encode("ascii")).digest()

    @property
    def anchor_chain(self) -> ChainRef:
        """The chain with ``AnchorRegistry``, as receipts name it."""
        return self._chain_ref(self.anchor_registry)

    @property
    def status_chain(self) -> ChainRef:
        """The chain with ``StatusRegistry``, as status anchors name it."""
        return self._chain_ref(self.status_registry)

    def described(self) -> ChainInfo:
        """Return the chain as verdicts show it."""
        return ChainInfo(self.caip2, Label(self.name_ko, self.name_en), self.demonstration)

    def _chain_ref(self, contract: DeployedContract) -> ChainRef:
        return ChainRef(
            id=self.caip2,
            genesis=self.genesis_hash,
            contract=contract.address,
            code_hash=contract.code_hash,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the file's content."""
        return {
            "chainId": self.chain_id,
            "caip2": self.caip2,
            "genesisHash": self.genesis_hash,
            "demonstration": self.demonstration,
            "name": {"ko": self.name_ko, "en": self.name_en},
            "confirmations": self.confirmations,
            "contracts": {
                name: {"address": c.address, "codeHash": c.code_hash, "block": c.block}
                for name, c in self.contracts.items()
            },
        }


def parse_deployments(raw: object) -> Deployments:
    """Return the deployments that the JSON value ``raw`` describes.

    Raises:
        DeploymentsFileError: a member is missing, superfluous in type or out of range.
    """
    try:
        return _parse(raw)
    except (KeyError, TypeError, ValueError) as error:
        raise DeploymentsFileError(
            f"The deployments file is malformed ({error}). Write it again with `resume deploy`."
        ) from error


def _parse(raw: object) -> Deployments:
    if not isinstance(raw, dict):
        raise TypeError("not an object")
    chain_id, confirmations = raw["chainId"], raw.get("confirmations", 0)
    if type(chain_id) is not int or not 0 < chain_id < 2**53:
        raise ValueError("chainId")
    if raw.get("caip2", f"eip155:{chain_id}") != f"eip155:{chain_id}":
        raise ValueError("caip2 does not fit chainId")
    if type(confirmations) is not int or not 0 <= confirmations <= 10_000:
        raise ValueError("confirmations")
    if type(raw.get("demonstration")) is not bool:
        raise TypeError("demonstration")
    names = [raw["name"]["ko"], raw["name"]["en"]]
    if not all(isinstance(n, str) and 0 < len(n) <= 100 for n in names):
        raise ValueError("name")
    contracts = {name: _parse_contract(raw["contracts"][name]) for name in CONTRACT_NAMES}
    return Deployments(
        chain_id=chain_id,
        genesis_hash=_parse_hash(raw["genesisHash"]),
        demonstration=raw["demonstration"],
        name_ko=names[0],
        name_en=names[1],
        confirmations=confirmations,
        anchor_registry=contracts["AnchorRegistry"],
        issuer_registry=contracts["IssuerRegistry"],
        status_registry=contracts["StatusRegistry"],
    )


def _parse_contract(raw: Any) -> DeployedContract:
    address, block = raw["address"], raw["block"]
    if not isinstance(address, str) or not is_checksum_address(address):
        raise ValueError("address is not in EIP-55 form")
    if type(block) is not int or block < 0:
        raise ValueError("block")
    return DeployedContract(address=address, code_hash=_parse_hash(raw["codeHash"]), block=block)


def _parse_hash(raw: Any) -> str:
    if not isinstance(raw, str) or not _HASH.fullmatch(raw):
        raise ValueError("a hash is not 32 bytes of lower-case hex with 0x")
    return raw
