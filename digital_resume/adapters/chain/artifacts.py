"""Compiled contracts: what ``python -m scripts.compile_contracts`` wrote, and their ABI coding.

Nothing is compiled here; a missing artifact is an error that names the command.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, cast

from eth_abi.codec import ABICodec
from eth_abi.decoding import BytesDecoder
from eth_abi.encoding import BytesEncoder
from eth_abi.exceptions import DecodingError, ValueOutOfBounds
from eth_abi.registry import BaseEquals
from eth_abi.registry import registry as _default_registry
from eth_typing import ABI, ABIFunction
from eth_utils.abi import collapse_if_tuple, function_abi_to_4byte_selector
from eth_utils.crypto import keccak

from digital_resume.adapters.chain.errors import ArtifactError
from digital_resume.core.errors import SourceUnavailableError

BUILD = Path(__file__).with_name("contracts")
CONTRACT_NAMES = ("AnchorRegistry", "IssuerRegistry", "StatusRegistry")
TIMELOCK = "TimelockController"
"""OpenZeppelin's: the registry's admin on a real network, behind a multisig. Verifiers never need it."""


class _ExactBytesEncoder(BytesEncoder):
    """``bytesN`` of exactly N bytes: a shorter value is a mistake, never to be padded."""

    def validate_value(self, value: Any) -> None:
        """Raise ``ValueOutOfBounds`` when ``value`` has another length."""
        super().validate_value(value)  # type: ignore[no-untyped-call]  # eth_abi is untyped
        size = cast("int", self.value_bit_size) // 8
        if len(value) != size:
            self.invalidate_value(value, exc=ValueOutOfBounds, msg=f"is not {size} bytes long")


def _strict_codec() -> ABICodec:
    """Return the codec: the types of the contract interface."""
    registry = _default_registry.copy()  # type: ignore[no-untyped-call]  # eth_abi is untyped
    registry.unregister("bytes<M>")
    registry.register(BaseEquals("bytes", with_sub=True), _ExactBytesEncoder, BytesDecoder, label="bytes<M>")  # type: ignore[no-untyped-call]  # as above
    return ABICodec(registry)


_codec = _strict_codec()


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

    def encode_call(self, function: str, *args: Any) -> bytes:
        """Encode a call of ``function``."""
        entry = self._function(function)
        return function_abi_to_4byte_selector(entry) + _codec.encode(_types(entry.get("inputs", ())), args)

    def encode_constructor(self, *args: Any) -> bytes:
        """Encode creation code with constructor arguments."""
        inputs: Sequence[Any] = next(
            (cast("Sequence[Any]", e.get("inputs", ())) for e in self.abi if e["type"] == "constructor"), ()
        )
        return self.bytecode + _codec.encode(_types(inputs), args)

    def decode_result(self, function: str, data: bytes) -> tuple[Any, ...]:
        """Decode what a call of ``function`` answered; tuples stay tuples, in the ABI's order.

        Raises:
            SourceUnavailableError: the answer is not what the function returns.
        """
        try:
            return _codec.decode(_types(self._function(function).get("outputs", ())), data)
        except (DecodingError, UnicodeDecodeError, OverflowError, ValueError) as error:
            raise SourceUnavailableError(
                f"The node's answer to {self.name}.{function} cannot be decoded: it is damaged or comes from "
                "another contract. Check RPC_URLS."
            ) from error

    def decode_error(self, data: bytes) -> tuple[str, dict[str, Any]] | None:
        """Return name and arguments of the custom error in revert ``data``; ``None`` when it is not ours."""
        for entry in self.abi:
            if entry["type"] != "error":
                continue
            inputs = cast("Sequence[Any]", entry.get("inputs", ()))
            signature = f"{entry['name']}({','.join(_types(inputs))})"
            if keccak(text=signature)[:4] != data[:4]:
                continue
            try:
                values = _codec.decode(_types(inputs), data[4:])
            except (DecodingError, UnicodeDecodeError, OverflowError, ValueError):
                return None
            return entry["name"], {str(i["name"]): v for i, v in zip(inputs, values, strict=True)}
        return None

    def decode_event(self, topics: Sequence[bytes], data: bytes) -> tuple[str, dict[str, Any]] | None:
        """Return name and arguments of a log; ``None`` when its event is not one of this contract's.

        Raises:
            SourceUnavailableError: the log names one of its events and does not have that event's form.
        """
        entry = self._events.get(topics[0]) if topics else None
        if entry is None:
            return None
        inputs = cast("Sequence[Any]", entry.get("inputs", ()))
        indexed = [i for i in inputs if i["indexed"]]
        plain = [i for i in inputs if not i["indexed"]]
        try:
            values = dict(zip((i["name"] for i in plain), _codec.decode(_types(plain), data), strict=True))
            for member, topic in zip(indexed, topics[1:], strict=True):
                (values[member["name"]],) = _codec.decode(_types([member]), topic)
        except (DecodingError, UnicodeDecodeError, OverflowError, ValueError) as error:
            raise SourceUnavailableError(
                f"The node's log of {self.name}.{entry['name']} cannot be decoded: it is damaged or comes "
                "from another contract. Check RPC_URLS."
            ) from error
        return str(entry["name"]), values

    def event_topic(self, event: str) -> bytes | None:
        """Return the first topic of an event's logs; ``None`` when the contract has no such event."""
        return next((topic for topic, entry in self._events.items() if entry["name"] == event), None)

    @cached_property
    def _events(self) -> dict[bytes, Any]:
        return {
            keccak(text=f"{entry['name']}({','.join(_types(entry.get('inputs', ())))})"): entry
            for entry in cast("Sequence[Any]", self.abi)
            if entry["type"] == "event"
        }

    def _function(self, name: str) -> ABIFunction:
        for entry in self.abi:
            if entry["type"] == "function" and entry["name"] == name:
                return entry
        raise ArtifactError(f"{self.name} has no function {name}. Compile the contracts anew.")


def _types(parameters: Sequence[Any]) -> list[str]:
    return [collapse_if_tuple(cast("Mapping[str, Any]", p)) for p in parameters]  # type: ignore[arg-type]  # eth_utils wants its own TypedDict


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
