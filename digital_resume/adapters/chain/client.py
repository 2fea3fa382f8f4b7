"""What everything here reads the chain with: web3 over the provider, typed contracts, the head.

Contracts are web3's own objects, made from the compiled artifacts at pinned addresses. The head and any other
block are read as nodes sent them, because what proves something is held against a block's own bytes.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, cast

from digital_resume.adapters.chain.artifacts import load_contract
from digital_resume.adapters.chain.endpoint import parse_bytes, parse_int
from digital_resume.adapters.chain.evm import ABICodec, Contract, Web3
from digital_resume.adapters.chain.provider import ChainProvider
from digital_resume.adapters.chain.texts import registry_of_any_text
from digital_resume.core.errors import SourceUnavailableError

__all__ = ["Block", "ChainClient", "parse_block", "parse_bytes", "parse_int"]


@dataclass(frozen=True, slots=True)
class Block:
    """A block; ``parent`` is the hash of the one before, ``raw`` what the node sent."""

    number: int
    hash: str
    parent: str
    time: datetime
    base_fee: int
    raw: Any = field(default=None, compare=False, repr=False)


class ChainClient(ChainProvider):
    """The nodes of a chain; arguments as ``ChainProvider``."""

    @cached_property
    def web3(self) -> Web3:
        """web3 without middleware and without ENS: it asks what it is told to, and nothing else."""
        web3 = Web3(self, middleware=[], ens=cast("Any", None))
        web3.codec = ABICodec(registry_of_any_text())
        return web3

    def contract(self, name: str, address: str) -> Contract:
        """Return a compiled contract at an EIP-55 address."""
        return self.web3.eth.contract(Web3.to_checksum_address(address), abi=load_contract(name).abi)

    def head(self) -> Block:
        """Return the newest block."""
        head = self.block("latest")
        if head is None:
            raise SourceUnavailableError("The node knows no newest block. Check that it is synchronised.")
        return head

    def block(self, which: int | str) -> Block | None:
        """Return a block by number, by hash (``0x`` and 64 digits) or by tag; ``None`` when unknown."""
        method = "eth_getBlockByHash" if len(str(which)) == 66 else "eth_getBlockByNumber"
        raw = self.request(method, [hex(which) if isinstance(which, int) else which, False])
        return None if raw is None else parse_block(raw)

    def call(self, to: str, data: bytes, *, block: int | None = None, sender: str | None = None) -> bytes:
        """Return the result of ``eth_call`` at a block number, at the newest block when not given."""
        transaction = {"to": to, "data": "0x" + data.hex()}
        if sender is not None:
            transaction["from"] = sender
        raw = self.request("eth_call", [transaction, "latest" if block is None else hex(block)])
        return parse_bytes(raw)


def parse_block(raw: Any) -> Block:
    """Parse a block that a node sent.

    Raises:
        SourceUnavailableError: it is none.
    """
    try:
        return Block(
            number=parse_int(raw["number"]),
            hash=str(raw["hash"]).lower(),
            parent=str(raw["parentHash"]).lower(),
            time=datetime.fromtimestamp(parse_int(raw["timestamp"]), UTC),
            base_fee=parse_int(raw.get("baseFeePerGas") or "0x0"),
            raw=raw,
        )
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError, OSError) as error:
        raise SourceUnavailableError("The node's answer is not a block. Check RPC_URLS.") from error
